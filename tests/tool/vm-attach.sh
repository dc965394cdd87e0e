#!/bin/sh
# crossarm vm attach, detach: what libvirt, QEMU and the guest make of it. A guest that does nothing shows that "success" is not believed; in long runs
# real kernels take devices, refuse them, and as many fit as `vm plan` says.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
. "$(dirname "$0")/guest.sh.inc"
vm="$BIN/crossarm vm"
libvirt_start qemu-system-aarch64 qemu-img
cd "$TMPDIR" || exit 1
qemu-img create -q -f qcow2 a.qcow2 16M
truncate -s 8M b.img c.img d.img

ports() # N
{
        echo "<controller type='pci' index='0' model='pcie-root'/>"
        i=0
        while [ $i -lt "$1" ]; do
                echo "<controller type='pci' model='pcie-root-port'/>"
                i=$((i + 1))
        done
}

# domain NAME ARCH MACHINE OS DEVICES [--paused]: defined and started; the console in NAME.log
domain()
{
        cpu="<cpu mode='custom' match='exact' check='none'><model>cortex-a57</model></cpu>"
        [ "$2" = aarch64 ] || cpu="<cpu mode='custom' match='exact' check='none'><model>cortex-a15</model></cpu>"
        cat >"$1.xml" <<EOF
<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>$1</name><memory unit='MiB'>512</memory>
<os><type arch='$2' machine='$3'>hvm</type>$4</os>$cpu<devices>$5<serial type='file'><source path='$PWD/$1.log'/></serial></devices></domain>
EOF
        virsh -q define "$1.xml" && virsh -q start "$1" ${6:-}
}

# ---- a machine that stands still: QEMU has the devices, nobody takes them ----
domain idle aarch64 virt-7.2 '' "$(ports 4)<controller type='scsi' model='virtio-scsi'/><controller type='usb' model='qemu-xhci'/>" --paused || exit 1
expect 0 "idle: disk vda is in the running machine and its definition" $vm attach idle disk "$PWD/a.qcow2"
expect 0 '*"definition": false*"guest": null*' $vm attach --once --json idle disk "$PWD/b.img" bus=scsi
expect 1 '*disk sdb is plugged, but after 1 s the guest has not noticed it*no driver for it; it was taken out again*' \
        $vm attach --verify --timeout 1 idle disk "$PWD/c.img" bus=scsi readonly=yes
expect 1 '*nic 52:54:00:*PCI hot-plug*it was taken out again; with --next-start*' $vm attach --verify --timeout 1 idle nic user
# A name that the definition has already is not given to the running machine.
expect 0 'idle: disk vdb is in the definition' $vm attach --next-start idle disk "$PWD/c.img"
expect 0 'idle: disk vdc is in the running machine and its definition' $vm attach idle disk "$PWD/d.img"
expect 0 'idle: disk vdc is out of the running machine and its definition' $vm detach idle vdc
expect 0 'idle: disk vdb is out of the definition' $vm detach --next-start idle vdb
expect 0 'idle: nic 52:54:00:01:02:03 is in the definition' $vm attach --next-start idle nic user mac=52:54:00:01:02:03
expect 1 '*has a card with the address 52:54:00:01:02:03 already' $vm attach idle nic user mac=52:54:00:01:02:03
expect 1 '*it is kept, also for the next start' $vm attach --verify --keep --timeout 1 idle rng
expect 1 '*idle has no place for vsock *: each takes a root port, and 0 of 4 are free*' $vm attach idle vsock
expect 1 '*idle has no place for nic *there is no pcie-to-pci-bridge*' $vm attach idle nic user model=e1000
expect 1 "*the machine has */a.qcow2 already, as vda" $vm attach idle disk a.qcow2 bus=scsi
expect 0 "idle: disk sda is out of the running machine" $vm detach idle sda
expect 0 'idle: nic 52:54:00:01:02:03 is out of the definition' $vm detach --next-start idle 52:54:00:01:02:03
expect 1 "*no device 'vdq'*" $vm detach idle vdq
expect 2 "*'a'b' names no device*" $vm detach idle "a'b"
expect 1 '*has no CD-ROM drive*attach idle disk PATH*' $vm cdrom idle /x.iso
expect 2 '*`crossarm vm cdrom` changes what is in one*' $vm attach idle cdrom /x.iso
expect 2 '*disk wants the path*' $vm attach idle disk
expect 2 '*is a folder*' $vm attach idle disk .
expect 2 '*serial: a guest sees 20 characters*has 21' $vm attach idle disk b.img serial=123456789012345678901
expect 2 '*mac=zz is no address*' $vm attach idle nic user mac=zz
expect 2 "*'size=3' is not known there*format*" $vm attach idle disk "$PWD/b.img" size=3
expect 2 '*bus=ide*' $vm attach idle disk "$PWD/b.img" bus=ide
expect 2 '*cannot look at /nowhere.img: no such file*say its format*' $vm attach idle disk /nowhere.img
expect 2 "*no device is called 'wings'*" $vm attach idle wings
expect 2 '*--keep goes with --verify*' $vm attach --keep idle rng
expect 2 '*wants a kind of device*' $vm attach idle
for time in soon 5x 0 99999999999; do expect 2 "*1 to 3600 seconds, not '$time'*" $vm attach --timeout $time idle rng; done
expect 1 "*no virtual machine 'nobody'*" $vm attach nobody rng
for kind in 0000:00:00.0 zero; do [ $kind = zero ] && expect 2 '*hostdev wants one PCI address*' $vm attach idle hostdev $kind; done
echo '<rng' >bad.xml
expect 2 '*bad.xml is no well-formed XML*' $vm attach idle xml bad.xml
virsh -q destroy idle
expect 1 '*the machine is off, so that --once*' $vm attach --once idle rng
expect 1 '*no running guest to verify: the machine is off*' $vm attach --verify idle rng
expect 0 'idle: disk vdb is in the definition' $vm attach idle disk "$PWD/b.img"
expect 0 'idle: disk vdb is out of the definition' $vm detach idle vdb
virsh -q undefine idle

