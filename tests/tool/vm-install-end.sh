#!/bin/sh
# Long: the end of `crossarm vm install`. The mirror that tests reach has none of the installer's components, so a script of ours does what partman,
# debootstrap and base-installer do around ours; everything else is real: the installer's kernel, initramfs and programs, the answers and scripts that the
# command has put into it, Debian's kernel package with its hooks and flash-kernel, the reboot, and the installed system's start from the share.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
[ "$LONG" = 1 ] || { echo 'long: make check-long'; exit 77; }
. "$(dirname "$0")/guest.sh.inc"
[ "$(id -u)" = 0 ] || { echo 'needs root, for a tree with users'; exit 77; }
libvirt_start qemu-system-arm mke2fs sfdisk apt-get
cd "$TMPDIR" || exit 1
boot=$libvirt_home/boot
mkdir "$boot"
guest_kernel armhf >/dev/null && guest_deb armhf 'linux-image-6\.1\.0-[0-9]+-armmp-lpae' kernel.deb && guest_debian armhf tree || { echo 'no Debian to be had'; exit 77; }
release=$(dpkg-deb -f kernel.deb Package | sed 's/linux-image-//')

# The disk as partman and debootstrap leave it. What the installed system does: it says what it is, and powers off.
cp kernel.deb tree/root/
cat >tree/root/installed <<'END'
#!/bin/sh
exec >/dev/console 2>&1
echo "installed: runs $(uname -r)"
ls -l /boot
grep ' /boot 9p ' /proc/mounts
systemctl poweroff
END
chmod 755 tree/root/installed
cat >tree/etc/systemd/system/installed.service <<'END'
[Service]
Type=oneshot
ExecStart=/root/installed
END
mkdir -p tree/etc/systemd/system/multi-user.target.wants
ln -s ../installed.service tree/etc/systemd/system/multi-user.target.wants/
truncate -s 3G disk
echo 'start=2048, type=83' | sfdisk -q disk
mke2fs -q -F -t ext4 -E offset=1048576 -d tree disk 3071M

# The installer, as the command starts it; the one answer added lets it run our script.
echo 'd-i preseed/early_command string sh /end' >more
expect 0 '*end: the installer runs*' "$BIN/crossarm" vm install debian --name end --arch armhf --memory 1G --disk "path=$PWD/disk,format=raw" --boot-bootdir "$boot" \
        --network type=user --password-hash x --preseed more --console-log "$PWD/console" --video none --graphics none
virsh -q destroy end

# The script, and the modules for the disk that the installer would fetch as components, of its own kernel.
installer=$("$BIN/crossarm" vm bootdir resolve "$boot" | sed -n 's/^release  *\([^,]*\),.*/\1/p')
guest_deb armhf "linux-image-$installer" installer.deb && dpkg-deb -x installer.deb installer || { echo "no modules of $installer to be had"; exit 77; }
mkdir added
for module in drivers/block/virtio_blk lib/crc16 fs/mbcache fs/jbd2/jbd2 fs/ext4/ext4; do
        cp "installer/lib/modules/$installer/kernel/$module.ko" added/ && echo "insmod /${module##*/}.ko" >>added/load
done
cat >added/end <<'END'
#!/bin/sh
step() { echo "end: $*" >/dev/console; }
sh /load
while [ ! -b /dev/vda1 ]; do sleep 1; done
mkdir -p /target
mount -t ext4 /dev/vda1 /target
echo '/dev/vda1 / ext4 errors=remount-ro 0 1' >/target/etc/fstab

# late WHEN: the last step, where it has to fail.
late()
{
        log-output -t late sh /crossarm/late && code=0 || code=$?
        step "late $1: $code"
}
late 'without the share'

# bootstrap-base: the devices, the hooks, the kernel.
mount --bind /dev /target/dev
for hook in /usr/lib/base-installer.d/*; do
        log-output -t base-installer "$hook" || step "$hook ends with $?"
done
late 'without a kernel'
step "share: $(grep ' /target/boot 9p ' /proc/mounts), $(ls /target/boot | wc -l) files"
cat >/target/etc/kernel-img.conf <<END_CONF
do_symlinks = yes
do_bootloader = no
do_initrd = yes
link_in_boot = $([ "$(debconf-get base-installer/kernel/linux/link_in_boot)" = true ] && echo yes || echo no)
END_CONF
echo MODULES=dep >/target/etc/initramfs-tools/conf.d/driver-policy
in-target dpkg -i /root/kernel.deb && code=0 || code=$?
step "kernel installed: $code"

# finish-install: the late command by the installer's own means, then its reboot.
/usr/lib/finish-install.d/07preseed && code=0 || code=$?
step "late command: $code"
grep -e in-target -e late -e preseed -e base-installer /var/log/syslog >/dev/console
step "fstab: $(grep 9p /target/etc/fstab)"
/lib/debian-installer/exit
END
(cd added && python3 "$SOURCE/tests/fixtures/hw/initrd.py" ../added.cpio *)
cat "$boot/initrd.img" added.cpio >initrd.img
"$SOURCE/tests/tool/make-boot" "$boot" --file initrd.img initrd.img

"$BIN/crossarm-vm" watch --memory memory >said 2>&1 &
watcher=$!
expect 0 '*running*' "$BIN/crossarm" vm start end
for _ in $(seq 400); do
        grep -q '^off' said && break
        sleep 5
done
tr -d '\r' <console >text
expect 0 "*end: late without the share: 1*end: late without a kernel: 1*end: share: virtio-boot /target/boot 9p *, 0 files*end: kernel installed: 0*end: late command: 0*" cat text
expect 0 '*end: fstab: virtio-boot /boot 9p trans=virtio,version=9p2000.L,x-systemd.automount 0 0*' cat text
expect 0 "*installed: runs $release*initrd.img -> initrd.img-$release*vmlinuz -> vmlinuz-$release*virtio-boot /boot 9p *" cat text
expect 1 '' grep -e 'Unsupported platform' text
expect 0 "ready:*reboot: end rebooted*kernel: end starts from Linux $release, which is new*off: end powered off" cat said
kill "$watcher"
expect 0 '*deleted*' "$BIN/crossarm" vm delete end
finish
