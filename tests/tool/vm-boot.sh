#!/bin/sh
# Long: from a spec to a shell. One spec, run on this host as aarch64 with UEFI, x86_64 with q35, pc and UEFI, armv7l with both of Debian's kernels and with UEFI;
# every device is seen by the guest. The console in a terminal (tmux) gives it back.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
[ "$LONG" = 1 ] || { echo 'long: make check-long'; exit 77; }
. "$(dirname "$0")/guest.sh.inc"
libvirt_start qemu-system-aarch64 qemu-system-x86_64 tmux
cd "$TMPDIR" || exit 1

# The guest says what it is and what it has, then answers on its console.
for arch in arm64 amd64 armhf; do
        guest_initrd $arch initrd-$arch <<'EOF_INIT' || { echo "no busybox for $arch to be had"; exit 77; }
n=0
while [ $n -lt 40 ] && [ "$(cat /sys/bus/pci/devices/*/class 2>/dev/null | wc -l)" = 0 ]; do n=$((n + 1)); sleep 0.1; done
echo "guest: machine $(uname -m)"
echo "guest: cpus $(grep -c ^processor /proc/cpuinfo)"
echo "guest: pci $(cat /sys/bus/pci/devices/*/vendor | sort | uniq -c | tr -s ' \n' ' ')"
echo "guest: ports $(grep -l 0x060400 /sys/bus/pci/devices/*/class | wc -l)"
echo "guest: firmware $([ -e /sys/firmware/efi ] && echo uefi || echo none)"
echo "guest: up"
while read -r line; do
        [ "$line" != off ] || poweroff -f
        echo "guest: heard $line"
done
EOF_INIT
done
cat >vm.yaml <<'EOF_SPEC'
cpus: 2
memory: 512M
accel: tcg
networks: [user]
disks:
  - {path: one.qcow2, size: 64M}
  - {path: two.qcow2, size: 64M, bus: scsi}
hotplug: {disks: 3}
EOF_SPEC

# heard PATTERN FILE: wait until a line of the console matches, for ten minutes at most.
heard()
{
        for _ in $(seq 1200); do
                grep -q "$1" "$2" && return
                sleep 0.5
        done
        return 1
}

# boot NAME MACHINE CPUS PORTS FIRMWARE OPTION...: run the spec, and hold what the guest says against that.
boot()
{
        name=$1 machine=$2 ports=$3 firmware=$4
        shift 4
        rm -f one.qcow2 two.qcow2 in
        "$BIN/crossarm" vm define vm.yaml --name "$name" "$@" >define.log 2>&1 || { cat define.log; failures=$((failures + 1)); return; }
        mkfifo in
        "$BIN/crossarm" vm console --start "$name" <in >"$name.log" 2>&1 &
        console=$!
        exec 3>in
        if heard 'guest: up' "$name.log"; then
                echo off >&3
                wait $console
        else
                echo "$name does not come up:"
                tail -c 600 "$name.log"
                failures=$((failures + 1))
                kill $console
        fi
        exec 3>&-
        tr -d '\r' <"$name.log" >"$name.txt"
        expect 0 "*guest: machine $machine?guest: cpus 2?guest: pci *0x1af4*guest: ports $ports?guest: firmware $firmware?guest: up*" grep '^guest: [mcpfu]' "$name.txt"
        "$BIN/crossarm" vm destroy "$name" >/dev/null
        expect 0 '*deleted' "$BIN/crossarm" vm delete "$name" --disks
}

a=$(guest_kernel arm64) && x=$(guest_kernel amd64) && v=$(guest_kernel armhf) && l=$(guest_kernel armhf-lpae) || { echo 'no kernels to be had'; exit 77; }
boot a64 aarch64 9 uefi --arch aarch64 --boot-kernel "$a" --boot-initrd initrd-arm64
boot q35 x86_64 8 none --arch x86_64 --boot-kernel "$x" --boot-initrd initrd-amd64
boot pc x86_64 0 none --arch x86_64 --machine pc --boot-kernel "$x" --boot-initrd initrd-amd64
boot ovmf x86_64 8 uefi --arch x86_64 --boot-firmware uefi --boot-kernel "$x" --boot-initrd initrd-amd64
boot armmp armv7l 9 none --arch armhf --boot-kernel "$v" --boot-initrd initrd-armhf
boot lpae armv7l 9 none --arch armhf --boot-kernel "$l" --boot-initrd initrd-armhf
boot efi32 armv7l 9 uefi --arch armhf --boot-firmware uefi --boot-kernel "$v" --boot-initrd initrd-armhf
finish
