#!/bin/sh
# crossarm vm: images that are made for a machine, in pools and in folders that are none; import, delete, cloud-init; nothing half-made stays when the disk is
# full, a name is taken, a command or libvirtd is killed in the middle.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
libvirt_start qemu-system-x86_64 qemu-img
cd "$TMPDIR" || exit 1
export XDG_STATE_HOME=$libvirt_home/state
mkdir pool folder
virsh -q pool-define-as default dir --target "$PWD/pool"
vm()
{
        "$BIN/crossarm" vm "$@"
}
define()
{
        vm define --arch x86_64 --accel tcg --memory 256M --network none "$@"
}

# Images.
expect 1 "*the storage pool 'default' is not started: virsh pool-start default" define --name a --disk size=1G
virsh -q pool-start default
expect 1 "*no storage pool 'fast'*" define --name a --disk size=1G,pool=fast
expect 0 'a: defined' define --name a --disk size=1G --disk "folder/a.raw,size=10M,format=raw"
expect 0 '*virtual size: 1 GiB*compat: 1.1*' qemu-img info pool/a-vda-*.qcow2
expect 0 '*file format: raw*virtual size: 10 MiB*' qemu-img info folder/a.raw
expect 1 '*there is no disk *folder/b.raw; with *size*' define --name b --disk folder/b.raw
expect 0 '*vda: *folder/a.raw, raw, on virtio*' define --name b --disk folder/a.raw --why --dry-run
expect 1 '*is qcow2, not raw*' define --name b --disk path="$(ls pool/a-vda-*.qcow2),format=raw" --dry-run
expect 0 'b: defined' define --name b --disk backing="$(ls pool/a-vda-*.qcow2),size=2G"
expect 0 '*virtual size: 2 GiB*backing file: *pool/a-vda-*.qcow2*format: qcow2*' qemu-img info pool/b-vda-*.qcow2
expect 1 '*has 1024 MiB: it has to be as large at least*' define --name c --disk backing="$(ls pool/a-vda-*.qcow2),size=100M"
expect 1 '*is based on another one: *qemu-img convert*' vm import pool/b-vda-*.qcow2 --name c
printf 'KDMV' >disk.vmdk
expect 1 "*is VMware's (vmdk): *qemu-img convert*" vm import disk.vmdk --name c
qemu-img create -q -f qcow2 cloud.qcow2 100M
expect 0 '*c: defined' vm import cloud.qcow2 --name c --arch x86_64 --grow 3G --network none --disk size=1M
expect 0 '*virtual size: 3 GiB*' qemu-img info pool/c-vda-*.qcow2
expect 0 "*c-vda*: stays*c-vdb*: stays*c: deleted" vm delete c
expect 0 '*b-vda*: removed*b: deleted' vm delete b --disks
expect 0 '*"image": *a-vda*"removed": true*"image": *folder/a.raw*"removed": true*"deleted": true*' vm delete a --disks --json
rm -f pool/c-*
expect 0 '' find pool folder -type f

# cloud-init: what the image says.
printf 'ssh-ed25519 AAAA me\n' >key.pub
printf 'PRIVATE\n' >key
expect 2 '*key is the private key*key.pub*' define --name d --disk size=1M --cloud-init-user me --cloud-init-ssh-key key
expect 0 'd: defined' define --name d --disk size=1M --cloud-init-user me --cloud-init-ssh-key key.pub --cloud-init-hostname deck
expect 0 "*CIDATA*" dd if="$(echo pool/d-seed-*.iso)" bs=2048 skip=16 count=1
for text in '- name: "me"' '- "ssh-ed25519 AAAA me"' 'local-hostname: "deck"' "instance-id: \"$(virsh domuuid d | head -1)\""; do
        expect 0 "*$text*" grep -a -o -F -e "$text" pool/d-seed-*.iso
