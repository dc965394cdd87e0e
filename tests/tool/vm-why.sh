#!/bin/sh
# crossarm vm why: consoles of real machines that did not come up, texts of other troubles, and machines of our own that have them.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
. "$(dirname "$0")/guest.sh.inc"
why="$BIN/crossarm vm why"
cd "$TMPDIR" || exit 1
for real in secure-boot:secure_boot shell-no-disk:shell_no_disk kvm-broken:qemu_kvm_broken no-ecam:no_ecam too-many-ports:too_many_ports; do
        expect 1 "*\"verdict\": \"${real#*:}\"*\"trouble\": true*\"cure\": \"?*" $why --json "$SOURCE/tests/fixtures/vm/console-${real%:*}.txt"
done

# says STATUS VERDICT TEXT: printf's text
says()
{
        # shellcheck disable=SC2059
        printf "$3" >text
        expect "$1" "*\"verdict\": \"$2\"*" $why --json ./text
}
uefi='UEFI firmware (version edk2)\n' linux='[    0.000000] Booting Linux on physical CPU 0x0\n[    0.000000] Linux version 6.1\n'
says 1 shell_no_loader "$uefi"'\033[2J\033[01;01HUEFI Interactive Shell v2.2\nFS0: Alias(s)\n\033[1mShell> \033[0m'
says 1 network_boot "$uefi"'>>Start PXE over IPv4.\n  PXE-E18: Server response timeout.\n>>Start PXE over IPv6.\n'
says 1 nothing_to_boot "$uefi"'BdsDxe: No bootable option or device was found.\n'
says 1 nothing_to_boot 'SeaBIOS (version 1.16)\nBooting from Hard Disk...\nBoot failed: not a bootable disk\n\nNo bootable device.\n'
says 1 firmware_crash "$uefi"'Data Abort Exception PC at 0x5C6C193E  CPSR 0x600F0133\n'
says 1 wrong_arch "$uefi"'BdsDxe: failed to start Boot0001 "UEFI Misc Device" from PciRoot(0x0): Unsupported\n'
says 1 grub_prompt "$uefi"'Welcome to GRUB!\n\nerror: no such partition.\nEntering rescue mode...\ngrub rescue> '
says 1 no_root_disk "$uefi$linux"'VFS: Unable to mount root fs on unknown-block(0,0)\nKernel panic - not syncing: VFS: Unable to mount root fs\n'
says 1 no_init "$linux"'Run /init as init process\nKernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\n'
says 1 kernel_panic "$linux"'Kernel panic - not syncing: Fatal exception\n'
says 1 initramfs_shell "$linux"'Run /init as init process\nBusyBox v1.35.0\n(initramfs) '
says 1 no_root_found "$linux"'Run /init as init process\nGave up waiting for root file system device.\nALERT!  UUID=1 does not exist.  Dropping to a shell!\n(initramfs) '
says 1 emergency "$linux"'systemd[1]: Detected architecture arm64.\nYou are in emergency mode. After logging in, type\n'
says 1 stalled "$linux"'rcu: INFO: rcu_sched self-detected stall on CPU\n'
says 1 qemu_flash_size 'qemu-system-aarch64: device requires 67108864 bytes, block backend provides 3653632 bytes\n'
says 1 silent ''
says 1 silent '\033[2J\033[01;01H\r\n'
# What went on afterwards is over; the last boot counts.
says 0 login "$uefi"'>>Start PXE over IPv4.\n'"$linux"'Run /init as init process\nsystemd[1]: Detected architecture arm64.\nDebian 12 vm ttyAMA0\n\nvm login: '
says 0 userland "$uefi"'BdsDxe: failed to load Boot0001: Not Found\nBdsDxe: No bootable option or device was found.\n'"$linux"'Run /init as init process\n'
says 0 powered_off "$linux"'Kernel panic - not syncing: old\n'"$uefi$linux"'Run /init as init process\n[    9.9] reboot: Power down\n'
says 1 shell_no_disk "$linux"'Run /init as init process\nvm login: \n[ 9.9] reboot: Restarting system\n'"$uefi"'map: No mapping found.\nShell> '
expect 1 '*"boots": 2*' $why --json ./text
printf 'something else\n' >text
expect 1 '*nothing that is known; the boot came as far as: nothing*' $why ./text
expect 1 '*the console is empty*' sh -c "$why - </dev/null"
expect 2 '*cannot read ./nowhere*' $why ./nowhere
expect 2 '*wants one machine*' $why
expect 2 '*--seconds takes 1 to 3600*' $why --seconds 0 x
# Every sign leads to a verdict whose name the table has.
signs=$(sed -n 's/^SIGN(\([a-z_0-9]*\), .*/\1/p' "$SOURCE/src/vm/console_verdict.def" | sort -u)
names=$(sed -n 's/^VERDICT(\([a-z_0-9]*\), .*/\1/p' "$SOURCE/src/vm/console_verdict.def" | sort -u)
[ "$signs" = "$names" ] || { echo 'verdicts without a sign, or signs without a verdict'; failures=$((failures + 1)); }

