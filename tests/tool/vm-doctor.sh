#!/bin/sh
# crossarm vm doctor: KVM, libvirt, guests' programs and firmware, the way to a disk.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
doctor="$BIN/crossarm vm doctor"
cd "$TMPDIR" || exit 1
expect 1 '*libvirt *bad *cannot reach libvirt*helps: install libvirt*' $doctor --connect 'qemu+unix:///session?socket=/nowhere'
expect 2 '*takes one machine*' $doctor a b
expect 2 '*looks at this machine*' $doctor --connect qemu+ssh://nowhere.invalid/system
expect 2 '*on the machine that has them*' "$BIN/crossarm" vm firmware --connect qemu+ssh://nowhere.invalid/system
expect 1 "*no virtual machine 'nobody'*" $doctor --connect test:///default nobody
# Exit status and JSON say the same; KVM is told about in any case.
out=$($doctor --json --connect test:///default) && got=0 || got=$?
echo "$out" | grep -q '"level": "bad"' && want=1 || want=0
[ $got = $want ] || { echo "status $got, expected $want"; failures=$((failures + 1)); }
echo "$out" | grep -q '"subject": "kvm"' || { echo 'nothing about KVM'; failures=$((failures + 1)); }
if [ ! -e /dev/kvm ]; then
        expect 0 '*there is no /dev/kvm*' sh -c "$doctor --connect test:///default; exit 0"
fi
if [ "$(id -u)" = 0 ] && [ -e /dev/kvm ]; then
        expect 1 '*kvm *bad *what /dev/kvm is does not answer as KVM: *' unshare --mount sh -c "mount --bind /dev/null /dev/kvm; $doctor --connect test:///default"
        closed=$(stat -c %a /dev/kvm)
        if [ "$closed" = 600 ]; then
                expect 0 '*kvm *warning */dev/kvm is there, but not for this user*helps: join the group kvm*' \
                        sh -c "setpriv --reuid=65534 --clear-groups $doctor --connect test:///default; exit 0"
        fi
fi
if [ "$(id -u)" = 0 ] && getent passwd libvirt-qemu >/dev/null; then
        open=$(mktemp -d /tmp/doc.XXXXXX)
        chmod 755 "$open"
        mkdir -m 700 "$open/closed"
        : >"$open/a.img"
        : >"$open/closed/b.img"
        expect 1 "*disk *bad *$open/closed/b.img: the user libvirt-qemu that QEMU runs as may not enter $open/closed*setfacl*" \
                $doctor --connect test:///default --disk "$open/closed/b.img"
        $doctor --connect test:///default --disk "$open/a.img" >out
        grep -q "disk *ok *$open/a.img: libvirt-qemu may come to it" out || { cat out; failures=$((failures + 1)); }
        rm -rf "$open"
fi
expect 1 '*disk *bad *a.img is no whole path*' $doctor --connect test:///default --disk a.img
expect 1 '*/nowhere.img: no such file*' $doctor --connect test:///default --disk /nowhere.img
libvirt_start
$doctor >out
grep -q 'libvirt *ok *a daemon answers at qemu:///s' out || { cat out; failures=$((failures + 1)); }
grep -q 'libvirt *ok *QEMU [0-9]' out || { cat out; failures=$((failures + 1)); }
finish