done
expect 0 '*seed*: removed*d: deleted' vm delete d
rm pool/*
expect 0 '' vm cloud-init --name e --cloud-init-hostname e -o seed.iso
expect 1 '*cannot make seed.iso: File exists' vm cloud-init --name e --cloud-init-hostname e -o seed.iso
expect 2 '*nothing for cloud-init*' vm cloud-init --name e -o other.iso

# The drive and the boot order.
expect 0 'e: defined' define --name e --cdrom seed.iso --network user
expect 0 'e: the drive is empty' vm cdrom e eject
expect 0 'e: *seed.iso' vm cdrom e seed.iso
expect 0 '*sda cdrom scsi *seed.iso*' vm info e
expect 0 'e: starts from the network first' vm netboot e on
virsh dumpxml e | tr -d '\n' | sed 's/<disk /\n&/g; s/<interface /\n&/g' >devices
expect 0 "*<interface *" grep "<boot order='1'" devices
expect 0 'e: starts from its disks first' vm netboot e off
expect 1 '*e is not running' vm ip e
expect 0 'e: deleted' vm delete e

# A name that is taken, also at the same moment; and two machines in one folder that is no pool.
define --name f --disk size=1M >out.1 2>&1 & one=$!
define --name f --disk size=1M >out.2 2>&1 & two=$!
wait $one; first=$?
wait $two; second=$?
expect 0 1 echo $((first + second))
expect 0 "*there is a virtual machine 'f' already*" cat out.1 out.2
expect 0 1 sh -c 'ls pool | grep -c f-vda'
for name in g h; do define --name $name --disk "folder/$name.qcow2,size=1M" >out.$name 2>&1 & done
wait
expect 0 '*g: defined*h: defined*' cat out.g out.h
for name in f g h; do expect 0 '*deleted' vm delete $name --disks; done

# A machine that others made: block devices and network disks are shown, and stay.
cat >other.xml <<END
<domain type='qemu'><name>other</name><memory unit='MiB'>256</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>
<disk type='block' device='disk'><source dev='/dev/loop7'/><target dev='vda' bus='virtio'/></disk>
<disk type='network' device='disk'><source protocol='nbd' name='store'><host name='127.0.0.1'/></source><target dev='vdb' bus='virtio'/></disk>
</devices></domain>
END
virsh -q define other.xml
expect 0 '*vda disk virtio /dev/loop7*vdb disk virtio store*' vm info other
expect 0 '/dev/loop7: stays?other: deleted' vm delete other --disks

# What cannot be defined leaves no image.
expect 1 '*cannot start i:*' define --name i --disk size=1M --network bridge:nowhere --start
expect 0 '' ls pool
expect 0 '' virsh -q list --all --name
if [ "$(id -u)" = 0 ]; then
        mount -t tmpfs -o size=2m tmpfs folder
        head -c 4000000 /dev/urandom >big.raw
        expect 1 '*No space left*' define --name j --disk folder/j.raw,copy=big.raw
        expect 0 '' ls folder
        expect 0 '' virsh -q list --all --name
        umount folder
fi

# Killed in the middle of a copy: the command, then libvirtd (started again at once, or later).
truncate -s 1500M huge.raw
copying()
{
        "$BIN/crossarm" vm import huge.raw --name k --arch x86_64 --accel tcg --network none >out 2>&1 &
        command=$!
        for _ in $(seq 1000); do ls pool | grep -q k-vda && return; sleep 0.01; done
        cat out
}
copying
kill -INT $command
wait $command
expect 0 130 echo $?
expect 0 '' ls pool
copying
kill -9 $command
wait $command 2>/dev/null
expect 0 'k-vda*' ls pool
expect 0 'k: defined' define --name k
expect 0 '' ls pool
expect 0 'k: deleted' vm delete k
copying
kill -9 "$(cat "$libvirt_home/libvirtd.pid")"
libvirtd_run
wait $command
expect 0 1 echo $?
expect 0 '*cannot*' cat out
expect 0 '' ls pool
copying
kill -9 "$(cat "$libvirt_home/libvirtd.pid")"
wait $command
expect 0 1 echo $?
expect 0 '*could not be taken back*the next*does that' cat out
libvirtd_run
expect 0 'k: defined' define --name k
expect 0 '' ls pool
expect 0 'k: deleted' vm delete k
if [ "$(id -u)" = 0 ]; then left=/var/lib/crossarm/vm; else left=$XDG_STATE_HOME/crossarm/vm; fi
expect 0 '' ls $left
finish
