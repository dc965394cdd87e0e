#!/bin/sh
# crossarm vm watch with real guests: a reboot runs the new kernel, a power-off stays off, libvirtd and the service itself may be away meanwhile, a
# crash loop ends. The guest is a few instructions that wait for a byte on the serial line (make-boot).
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
libvirt_start qemu-system-arm
cd "$TMPDIR" || exit 1
ln -s /usr/bin/qemu-system-arm qemu
vm() { "$BIN/crossarm" vm "$@"; }
store=$libvirt_home/crossarm/bootdir
mkdir -p "$store"

# within COMMAND...: it succeeds soon.
within()
{
        for _ in $(seq 150); do
                "$@" >/dev/null 2>&1 && return
                sleep 0.2
        done
        echo "not within 30 s: $*"
        tail -n 5 said console.*
        failures=$((failures + 1))
}
said() { tail -n +"$line" said | grep -q "$1"; }
mark() { line=$(($(wc -l <said) + 1)); }
runs() { grep -q "Linux version $2" "console.$1"; }
is() { [ "$(virsh -q domstate "$1")" = "$2" ]; }
# QEMU looks only once in a second whether somebody is there.
press() { press_tty "$(virsh -q ttyconsole "$1")" "$2"; }
press_tty() { { printf %s "$2"; sleep 2; } >"$1"; }
boot() { release=$1 guest=$2; shift 2; "$SOURCE/tests/tool/make-boot" "$libvirt_home/$guest" "$release" "$@"; }
watch() { "$BIN/crossarm-vm" watch --memory memory --steady 3600 --limit 3 --wait 0 >>said 2>&1 & watcher=$!; within said '^ready'; }
unwatch() { kill "$watcher" && wait "$watcher" || { echo "watch ended with $?"; failures=$((failures + 1)); } }

define()
{
        vm bootdir resolve "$libvirt_home/$1" --keep "$1" --store "$store" >/dev/null || failures=$((failures + 1))
        cat >domain.xml <<END
<domain type='qemu'>
  <name>$1</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type arch='armv7l' machine='virt'>hvm</type>
    <kernel>$store/$1/current/vmlinuz</kernel><initrd>$store/$1/current/initrd.img</initrd><cmdline>console=ttyAMA0</cmdline></os>
  <cpu mode='custom' match='exact' check='none'><model fallback='forbid'>cortex-a15</model></cpu>
  <on_poweroff>destroy</on_poweroff><on_reboot>destroy</on_reboot><on_crash>destroy</on_crash>
  <devices><emulator>$PWD/qemu</emulator>
    <filesystem type='mount' accessmode='mapped'><source dir='$libvirt_home/$1'/><target dir='virtio-boot'/></filesystem>
    <serial type='pty'><log file='$PWD/console.$1' append='off'/></serial><memballoon model='none'/></devices>
</domain>
END
        virsh -q define domain.xml || failures=$((failures + 1))
}

expect 2 "*wants a number from 0*" vm watch --limit many
expect 2 "*takes no argument 'x'*" vm watch x
: >said
mark
boot 6.1.0-9 arm1
define arm1
watch
expect 0 '' virsh -q start arm1
within runs arm1 6.1.0-9
# A kernel is installed, the guest reboots: that kernel runs.
boot 6.1.0-50 arm1
mark
press arm1 r
within runs arm1 6.1.0-50
within said 'reboot: arm1 rebooted$'
within said 'kernel: arm1 starts from Linux 6.1.0-50, which is new'
# Off is off.
press arm1 p
within said 'off: arm1 powered off'
within is arm1 'shut off'
expect 0 '' virsh -q start arm1
mark
expect 0 '' virsh -q destroy arm1
within said 'off: arm1 was ended from the host'
expect 0 'shut off' virsh -q domstate arm1

# libvirtd is away while the guest reboots, and while it powers off (that in long runs).
for key in r $([ "${LONG:-0}" = 0 ] || echo p); do
        rm console.arm1
        expect 0 '' virsh -q start arm1
        within runs arm1 6.1.0-50
        tty=$(virsh -q ttyconsole arm1)
        mark
        kill -9 "$(cat "$libvirt_home/libvirtd.pid")"
        within said '^lost'
        press_tty "$tty" "$key"
        within grep -q 'reboot: ' console.arm1
        boot 6.1.0-50 arm1 1
        libvirtd_run
        within said '^back'
        case $key in
        r) within said 'reboot: arm1 rebooted' && within is arm1 running && virsh -q destroy arm1 && within said 'ended from the host' ;;
        p) within said 'off: arm1 powered off' && expect 0 'shut off' virsh -q domstate arm1 ;;
        esac
done

# The service itself is away.
rm console.arm1
expect 0 '' virsh -q start arm1
within runs arm1 6.1.0-50
within grep -q . memory
unwatch
press arm1 r
within is arm1 'shut off'
mark
watch
within said 'reboot: arm1 rebooted, by its console'
within is arm1 running

# A new kernel that reboots at once: back to the one before.
mark
boot 6.1.0-51 arm1 0 r
press arm1 r
within said 'rollback: arm1 has not stayed up . times in a row under the new Linux 6.1.0-51: it goes back to 6.1.0-50'
within runs arm1 6.1.0-50
expect 0 '*current   Linux 6.1.0-50*rolled back from*' vm bootdir status arm1 --store "$store"

# A start that fails counts as a run, and ends in the same way.
boot 6.1.0-52 arm1
mark
rm qemu
press arm1 r
within said 'failed: arm1 does not start: '
within said 'rollback: arm1 has not stayed up 4 times in a row under the new Linux 6.1.0-52: it goes back to 6.1.0-50'
ln -s /usr/bin/qemu-system-arm qemu
virsh -q destroy arm1

# None to go back to: it stays off, and that is said.
boot 6.1.0-1 arm2 0 r
define arm2
mark
expect 0 '' virsh -q start arm2
within said 'gave-up: arm2 was started 4 times in a row'
within is arm2 'shut off'
unwatch
finish