# ---- machines: what their definitions tell of a console that stays empty ----
libvirt_start qemu-system-aarch64
head -c 65536 /dev/zero >nothing # something that QEMU takes for a kernel
# machine NAME ARCH OS DEVICES [--paused]
machine()
{
        cat >"$1.xml" <<EOF
<domain type='qemu'><name>$1</name><memory unit='MiB'>256</memory><os><type arch='$2' machine='virt'>hvm</type>$3</os>${6:-}<devices>$4</devices></domain>
EOF
        virsh -q define "$1.xml" && virsh -q start "$1" $5
}
gone()
{
        virsh -q destroy "$1"
        virsh -q undefine --nvram "$1"
}
expect 1 "*no virtual machine 'nobody'*" $why nobody
machine quiet aarch64 '<kernel>'"$PWD/nothing"'</kernel><cmdline>console=ttyAMA0</cmdline>' "<serial type='pty'/>" --paused || exit 1
# libvirt itself writes the 32-bit model where none was said
expect 1 '*the processor model is a 32-bit one*helps *a57*state *paused*console *its serial console, for up to 1 s: nothing*' $why --seconds 1 quiet
gone quiet
a57="<cpu mode='custom' match='exact' check='none'><model>cortex-a57</model></cpu>"
machine mute aarch64 '<kernel>'"$PWD/nothing"'</kernel><cmdline>quiet</cmdline>' '' --paused "$a57" || exit 1
expect 1 '*the machine has no serial console*helps *' $why --seconds 1 mute
gone mute
machine comma aarch64 '<kernel>'"$PWD/nothing"'</kernel><cmdline>console=ttyAMA0,root=/dev/vda1</cmdline>' "<serial type='pty'/>" --paused "$a57" || exit 1
expect 1 '*parted by a comma*' $why --seconds 1 comma
gone comma
machine bare aarch64 '' "<serial type='file'><source path='$PWD/bare.log'/></serial>" --paused "$a57" || exit 1
expect 1 '*neither firmware nor a kernel*console *bare.log: nothing*' $why bare
cp "$SOURCE/tests/fixtures/vm/console-secure-boot.txt" bare.log
expect 1 '*Secure Boot is on*console *bare.log*' $why bare
virsh -q destroy bare
virsh -q undefine bare
# What lint knows: a kernel of another architecture stays silent, and a machine that is off would not start.
{ head -c 36 /dev/zero; printf '\030\050\157\001'; head -c 65496 /dev/zero; } >foreign # a zImage's magic
machine foreign aarch64 "<kernel>$PWD/foreign</kernel><cmdline>console=ttyAMA0</cmdline>" "<serial type='file'><source path='$PWD/foreign.log'/></serial>" --paused "$a57" || exit 1
expect 1 '*the kernel *foreign is one of armv7l*helps *own architecture*foreign.log: nothing*' $why foreign
cp "$SOURCE/tests/fixtures/vm/console-shell-no-disk.txt" foreign.log # UEFI takes no such kernel and goes on to its shell
expect 1 '*the kernel *foreign is one of armv7l*seen *' $why foreign
gone foreign
machine nobridge aarch64 "<kernel>$PWD/nothing</kernel><cmdline>console=ttyAMA0</cmdline>" "<interface type='bridge'><source bridge='nobr9'/></interface><serial type='pty'/>" '' "$a57" 2>/dev/null
expect 1 "*this host has no 'nobr9'*state *off*" $why nobridge
virsh -q undefine nobridge
[ "${LONG:-0}" = 1 ] || finish

# ---- real boots ----
[ -e /usr/share/AAVMF/AAVMF_CODE.fd ] || { echo 'no AAVMF'; exit 77; }
# shown NAME PATTERN: the verdict within two minutes
shown()
{
        for _ in $(seq 60); do
                case $($why --seconds 1 "$1" 2>&1) in
                $2) return ;;
                esac
                sleep 2
        done
        expect 1 "$2" $why --seconds 1 "$1"
}
loader="<loader readonly='yes' type='pflash'>/usr/share/AAVMF/AAVMF_CODE.fd</loader><nvram template='/usr/share/AAVMF/AAVMF_VARS.fd'>$PWD/vars.fd</nvram>"
truncate -s 8M empty.img
disk="<disk type='file' device='disk'><source file='$PWD/empty.img'/><target dev='vda' bus='virtio'/></disk>"
machine shell aarch64 "$loader" "$disk<serial type='file'><source path='$PWD/shell.log'/></serial>" '' "$a57" || exit 1
shown shell '*the UEFI shell: *'
gone shell
# Listening: the line that tells most comes after the first that tells of a trouble.
machine live aarch64 "$loader" "<serial type='pty'/>" '' "$a57" || exit 1
expect 1 '*the UEFI shell: the firmware sees no disk*seen *No mapping found*its serial console*' $why --seconds 120 live
gone live
ms=$(echo "$loader" | sed 's/_CODE/_CODE.ms/; s/_VARS/_VARS.ms/')
kernel=$(guest_kernel arm64) || { echo 'no kernel'; exit 77; }
machine keys aarch64 "$ms<kernel>$kernel</kernel><cmdline>console=ttyAMA0</cmdline>" "<serial type='file'><source path='$PWD/keys.log'/></serial>" '' "$a57" || exit 1
shown keys '*Secure Boot*'
gone keys
machine noroot aarch64 "<kernel>$kernel</kernel><cmdline>console=ttyAMA0 root=/dev/vda1</cmdline>" "<serial type='file'><source path='$PWD/noroot.log'/></serial>" '' "$a57" || exit 1
shown noroot '*no root file system*'
gone noroot
finish
