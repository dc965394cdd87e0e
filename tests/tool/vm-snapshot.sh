#!/bin/sh
# crossarm vm snapshot: inside of images for BIOS guests, with memory when they run; images on top for UEFI guests, with memory, or with the variables when they are
# off. What was written since is gone after going back, and nothing is left of a snapshot that failed or is deleted.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
libvirt_start qemu-system-x86_64 qemu-system-aarch64 qemu-img qemu-io
cd "$TMPDIR" || exit 1
vm()
{
        "$BIN/crossarm" vm "$@"
}
# The image on top holds something, or nothing.
written()
{
        top=$(virsh -q domblklist --inactive s | sed -n 's/ *vda *//p')
        qemu-io -c 'write -P 7 0 64k' "$top" >/dev/null
        expect 0 '*"data": true*' qemu-img map --output=json "$top"
}
clean()
{
        top=$(virsh -q domblklist --inactive s | sed -n 's/ *vda *//p')
        out=$(qemu-img map -U --output=json "$top")
        expect 0 0 sh -c "echo '$out' | grep -c '\"depth\": 0, [^}]*\"data\": true'; true"
}
for arch in x86_64 aarch64; do
        mkdir $arch
        expect 0 's: defined' vm define --name s --arch $arch --accel tcg --memory 256M --network none --disk $arch/s.qcow2,size=10M
        expect 0 '' vm snapshot s
        expect 0 's: snapshot one taken' vm snapshot s take one
        expect 1 "*s has a snapshot 'one' already" vm snapshot s take one
        for name in '' a/b ../x 's 3'; do expect 2 "*'$name' is no name for a snapshot*" vm snapshot s take "$name"; done
        written
        expect 0 's: snapshot one is what it is again' vm snapshot s revert one
        clean
        vm start s >/dev/null
        expect 0 's: snapshot two taken' vm snapshot s take two
        expect 0 'one *disks*two *disks and memory, the current one' vm snapshot s
        expect 1 "*s has no snapshot 'three'*vm snapshot s*" vm snapshot s revert three
        [ $arch = x86_64 ] || break
        expect 0 's: snapshot one is what it is again' vm snapshot s revert one
        vm destroy s >/dev/null
        expect 0 's: snapshot two deleted' vm snapshot s delete two
        expect 0 's: snapshot one deleted' vm snapshot s delete one
        expect 0 "$arch/s.qcow2" find $arch -type f
        expect 0 '*deleted' vm delete s --disks
        expect 0 '' find $arch -type f
done

# The UEFI guest: two holds its memory.
expect 0 '*"name": "one",*"memory": false,*"external": true*"name": "two",*"memory": true,*"external": true*' vm snapshot s --json
expect 1 '*s is running, *vm destroy s*' vm snapshot s revert two
expect 1 '*disk vda is part of snapshot *vm snapshot s delete *' vm detach s vda
vm destroy s >/dev/null
expect 1 '*disk vda is part of snapshot *' vm detach s vda
expect 1 '*there are snapshots after*newest only*' vm snapshot s revert one
written
expect 0 's: snapshot two is what it is again' vm snapshot s revert two
expect 0 '*state *running*' vm info s
clean
vm destroy s >/dev/null
# Its variables, when it is off.
expect 0 's: snapshot three taken' vm snapshot s take three
variables=$(virsh dumpxml s | sed -n 's/.*>\(.*_VARS.fd\)<.*/\1/p')
cp "$variables" before.fd
printf new | dd of="$variables" conv=notrunc 2>/dev/null
written
expect 0 's: snapshot three is what it is again' vm snapshot s revert three
expect 0 '' cmp "$variables" before.fd
clean
expect 0 's: snapshot three deleted' vm snapshot s delete three
expect 0 "$variables" sh -c "ls $variables*"
expect 0 's: snapshot two deleted' vm snapshot s delete two
expect 0 'aarch64/s.one?aarch64/s.qcow2' sh -c 'find aarch64 -type f | sort'
# All of it goes with the machine.
vm start s >/dev/null
expect 0 's: snapshot four taken' vm snapshot s take four
vm destroy s >/dev/null
expect 0 's: snapshot five taken' vm snapshot s take five
expect 0 '*s.five: removed*s.four: removed*s.one: removed*s.qcow2: removed?s: deleted' vm delete s --disks
expect 0 '' find aarch64 -type f
expect 2 '*' sh -c "ls $variables*"

expect 0 'n: defined' vm define --name n --arch x86_64 --accel tcg --network none
expect 1 '*n has no disk that a snapshot could keep' vm snapshot n take one
expect 2 '*wants take, revert or delete*' vm snapshot n keep one
expect 0 'n: deleted' vm delete n

# A command that is killed: libvirt goes on, or what it has left is removed by the next one.
expect 0 'k: defined and started' vm define --name k --arch aarch64 --accel tcg --memory 256M --network none --disk aarch64/k.qcow2,size=10M --start
for pause in 0.1 0.3 0.5; do
        "$BIN/crossarm" vm snapshot k take "s$pause" &
        sleep $pause
        kill -9 $!
        wait
        # shellcheck disable=SC2016
        expect 0 '' sh -c 'for i in $(seq 300); do out=$("$0" vm snapshot k take last 2>&1) && exit; case $out in *"still at work"*) sleep 0.2 ;; *) echo "$out"; exit; esac; done' "$BIN/crossarm"
        vm snapshot k delete last >/dev/null
done
for memory in aarch64/*.memory; do
        snapshot=${memory#aarch64/k.} snapshot=${snapshot%.memory}
        [ ! -e "$memory" ] || expect 0 "*$snapshot *disks and memory*" vm snapshot k
done
vm destroy k >/dev/null
expect 0 '*deleted' vm delete k --disks
expect 0 '' find aarch64 -type f

# A disk that fills while the memory goes there: the machine runs on, and nothing is left.
[ "$(id -u)" = 0 ] || finish
mkdir small && mount -t tmpfs -o size=12m tmpfs small
expect 0 'f: defined and started' vm define --name f --arch aarch64 --accel tcg --memory 256M --network none --disk small/f.qcow2,size=10M --start
for i in $(seq 40); do # the firmware makes the memory larger than the folder
        vm snapshot f take full >full.log 2>&1 || break
        vm snapshot f delete full >/dev/null
        sleep 0.5
done
expect 0 '*cannot take a snapshot of f:*' cat full.log
expect 0 small/f.qcow2 find small -type f
expect 0 '*state *running*' vm info f
expect 0 '' vm snapshot f
vm destroy f >/dev/null
expect 0 '*deleted' vm delete f --disks
umount small
finish
