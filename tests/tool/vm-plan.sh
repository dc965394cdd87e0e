#!/bin/sh
# crossarm vm plan and probe-ports: the budget of PCIe root ports, by the model, by what libvirt makes of the same XML, and by boots.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
cd "$TMPDIR" || exit 1
plan="$BIN/crossarm vm plan"

# domain ARCH MACHINE OS-EXTRAS DEVICES: t.xml
domain()
{
        cat >t.xml <<EOF
<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>t</name><memory>262144</memory>
<os><type arch='$1' machine='$2'>hvm</type>$3</os><devices>$4</devices></domain>
EOF
}

ports() # N
{
        echo "<controller type='pci' index='0' model='pcie-root'/>"
        i=0
        while [ $i -lt "$1" ]; do
                echo "<controller type='pci' model='pcie-root-port'/>"
                i=$((i + 1))
        done
}
nic="<interface type='user'><model type='virtio'/></interface>"
disk="<disk type='file' device='disk'><source file='/x'/><target dev='vda' bus='virtio'/></disk>"
scsi="<controller type='scsi' model='virtio-scsi'/><disk type='file' device='disk'><source file='/y'/><target dev='sda' bus='scsi'/></disk>"
uefi="<loader readonly='yes' type='pflash'>/nowhere/CODE.fd</loader>"

# The limit: machine version, highmem, firmware width, what else is on bus 0.
domain aarch64 virt-7.2 "$uefi" "$(ports 8)$nic$disk"
expect 0 '*root ports: 8, 6 of them free; at most 248: bus 0 has 31 slots*virtio *6 *after a restart there can be 240 more*legacy *0 *no pcie-to-pci-bridge*' $plan t.xml
domain aarch64 virt-2.12 "$uefi" "$(ports 8)$nic"
expect 0 '*8, 7 of them free; at most 15: machine types before virt-3.0*ECAM) of 16 MiB: 16 buses*' $plan t.xml
domain aarch64 virt-2.12 "$uefi" "$(ports 16)$nic"
expect 1 '*16, 0 of them free; at most 15*crossarm: it has 16 root ports where 15 fit*finds no disk at all' $plan t.xml
domain aarch64 virt-2.12 '' "$(ports 16)$nic"
expect 1 '*16, 14 of them free; at most 15*what is behind the others is never seen' $plan t.xml
domain armv7l virt-7.2 "$uefi" "$(ports 4)$nic"
expect 0 '*4, 3 of them free; at most 15: 32-bit firmware*note: *no PCI hot-plug*' $plan t.xml
domain armv7l virt-7.2 '' "$(ports 4)"
expect 0 '*at most 248*note: 32-bit kernels without LPAE*no PCI at all*' $plan t.xml
sed -i "s|</domain>|<qemu:commandline><qemu:arg value='-machine'/><qemu:arg value='highmem=off'/></qemu:commandline></domain>|" t.xml
expect 0 '*highmem=off*at most 15: highmem=off*' $plan t.xml
domain aarch64 virt-2.12 "$uefi" "$(ports 8)<controller type='pci' model='pcie-to-pci-bridge'/>"
expect 0 '*8, 7 of them free; at most 14: *each port and bridge takes one*legacy *31 *' $plan t.xml
domain x86_64 pc-q35-7.2 '' "$(ports 8)$nic"
expect 0 '*BIOS*8, 5 of them free; at most 240*' $plan t.xml
domain x86_64 pc '' "$nic"
expect 0 '*root ports: none: pc has no PCI Express*virtio *3[0-9] *conventional PCI*' $plan t.xml
domain aarch64 virt-7.2 "$uefi" "$(ports 8)$scsi"
expect 0 '*scsi *16383 *by itself numbers 6 more*' $plan t.xml
expect 0 '*"made": 8,*"free": 7,*"at_most": 248,*"scsi": {*"count": 16383*"ports": \[*"device": "controller scsi virtio-scsi"*' $plan --json t.xml
expect 0 '*port 1 *controller scsi virtio-scsi*port 2 *free*' $plan --ports ./t.xml

# What is no domain.
expect 2 '*wants one machine*' "$BIN/crossarm" vm plan
expect 2 '*cannot read ./nowhere.xml*' $plan ./nowhere.xml
echo '<network/>' >n.xml
expect 2 '*this is no domain*' $plan n.xml
echo '<domain' >n.xml
expect 2 '*n.xml is no well-formed XML*' $plan n.xml
expect 2 "*knows aarch64, armv7l and x86_64, not sparc*" "$BIN/crossarm" vm probe-ports --arch sparc
expect 2 "*'maybe' is no value*" "$BIN/crossarm" vm probe-ports --highmem maybe
expect 2 '*boots the QEMU of this machine: run it on the host of qemu+ssh://nowhere.invalid/system*' \
        "$BIN/crossarm" vm probe-ports --connect qemu+ssh://nowhere.invalid/system web1
