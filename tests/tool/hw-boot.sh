#!/bin/sh
# Long: the arm64 build inside of virtual machines with Debian's arm64 kernel (device tree and UEFI, EL2 on and off); the kernel's log is the
# oracle. Twelve boots without KVM take some minutes. The kernels are fetched by apt into the build folder; the machine is not changed.
. "$(dirname "$0")/lib.sh.inc"
[ "$LONG" = 1 ] || { echo 'long: make check-long'; exit 77; }
command -v qemu-system-aarch64 >/dev/null || { echo 'no qemu-system-aarch64 (Debian: qemu-system-arm)'; exit 77; }
firmware=/usr/share/qemu-efi-aarch64/QEMU_EFI.fd
[ -e $firmware ] || { echo "no $firmware (Debian: qemu-efi-aarch64)"; exit 77; }
command -v aarch64-linux-gnu-gcc >/dev/null || { echo 'no aarch64-linux-gnu-gcc'; exit 77; }
store=$BUILD/hw-boot build=$BUILD/arm64
mkdir -p "$store/lists/partial" "$store/cache/archives/partial" "$store/etc/apt.conf.d"
: >"$store/status"

arm_apt()
{
        apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::Lists="$store/lists" -o Dir::Cache="$store/cache" \
                -o Dir::State::Status="$store/status" -o APT::Sandbox::User=root "$@"
}

# kernel PATTERN: the path of an unpacked kernel, fetched once
kernel()
{
        set -- "$1" "$store/vmlinuz-$1"
        if [ ! -e "$2" ]; then
                [ -e "$store/updated" ] || { arm_apt update >&2 && : >"$store/updated"; } || return 1
                package=$(apt-cache -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::Lists="$store/lists" -o Dir::Cache="$store/cache" \
                        -o Dir::State::Status="$store/status" pkgnames "linux-image-$1." | grep -E '^linux-image-[0-9.]+[-+][^-]*(-arm64)$|^linux-image-[0-9.]+-[0-9]+-arm64$' |
                        sort -V | tail -1)
                (cd "$store" && arm_apt download "$package" >&2) || return 1
                dpkg-deb --fsys-tarfile "$store/$package"_*.deb | tar xf - -C "$store" --wildcards './boot/vmlinuz-*' --strip-components=2 || return 1
                mv "$store"/vmlinuz-"${package#linux-image-}" "$2" && rm -f "$store/$package"_*.deb
        fi
        echo "$2"
}

[ -e "$build/build.ninja" ] || meson setup "$build" "$SOURCE" --cross-file "$SOURCE/tests/arm64.cross" >/dev/null || exit 1
ninja -C "$build" bin/crossarm >/dev/null || exit 1
cd "$TMPDIR" || exit 1
cross -static "$SOURCE/tests/fixtures/hw-init.c" -o init
aarch64-linux-gnu-strip -o crossarm "$build/bin/crossarm"
python3 "$SOURCE/tests/fixtures/hw/initrd.py" initrd init crossarm || exit 1

# boot NAME KERNEL COMMAND-LINE QEMU-OPTION...: NAME.log, NAME.json and NAME.tar from the machine
boot()
{
        name=$1 image=$2 append=$3
        shift 3
        timeout 400 qemu-system-aarch64 -nographic -nic none -no-reboot -m 1024 -smp 2 -kernel "$image" -initrd initrd \
                -append "console=ttyAMA0 panic=-1 quiet $append" "$@" </dev/null >console 2>&1
        python3 "$SOURCE/tests/fixtures/hw/initrd.py" --extract console "$name" ||
                { echo "$name does not come up:"; tail -c 600 console; failures=$((failures + 1)); return 1; }
}

# has NAME KEY VALUE: in the capture, and inside of the machine
has()
{
        expect 0 "$3" "$BIN/crossarm" hw --sysroot "$1.tar" --field "$2"
        expect 0 "$3" python3 -c '
import json, sys
value = json.load(open(sys.argv[1]))
for part in sys.argv[2].split("."):
    value = value[int(part)] if part.isdigit() else value[part]
value = value["value"]
print(" ".join(map(str, value)) if isinstance(value, list) else {True: "yes", False: "no"}[value] if isinstance(value, bool) else value)' "$1.json" "$2"
}

# What the log says of KVM's mode and IPA size must be what the fields say.
agrees()
{
        case $(cat "$1.log") in
        *'Protected '*'mode initialized'*) mode=protected ;;
        *': VHE mode initialized'*) mode=vhe ;;
        *'Hyp '*'mode initialized'*) mode=nvhe ;;
        *) mode=none ;;
        esac
        has "$1" virtualization.kvm_mode $mode
        ipa=$(sed -n 's/.*IPA Size Limit: \([0-9]*\) bits.*/\1/p' "$1.log")
        [ -z "$ipa" ] || has "$1" virtualization.guest_ipa_bits "$ipa"
        case $(cat "$1.log") in
        *'disabling GICv2 emulation'*) has "$1" virtualization.guest_gic 'v3*' ;;
        esac
}

el2=virt,virtualization=on,gic-version
for version in 6.1 6.12; do
        k=$(kernel $version) || { echo "no arm64 kernel $version to be had"; continue; }
        boot dt-n1 "$k" '' -M $el2=3 -cpu neoverse-n1 && agrees dt-n1 && has dt-n1 machine.firmware 'device tree'
        boot uefi-a57 "$k" '' -bios $firmware -M $el2=2 -cpu cortex-a57 && agrees uefi-a57 && has uefi-a57 virtualization.guest_gic v2
        boot dt-a72 "$k" '' -M virt -cpu cortex-a72 && agrees dt-a72 && has dt-a72 virtualization.kvm absent
        boot dt-max "$k" kvm-arm.mode=protected -M $el2=3 -cpu max && agrees dt-max && has dt-max cpu.sve_bits 2048
        boot uefi-n1 "$k" '' -bios $firmware -M $el2=3 -cpu neoverse-n1 -smbios type=4,manufacturer=HiSilicon,version=K,max-speed=4000,current-speed=2600 &&
                agrees uefi-n1 && has uefi-n1 cpu.nominal_hz 2600000000 && has uefi-n1 machine.firmware 'UEFI and ACPI'
        boot uefi-a64fx "$k" '' -bios $firmware -M virt,gic-version=3 -cpu a64fx && agrees uefi-a64fx && has uefi-a64fx cpu.aarch32_el0 no
done
finish
