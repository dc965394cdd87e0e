#!/bin/sh
# crossarm vm snapshot: inside of images for BIOS guests, with memory when they run; images on top for UEFI guests. What the guest wrote since is gone after going back.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
libvirt_start qemu-system-x86_64 qemu-system-aarch64 qemu-img qemu-io
cd "$TMPDIR" || exit 1
vm()
{
        "$BIN/crossarm" vm "$@"
}
for arch in x86_64 aarch64; do
        mkdir $arch
        expect 0 's: defined' vm define --name s --arch $arch --accel tcg --memory 256M --network none --disk $arch/s.qcow2,size=10M
        expect 0 '' vm snapshot s
        expect 0 's: snapshot one taken' vm snapshot s take one
        expect 1 "*s has a snapshot 'one' already" vm snapshot s take one
        top=$(ls -t $arch/* | head -1)
        qemu-io -c 'write -P 7 0 64k' "$top" >/dev/null
        expect 0 '*"data": true*' qemu-img map --output=json "$top"
        expect 0 's: snapshot one is what it is again' vm snapshot s revert one
        out=$(qemu-img map --output=json "$top")
        expect 0 0 sh -c "echo '$out' | grep -c '\"data\": true'; true"
        vm start s >/dev/null
        expect 0 's: snapshot two taken' vm snapshot s take two
        expect 1 "*s has no snapshot 'three'*vm snapshot s*" vm snapshot s revert three
        if [ $arch = x86_64 ]; then
                expect 0 'one *disks*two *disks and memory, the current one' vm snapshot s
                expect 0 's: snapshot one is what it is again' vm snapshot s revert one
        else
                expect 0 '*"name": "one",*"memory": false,*"external": true*"name": "two",*"current": true*' vm snapshot s --json
                expect 1 '*s is running: a snapshot without memory*' vm snapshot s revert two
                vm destroy s >/dev/null
                expect 1 '*there are snapshots after*newest only*' vm snapshot s revert one
                expect 0 's: snapshot two is what it is again' vm snapshot s revert two
                expect 1 '*snapshots*delete them first*' vm delete s --disks
        fi
        vm destroy s >/dev/null
        expect 0 's: snapshot two deleted' vm snapshot s delete two
        expect 0 's: snapshot one deleted' vm snapshot s delete one
        expect 0 "$arch/s.qcow2" find $arch -type f
        expect 0 '*deleted' vm delete s --disks
        expect 0 '' find $arch -type f
done
expect 0 'n: defined' vm define --name n --arch x86_64 --accel tcg --network none
expect 1 '*n has no disk that a snapshot could keep' vm snapshot n take one
expect 2 '*wants take, revert or delete*' vm snapshot n keep one
finish