# Media: the drives are there, what is in them changes; libvirt refuses a change that does not name the drive's own address.
drive()
{
        echo "<disk type='file' device='cdrom'><target dev='$1' bus='scsi'/><address type='drive' controller='0' bus='0' target='0' unit='$2'/></disk>"
}
domain media aarch64 virt-7.2 '' "$(ports 12)<controller type='scsi' model='virtio-scsi'/>$(drive sda 3)$(drive sdb 5)" --paused || exit 1
expect 0 "media: $PWD/b.img" $vm cdrom media b.img
expect 0 "media: $PWD/c.img" $vm cdrom --drive sdb media c.img
expect 0 '*sda cdrom scsi */b.img*sdb cdrom scsi */c.img*' $vm info media
expect 0 'media: the drive is empty' $vm cdrom media eject
expect 0 '*sda cdrom scsi -*sdb cdrom scsi */c.img*' $vm info media
expect 1 '*media has no CD-ROM drive sdx; *vm info media*' $vm cdrom --drive sdx media eject
expect 1 "*cannot put /nowhere.iso into the drive of media: *'/nowhere.iso'*" $vm cdrom media /nowhere.iso
expect 1 "*cannot put /tmp into the drive of media: *'/tmp'*" $vm cdrom media /tmp

# Commands at once: each has a name of its own for its disk.
for i in 1 2 3 4 5; do
        truncate -s 1M at-once$i.img
        $vm attach media disk at-once$i.img >at-once$i.log 2>&1 &
done
wait
expect 0 5 sh -c 'cat at-once*.log | grep -c "is in the running machine and its definition"'
expect 0 'vda vdb vdc vdd vde ' sh -c "virsh -q domblklist --inactive media | sed -n 's/ *\(vd.\) .*/\1/p' | sort | tr '\n' ' '"

# A command that is killed leaves its disk in both or in neither, once the next one has begun.
for pause in 0.02 0.05 0.08 0.11 0.15; do
        truncate -s 1M killed$pause.img
        "$BIN/crossarm" vm attach media disk killed$pause.img >/dev/null 2>&1 &
        sleep $pause
        kill -9 $! 2>/dev/null
        wait
done
expect 0 '*' $vm attach media rng
for image in killed*.img; do
        running=$(virsh -q domblklist media | grep -c "/$image") definition=$(virsh -q domblklist --inactive media | grep -c "/$image")
        [ "$running" = "$definition" ] || { echo "$image is in the running machine $running times, in the definition $definition"; failures=$((failures + 1)); }
done

# What booting has shown goes before the model, as for `plan`.
export XDG_CACHE_HOME=$PWD/cache
expect 0 '*' $vm probe-ports --machine virt-7.2 --most 1
sed -i 's/"most": 1,/"most": 9,/; s/"root_ports": 1$/"root_ports": 3/; s/"root_ports": 1,/"root_ports": 3,/' cache/crossarm/vm-ports.json
virsh -q destroy media
virsh -q undefine media
cat >few.yaml <<END
name: few
arch: aarch64
accel: tcg
machine: virt-7.2
memory: 256M
networks: []
END
expect 0 'few: defined and started' $vm define few.yaml --start
expect 1 '*few: *root ports where 3 fit*' $vm plan few
expect 1 '*few has no place for rng *: it has * root ports where 3 fit (3 were booted*' $vm attach few rng
virsh -q destroy few
expect 0 'few: deleted' $vm delete few
[ "${LONG:-0}" = 1 ] || finish

