#!/bin/sh
# crossarm vm convert: its command line, and that its results lint clean, are defined and reach their firmware (tests/tool/vm-convert-oracle).
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
cd "$TMPDIR" || exit 1
convert="$BIN/crossarm vm convert"

cat >web.xml <<'END'
<domain type='kvm'>
  <name>web</name>
  <memory unit='GiB'>1</memory>
  <vcpu>2</vcpu>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
  <features><acpi/><apic/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'><source file='/srv/web.img'/><target dev='hda' bus='ide'/></disk>
    <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>
    <interface type='user'><model type='e1000'/></interface>
    <input type='mouse' bus='ps2'/>
    <serial type='pty'><target type='isa-serial' port='0'><model name='isa-serial'/></target></serial>
    <video><model type='qxl' ram='65536'/></video>
  </devices>
</domain>
END
expect 0 "*web.xml:5: CONVERT-ARCH: the guest is one of x86_64*web.xml:9: DISK-IDE: the drive hda*-    <type arch=\"x86_64\"*+    <type arch=\"aarch64\" machine=\"virt\">*bus=\"scsi\"*0 left to you; judged by defaults*" \
        $convert --offline web.xml --to arm64
expect 0 '*"code": "CONVERT-ARCH"*"left": *"xml": "<domain type=*' $convert --offline --json web.xml --to aarch64
expect 0 '*' $convert --offline web.xml --to aarch64 -o arm.xml
for want in 'arch="aarch64" machine="virt"' 'firmware="efi"' 'dev="vda" bus="virtio"' 'dev="sda" bus="scsi"' 'model="qemu-xhci"' '<model type="virtio"/>' \
        'mode="host-passthrough"' '<gic version="3"/>' 'file="/srv/web.img"' 'model="pcie-root-port"'; do
        grep -q "$want" arm.xml || { echo "the converted domain has no $want"; failures=$((failures + 1)); }
done
for gone in emulator apic isa-serial 'bus="ide"' ps2 qxl e1000; do
        grep -q "$gone" arm.xml && { echo "the converted domain still has $gone"; failures=$((failures + 1)); }
done
expect 0 '*: 0 findings*' "$BIN/crossarm" vm lint --offline arm.xml ./arm.xml
expect 2 '*arm.xml is there already; --force*' $convert --offline web.xml --to aarch64 -o arm.xml
expect 0 '*' $convert --offline web.xml --to aarch64 -o arm.xml --force
expect 2 '*cannot write /nowhere/x.xml*' $convert --offline web.xml --to aarch64 -o /nowhere/x.xml
expect 0 '<domain type="kvm">*</domain>' $convert --offline web.xml --to aarch64 -o -
# There and back again.
expect 0 '*-    <type arch="aarch64"*+    <type arch="x86_64" machine="q35">*' $convert --offline arm.xml --to amd64
# Nothing to do: no difference.
expect 0 '*arm.xml: 0 changes, 0 left to you*' $convert --offline arm.xml --to aarch64
sed "s|<os>|<os><kernel>$PWD/web.xml</kernel><cmdline>root=/dev/vda1 console=tty0 console=ttyS0,115200</cmdline>|" web.xml >kernel.xml
expect 0 '*CMDLINE-CONSOLE*+*console=ttyAMA0,115200*' $convert --offline kernel.xml --to aarch64
sed "s|<vcpu>2|<vcpu>600|" web.xml >many.xml
expect 1 '*left to you: CPU-MOST: 600 processors*1 left to you*' $convert --offline many.xml --to aarch64
expect 2 "*no conversion to 's390x'*" $convert --offline web.xml --to s390x
expect 2 '*--to which architecture*' $convert --offline web.xml
expect 2 '*wants one file*' $convert --to aarch64
expect 2 '*cannot read ./none.xml*' $convert --offline ./none.xml --to aarch64
ls ./*.xml.* 2>/dev/null && { echo 'a temporary file stayed'; failures=$((failures + 1)); }

libvirt_start qemu-system-aarch64 qemu-system-x86_64
[ -e /usr/share/AAVMF/AAVMF_CODE.fd ] || { echo 'no qemu-efi-aarch64'; exit 77; }
mkdir run
oracle()
{
        "$SOURCE/tests/tool/vm-convert-oracle" --bin "$BIN/crossarm" --folder run "$@" >oracle.txt 2>&1 || { cat oracle.txt; failures=$((failures + 1)); }
}
oracle --to aarch64 --rows 'pc|q35'
oracle --to aarch64 --boot web.xml
if [ "$LONG" = 1 ]; then
        oracle --to x86_64 --rows 'a64|arm'
        oracle --to aarch64 --rows a64
        oracle --to aarch64 --boot --rows 'pc|q35'
fi
finish
