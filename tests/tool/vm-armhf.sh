#!/bin/sh
# Long: a Debian armhf guest whose /boot is a folder of the host installs another kernel by dpkg and reboots; the new one runs, from what its own /boot says.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
[ "$LONG" = 1 ] || { echo 'long: make check-long'; exit 77; }
. "$(dirname "$0")/guest.sh.inc"
[ "$(id -u)" = 0 ] || { echo 'needs root, for a tree with users'; exit 77; }
libvirt_start qemu-system-arm mke2fs
cd "$TMPDIR" || exit 1
boot=$libvirt_home/boot

guest_modules armhf first.d && guest_deb armhf 'linux-image-6\.1\.0-[0-9]+-armmp' old.deb && guest_deb armhf 'linux-image-6\.[0-9]*[2-9]\.[0-9+deb]*-armmp' new.deb ||
        { echo 'no kernels to be had'; exit 77; }

guest_debian armhf tree || { echo 'no Debian to be had'; exit 77; }

# The first kernel by hand: a RAM disk of busybox that has its modules and mounts the tree.
mkdir old
dpkg-deb -x old.deb old
release=$(ls old/lib/modules)
for module in lib/crc16 crypto/crc32c_generic lib/libcrc32c fs/mbcache fs/jbd2/jbd2 fs/ext4/ext4 \
        fs/netfs/netfs fs/fscache/fscache net/9p/9pnet net/9p/9pnet_virtio fs/9p/9p fs/autofs/autofs4; do
        cp "old/lib/modules/$release/kernel/$module.ko" first.d/ && echo "insmod /${module##*/}.ko" >>first.d/load
done
guest_initrd armhf first <<'END'
. /load
mount -t ext4 /dev/vda /mnt
umount /dev /sys /proc
exec switch_root /mnt /sbin/init
END
make_boot="$SOURCE/tests/tool/make-boot"
"$make_boot" "$boot" --file "vmlinuz-$release" old/boot/vmlinuz-*
"$make_boot" "$boot" --file "initrd.img-$release" first
"$make_boot" "$boot" --link vmlinuz "vmlinuz-$release"
"$make_boot" "$boot" --link initrd.img "initrd.img-$release"

# What the guest does: as its owner would, by dpkg.
cp new.deb tree/root/
cat >tree/etc/fstab <<'END'
/dev/vda / ext4 defaults 0 1
virtio-boot /boot 9p trans=virtio,version=9p2000.L,x-systemd.automount 0 0
END
echo MODULES=list >tree/etc/initramfs-tools/conf.d/driver-policy
printf '%s\n' virtio_pci virtio_blk ext4 >tree/etc/initramfs-tools/modules
printf 'do_symlinks = yes\nlink_in_boot = yes\n' >tree/etc/kernel-img.conf
cat >tree/root/upgrade <<'END'
#!/bin/sh
exec >/dev/console 2>&1
echo "guest: runs $(uname -r)"
ls /boot # it is mounted when it is looked at
grep ' /boot 9p ' /proc/mounts
[ ! -e /root/done ] || { systemctl poweroff; exit; }
touch /root/done
dpkg -i /root/new.deb && echo "guest: installed"
sync
systemctl reboot
END
chmod 755 tree/root/upgrade
cat >tree/etc/systemd/system/upgrade.service <<'END'
[Service]
Type=oneshot
ExecStart=/root/upgrade
TimeoutStartSec=infinity
END
mkdir -p tree/etc/systemd/system/multi-user.target.wants
ln -s ../upgrade.service tree/etc/systemd/system/multi-user.target.wants/
truncate -s 3G disk
mke2fs -q -F -t ext4 -d tree disk

expect 0 '*defined*' "$BIN/crossarm" vm define --name deb --arch armhf --memory 1G --disk "path=$PWD/disk,format=raw" --boot-bootdir "$boot" \
        --boot-cmdline 'console=ttyAMA0 root=/dev/vda rw' --network type=user --console-log "$PWD/console" --video none --graphics none
"$BIN/crossarm-vm" watch --memory memory >said 2>&1 &
watcher=$!
expect 0 '*running*' "$BIN/crossarm" vm start deb
for _ in $(seq 680); do
        grep -q '^off' said && break
        sleep 5
done
new=$(dpkg-deb -f new.deb Package | sed 's/linux-image-//')
expect 0 "*guest: runs $release*virtio-boot /boot 9p *guest: installed*guest: runs $new*virtio-boot /boot 9p *" tr -d '\r' <console
expect 0 "ready:*reboot: deb rebooted*kernel: deb starts from Linux $new, which is new*off: deb powered off" cat said
kill "$watcher"
expect 0 '*deleted*' "$BIN/crossarm" vm delete deb
finish