# ---- kernels: they take what is plugged, and give it back ----
for arch in arm64 armhf-lpae; do
        kernel=$(guest_kernel $arch) && guest_modules $arch "$arch.rd.d" || { echo "no kernel for $arch"; exit 77; }
        guest_initrd ${arch%-lpae} $arch.rd <<'EOF' || exit 1
. /load
echo GUEST-READY
while :; do echo "CARDS $(ls /sys/class/net | grep -c eth) DISKS $(ls /sys/block | grep -c '^[vs]d')"; sleep 1; done
EOF
done

ready() # NAME
{
        for _ in $(seq 240); do
                grep -q GUEST-READY "$1.log" 2>/dev/null && return
                sleep 1
        done
        echo "$1 does not boot:"
        tail -5 "$1.log"
        exit 1
}
boot() # ARCH
{
        echo "<kernel>$(guest_kernel "$1")</kernel><initrd>$PWD/$1.rd</initrd><cmdline>console=ttyAMA0 quiet</cmdline>"
}

domain real aarch64 virt-7.2 "$(boot arm64)" "$(ports 6)<controller type='scsi' model='virtio-scsi'/><controller type='usb' model='qemu-xhci'/>" || exit 1
ready real
expect 0 '*disk vda is in *DRIVER_OK)' $vm attach --verify real disk "$PWD/a.qcow2"
expect 0 '*nic *DRIVER_OK)' $vm attach --verify real nic user
expect 0 '*disk sda *has read from it*' $vm attach --verify real disk "$PWD/b.img" bus=scsi
expect 0 '*tablet *USB address*' $vm attach --verify real tablet
sleep 3
tail -1 real.log | grep -q 'CARDS 1 DISKS 2' || { echo "the guest says: $(tail -1 real.log)"; failures=$((failures + 1)); }
expect 0 '*disk vda is out of the running machine and its definition' $vm detach real vda
expect 0 '*disk sda is out of *' $vm detach real sda
sleep 3
tail -1 real.log | grep -q 'CARDS 1 DISKS 0' || { echo "the guest says: $(tail -1 real.log)"; failures=$((failures + 1)); }
virsh -q destroy real
virsh -q undefine real

# Debian's 32-bit kernels have no PCI hot-plug: libvirt says success, the guest sees nothing.
domain old armv7l virt-7.2 "$(boot armhf-lpae)" "$(ports 4)" || exit 1
ready old
expect 1 '*nic *is plugged, but after 5 s the guest has not noticed it*taken out again*' $vm attach --verify --timeout 5 old nic user
virsh -q destroy old
virsh -q undefine old

# ---- the plan against what really fits: three machine versions, with 64-bit firmware, 32-bit firmware and none ----
uefi64="<loader readonly='yes' type='pflash'>/usr/share/AAVMF/AAVMF_CODE.fd</loader><nvram template='/usr/share/AAVMF/AAVMF_VARS.fd'>$PWD/64.fd</nvram>"
uefi32="<loader readonly='yes' type='pflash'>/usr/share/AAVMF/AAVMF32_CODE.fd</loader><nvram template='/usr/share/AAVMF/AAVMF32_VARS.fd'>$PWD/32.fd</nvram>"
fits() # NAME ARCH MACHINE OS PORTS SEEN
{
        domain "$1" "$2" "$3" "$4" "$(ports "$5")<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>" || exit 1
        ready "$1"
        planned=$($vm plan --json "$1" | sed -n '/"nic"/,/}/s/.*"count": \([0-9]*\).*/\1/p')
        fitted=0
        while echo "<interface type='user'><model type='virtio'/></interface>" >nic.xml && virsh -q attach-device "$1" nic.xml >/dev/null 2>&1; do
                fitted=$((fitted + 1))
                [ $fitted -lt 40 ] || break
        done
        [ "$planned" = "$fitted" ] || { echo "$1: $planned were planned, $fitted fit"; failures=$((failures + 1)); }
        sleep 10
        [ "$6" = no ] || tail -1 "$1.log" | grep -q "CARDS $fitted " || { echo "$1: $fitted are plugged, the guest says: $(tail -1 "$1.log")"; failures=$((failures + 1)); }
        virsh -q destroy "$1"
        virsh -q undefine --nvram "$1"
}
for file in /usr/share/AAVMF/AAVMF_CODE.fd /usr/share/AAVMF/AAVMF32_CODE.fd; do [ -e $file ] || { echo "no $file"; exit 77; }; done
fits old64 aarch64 virt-2.12 "$uefi64$(boot arm64)" 15 yes
fits mid64 aarch64 virt-6.2 "$uefi64$(boot arm64)" 20 yes
fits new64 aarch64 virt-7.2 "$uefi64$(boot arm64)" 9 yes
fits new32 armv7l virt-7.2 "$uefi32$(boot armhf-lpae)" 15 no
fits none aarch64 virt-7.2 "$(boot arm64)" 12 yes
finish
