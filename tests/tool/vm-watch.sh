#!/bin/sh
# crossarm vm watch with real guests: a reboot runs the new kernel, a power-off stays off, libvirtd and the service itself may be away meanwhile, a
# crash loop ends. The guest is a few instructions that wait for a byte on the serial line (make-boot).
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
libvirt_start qemu-system-arm
cd "$TMPDIR" || exit 1
. "$(dirname "$0")/bootdir.sh.inc"
ln -s /usr/bin/qemu-system-arm qemu
emulator=$PWD/qemu

expect 2 "*wants a number from 0*" vm watch --limit many
expect 2 "*takes no argument 'x'*" vm watch x
# Its unit, with the program where it is.
if command -v systemd-analyze >/dev/null; then
        sed "s|@bindir@|$BIN|" "$SOURCE/src/cli/crossarm-vm-watch.service.in" >crossarm-vm-watch.service
        expect 0 '' systemd-analyze verify --man=no "$PWD/crossarm-vm-watch.service"
fi

limits='--steady 3600 --limit 3 --wait 0'
boot 6.1.0-9 arm1
keep arm1
define arm1
watch $limits
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
watch $limits
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
keep arm2
define arm2
mark
expect 0 '' virsh -q start arm2
within said 'gave-up: arm2 was started 4 times in a row'
within is arm2 'shut off'

# It reboots before libvirt has started it, which may be told as a start that failed, or as its reboot; it counts once.
boot 6.1.0-1 arm3 0 R
keep arm3
define arm3
mark
within virsh -q start arm3 # so soon that libvirt may take it for a start that failed
within said 'gave-up: arm3 was started 4 times in a row'
expect 0 4 sh -c "tail -n +$line said | grep -c -e '^failed: arm3' -e '^reboot: arm3'"
sleep 3
expect 0 '*gave-up: arm3*' tail -n 1 said
within is arm3 'shut off'
# What QEMU said of such a start is not the end of the next run.
boot 6.1.0-2 arm3
keep arm3
expect 0 '' virsh -q start arm3
within runs arm3 6.1.0-2
press arm3 p
within said 'off: arm3 powered off'
expect 0 'shut off' virsh -q domstate arm3
unwatch
finish