expect 1 '*cannot run /nowhere/qemu*' "$BIN/crossarm" vm probe-ports --emulator /nowhere/qemu
expect 2 '*pc-i440fx-7.2 has no PCI Express*' "$BIN/crossarm" vm probe-ports --arch x86_64 --machine pc-i440fx-7.2

# The same XML before libvirt has seen it and after: the places that were foreseen are those that it gives.
libvirt_start qemu-system-aarch64 qemu-system-x86_64
expect 1 "*no virtual machine 'nobody'*" $plan nobody
# A spec: what is to be.
cat >t.yaml <<'EOF'
name: t
arch: aarch64
machine: virt-7.2
hotplug: { disks: 3, networks: 2, legacy: 1 }
EOF
expect 0 '*t: aarch64, virt-7.2, UEFI*5 of them free*virtio *5 *legacy *31 *' $plan t.yaml
echo 'nmae: t' >bad.yaml
expect 2 '*bad.yaml*nmae*' $plan bad.yaml
agree()
{
        virsh -q define t.xml >/dev/null || { failures=$((failures + 1)); return; }
        before=$($plan --json t.xml | grep -E '"(made|free|at_most|count)":')
        after=$($plan --json t | grep -E '"(made|free|at_most|count)":')
        [ "$before" = "$after" ] || { echo "foreseen and given differ:"; cat t.xml; echo "$before"; echo "$after"; failures=$((failures + 1)); }
        virsh -q undefine --nvram t >/dev/null
}
for extra in '' "$nic" "$(ports 6)$nic$disk$scsi" "$(ports 1)$nic$nic$disk" \
        "$nic<video><model type='vga'/></video><sound model='ich9'/><watchdog model='i6300esb'/>" \
        "$(ports 9)$nic<video><model type='virtio'/></video><rng model='virtio'><backend model='random'>/dev/random</backend></rng>" \
        "<filesystem type='mount'><source dir='/tmp'/><target dir='t'/></filesystem><input type='tablet' bus='virtio'/>" \
        "$(ports 3)<controller type='pci' model='pcie-to-pci-bridge'/><interface type='user'><model type='e1000'/></interface>$nic" \
        "<controller type='usb' model='qemu-xhci'/><controller type='usb' index='1' model='ich9-ehci1'/><vsock><cid auto='yes'/></vsock>"; do
        domain aarch64 virt-7.2 '' "$extra"
        agree
        domain aarch64 virt-2.12 '' "$extra"
        agree
done
for extra in '' "$nic" "$(ports 6)$nic$disk$scsi" "$nic<video><model type='virtio'/></video><sound model='ich9'/>"; do
        domain x86_64 pc-q35-7.2 '' "$extra"
        agree
done

# Boots: what the model says is what is found; the second time it is remembered, and plan takes it.
code=/usr/share/AAVMF/AAVMF_CODE.fd
[ -e $code ] || { echo "no $code"; exit $((failures > 0 ? 1 : 77)); }
probe="$BIN/crossarm vm probe-ports"
export XDG_CACHE_HOME="$TMPDIR/cache"
expect 0 '*2 ports: boots*pc-q35-7.2, BIOS: 2 root ports, which was the most*' $probe --arch x86_64 --machine pc-q35-7.2 --most 2
expect 0 '*(remembered)*' $probe --arch x86_64 --machine pc-q35-7.2 --most 2
[ "${LONG:-0}" = 1 ] || finish
# No file is made by QEMU either, so that a kill leaves none.
expect 0 '*15 ports: boots*16 ports: finds no disk*virt-2.12, *: 15 root ports*' env TMPDIR=/nowhere $probe --machine virt-2.12
expect 0 '*"root_ports": 15*"expected": 15*"remembered": true*' $probe --machine virt-2.12 --json
domain aarch64 virt-2.12 "<loader readonly='yes' type='pflash'>$code</loader><nvram template='/usr/share/AAVMF/AAVMF_VARS.fd'/>" \
        "<emulator>/usr/bin/qemu-system-aarch64</emulator>$(ports 8)"
expect 0 '*at most 15: 15 were booted and not more*' $plan t.xml
expect 0 '*virt-3.0, *: 20 root ports, which was the most*' $probe --machine virt-3.0 --most 20
expect 0 '*highmem=off, *: 15 root ports*' $probe --machine virt-7.2 --highmem off
expect 0 '*AAVMF32_CODE.fd: 15 root ports*' $probe --arch armv7l
expect 0 '*OVMF*: 16 root ports, which was the most*' $probe --arch x86_64 --firmware uefi --most 16
finish
