#!/bin/sh
# crossarm vm lint: its command line and reports, and its verdicts beside what libvirt and QEMU do (tests/tool/vm-lint-oracle): some rows, all when long.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
cd "$TMPDIR" || exit 1
lint="$BIN/crossarm vm lint"
rows=$SOURCE/tests/fixtures/vm-lint

cat >web.xml <<'END'
<domain type='kvm'>
  <name>web</name>
  <memory unit='GiB'>1</memory>
  <vcpu>2</vcpu>
  <os><type arch='aarch64' machine='q35'>hvm</type></os>
  <features><apic/></features>
  <devices>
    <disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk>
  </devices>
</domain>
END
expect 1 "*web.xml:5: error MACHINE-OTHER: the machine 'q35' is none of Arm (libvirt refuses it)
    the machine for Arm guests is 'virt'*web.xml:6: warning FEATURE-X86: <apic>*(has no effect)*web.xml:8: error DISK-IDE: the drive hda*judged by defaults*" \
        $lint --offline web.xml
expect 1 '*"verdict": "define"*"code": "MACHINE-OTHER",*"severity": "error",*"fate": "define",*"line": 5,*"path": "/domain/os/type"*"convert_mends": true*' \
        $lint --offline --json web.xml
printf '%s' "<domain type='qemu'><name>a</name><memory>1</memory><vcpu>1</vcpu><os firmware='efi'><type arch='aarch64' machine='virt'>hvm</type></os>
<cpu mode='maximum'/><devices/></domain>" >good.xml
expect 0 '*good.xml: 0 findings, 1 notes; judged by defaults*' $lint --offline good.xml
expect 0 '*-: 0 findings*' sh -c "$lint --offline - <good.xml"
expect 1 '*web.xml*good.xml*' $lint --offline web.xml good.xml
expect 0 'CPU-LEFT-OUT (error: the guest does not come up)*What:*Cure:*vm convert*Source:*' $lint --explain cpu-left-out
expect 0 '*ARCH-NAME*FILESYSTEM-PASSTHROUGH*' $lint --explain all
expect 2 "*no rule 'NOPE'*" $lint --explain NOPE
expect 2 '*wants a file*' $lint
expect 2 "*cannot read ./none.xml: no such file*" $lint --offline ./none.xml
expect 2 "*'none' is no file*no libvirt*" $lint --offline none
expect 2 '*cannot reach libvirt*' $lint --connect 'qemu+unix:///system?socket=/nowhere' good.xml

# What is no domain, or wants to be more than one.
echo '<network/>' >net.xml
expect 2 '*<network>, no <domain>*' $lint --offline net.xml
echo "<domain type='lxc'/>" >lxc.xml
expect 2 "*type 'lxc'*" $lint --offline lxc.xml
echo "<domain type='kvm'><os><type arch='s390x'>hvm</type></os></domain>" >s390.xml
expect 2 "*for 's390x'*" $lint --offline s390.xml
echo '<domain' >half.xml
expect 2 '*no well-formed XML*' $lint --offline half.xml
{
        echo "<!DOCTYPE d [<!ENTITY a 'lol'>"
        last=a
        for name in b c d e f g h i j; do
                echo "<!ENTITY $name '&$last;&$last;&$last;&$last;&$last;&$last;&$last;&$last;&$last;&$last;'>"
                last=$name
        done
        echo "]><domain type='kvm'><name>&j;</name><os><type arch='aarch64'>&j;hvm</type></os></domain>"
} >laughs.xml
expect 2 '*' timeout 20 $lint --offline laughs.xml
echo "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><domain type='kvm'><name>&x;</name><os><type arch='aarch64'>hvm</type></os><devices><emulator>qemu-system-x86_64 &x;</emulator></devices></domain>" >xxe.xml
if $lint --offline xxe.xml | grep root:; then
        echo 'a file of the host came through an entity'
        failures=$((failures + 1))
fi
# Control characters of both sets stay out of sentences; long values end with a whole character.
printf "<domain type='qemu'><os><type arch='aarch64' machine='virt'>hvm</type></os><devices><interface type='user'><model type='&#x9b;5mA&#x1e9;%0159d\303\251'/></interface></devices></domain>" 0 >csi.xml
$lint --offline csi.xml >csi.txt
if LC_ALL=C grep -q "$(printf '\302\233')" csi.txt || ! iconv -f utf-8 -t utf-8 csi.txt >/dev/null; then
        echo 'a control character, or half a character, came through'
        failures=$((failures + 1))
fi
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "<a>"; }' >deep.xml
expect 2 '*no well-formed XML*' $lint --offline deep.xml
head -c 9000000 /dev/zero | tr '\0' ' ' >huge.xml
expect 2 '*larger than 8 MiB*' $lint --offline huge.xml
awk 'BEGIN { print "<domain type=\"kvm\"><os><type arch=\"aarch64\" machine=\"virt\">hvm</type></os><devices>";
        for (i = 0; i < 3000; i++) print "<disk device=\"floppy\"><target dev=\"fd" i "\" bus=\"fdc\"/></disk>"; print "</devices></domain>" }' >many.xml
expect 1 '*: 300[0-9] findings*' timeout 60 $lint --offline many.xml

libvirt_start qemu-system-aarch64 qemu-system-x86_64 qemu-system-arm
[ -e /usr/share/AAVMF/AAVMF_CODE.fd ] || { echo 'no qemu-efi-aarch64'; exit 77; }
expect 1 '*MACHINE-OTHER*judged by qemu:///s*' $lint web.xml
virsh -q domcapabilities --arch aarch64 --machine virt --virttype qemu >kept.xml
expect 0 '*good.xml: 0 findings, 1 notes; judged by kept.xml*' $lint --domcaps kept.xml good.xml
sed 's/aarch64/x86_64/; s/virt/q35/' good.xml >x86.xml
expect 2 '*kept.xml tells of aarch64 guests, the domain is for x86_64*' $lint --domcaps kept.xml x86.xml
# An interface that is a host's device is the death of libvirtd 9.0 when it is asked for QEMU's arguments.
sed "s|<devices/>|<devices><interface type='hostdev'><source><address type='pci' bus='0xfe' slot='0x1f'/></source></interface></devices>|" good.xml >sriov.xml
for _ in 1 2 3 4 5 6; do $lint sriov.xml >/dev/null; done
expect 0 '*' virsh version
virsh -q define good.xml
expect 0 '*a: 0 findings*' $lint a
expect 2 "*no virtual machine 'none'*" $lint none
if [ "$LONG" = 1 ]; then every=; else every='--quick 24'; fi
mkdir run
# shellcheck disable=SC2086
"$SOURCE/tests/tool/vm-lint-oracle" --bin "$BIN/crossarm" --folder run $every >oracle.txt || { grep -e DIFFERS -e judged oracle.txt; failures=$((failures + 1)); }
grep -q ' rows, ' oracle.txt || { cat oracle.txt; failures=$((failures + 1)); }
finish
