#!/bin/sh
# crossarm vm define for 32-bit guests on 64-bit Arm hosts: KVM only where the processor has AArch32 at EL1, else emulation that says so, or a refusal.
. "$(dirname "$0")/lib.sh.inc"
cd "$TMPDIR" || exit 1
captured=$SOURCE/tests/fixtures/vm/host-arm64

# host NAME MODEL: a captured arm64 host with that processor.
host()
{
        cp -r "$captured" "$1" && chmod -R u+w "$1"
        sed -i "0,\|</arch>|s||</arch><model>$2</model>|" "$1/capabilities.xml"
        sed 's|<domain>kvm<|<domain>qemu<|' "$captured/domcaps-armv7l-virt-kvm.xml" >"$1/domcaps-armv7l-virt-qemu.xml"
}
host n1 Neoverse-N1
host a72 cortex-a72
host new Cortex-Z99
sed "s|<domain type='qemu'/>||" n1/capabilities.xml >n1.new
cp -r n1 kvm-only && mv n1.new kvm-only/capabilities.xml

define() { on=$1; shift; "$BIN/crossarm" vm define --name t --boot-kernel /k --as-host "$on" --why "$@"; }
expect 0 '*accel *tcg: emulation*KVM runs no 32-bit guests (*no AArch32 at EL1*cpu *cortex-a15*' define n1 --arch armhf
expect 0 "*type=\"qemu\"*" define n1 --arch armhf --print-xml
expect 1 "*KVM runs no 32-bit guests (*no AArch32 at EL1*'accel: tcg'*" define n1 --arch armhf --accel kvm
expect 0 '*accel *tcg: the spec says so*' define n1 --arch armhf --accel tcg
expect 0 '*aarch64*accel *kvm: the host has KVM*cpu *host*' define n1 --arch aarch64
expect 0 '*accel *kvm: the host has KVM*accel *kvm: for 32-bit guests, too: *AArch32 at EL1*cpu *host*' define a72 --arch armhf
expect 0 '*accel *kvm: the host has KVM*accel *kvm: not known: *AArch32 at EL1*accel: tcg*vm doctor*cpu *host*' define new --arch armhf
expect 0 '*accel *kvm: the spec says so*accel *kvm: not known: *' define new --arch armhf --accel kvm
expect 1 '*KVM runs no 32-bit guests*' define kvm-only --arch armhf --accel kvm
expect 1 '*no QEMU for guests of armv7l*' define kvm-only --arch armhf
finish
