#!/bin/sh
# crossarm vm define: what a spec may say and what is said of a wrong one; what is decided for hosts of x86-64 and arm64; a machine's life in libvirt.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
cd "$TMPDIR" || exit 1
hosts=$SOURCE/tests/fixtures/vm

define()
{
        "$BIN/crossarm" vm define "$@"
}

# wrong SENTENCE SPEC-LINE...: a spec of these lines ends with that sentence.
wrong()
{
        sentence=$1
        shift
        printf '%s\n' "$@" >bad.yaml
        expect 2 "$sentence" define bad.yaml --as-host "$hosts/host-x86_64" --why
}

# The spec: YAML, keys, values.
wrong "*bad.yaml:2: there is no key 'memroy'; did you mean 'memory'?" 'name: a' 'memroy: 1G'
wrong "*bad.yaml:2: 'kernel' belongs below 'boot'" 'name: a' 'kernel: /k'
wrong "*bad.yaml:3: 'cpus' belongs outermost, not below 'boot'" 'name: a' boot: '  cpus: 2'
wrong "*bad.yaml:3: 'name' is there twice: in line 1, too" 'name: a' 'memory: 1G' 'name: b'
wrong "*bad.yaml:4: 'boot' is there twice: in line 2, too" 'name: a' boot: '  netboot: no' boot: '  netboot: no'
wrong "*bad.yaml:2: memory: '2048' is no size: *512M or 4G" 'name: a' 'memory: 2048'
wrong "*bad.yaml:2: cpus: '0' is no number of 1..512" 'name: a' 'cpus: 0'
wrong "*bad.yaml:2: arch: 'aarch46' is none of *; did you mean 'aarch64'?" 'name: a' 'arch: aarch46'
wrong "*bad.yaml:2: usb: 'maybe' is neither yes nor no" 'name: a' 'usb: maybe'
wrong "*bad.yaml:1: name: 'a/b' is no name*" 'name: a/b'
wrong "*bad.yaml:2: 'cdrom' wants ISO*" 'name: a' cdrom:
wrong "*bad.yaml:2: 'disks' is a list*" 'name: a' 'disks: /a'
wrong "*bad.yaml:2: 'boot' has keys of its own*" 'name: a' 'boot: uefi'
wrong "*bad.yaml:2: a spec has no aliases*" 'name: &x a' 'description: *x'
wrong "*bad.yaml:1: a spec has no tags*" 'name: !!str a'
wrong "*bad.yaml:2: a second document*" 'name: a' --- 'name: b'
wrong '*bad.yaml:2: this is no YAML:*' 'name: a' '@x: 1'
wrong '*bad.yaml:1: a spec is made of lines*' '- a'
wrong '*there is nothing in this spec*'
wrong '*the machine has no name*' 'memory: 1G'
wrong '*disks 1 and 2 are the same file /a*' 'name: a' 'disks: [/a, /a]'
wrong '*disk 1 has neither path nor size*' 'name: a' 'disks: [{bus: scsi}]'
wrong '*boot.kernel and boot.bootdir exclude each other*' 'name: a' 'boot: {kernel: /k, bootdir: /b}'
wrong "*networks 1 and 2 have the same address 52:54:00:00:00:0A" 'name: a' 'networks: [{type: user, mac: "52:54:00:00:00:0a"}, {type: user, mac: "52:54:00:00:00:0A"}]'
wrong "*network 1: 'zz' is no address of a card*" 'name: a' 'networks: [{type: user, mac: zz}]'
head -c 70000 /dev/zero | tr '\0' '#' >bad.yaml
expect 2 '*larger than 64 KiB*' define bad.yaml --as-host "$hosts/host-x86_64" --why
expect 2 '*cannot read the spec nowhere.yaml: No such file*' define nowhere.yaml
expect 2 '*define wants a spec*--help*' define
expect 2 '*there is one spec*' define a b

# decided HOST SENTENCE OPTION...: the reasons for a machine on that host have these words in this order.
decided()
{
        host=$1 sentence=$2
        shift 2
        expect 0 "$sentence" define --name t --as-host "$hosts/host-$host" --why "$@"
}

printf '%s\n' 'name: web' 'memory: 4G' 'networks: [user]' 'hotplug: {disks: 6, networks: 2}' >web.yaml
expect 0 '*x86_64*kvm: the host has KVM*pc-q35-7.2*bios*Skylake-Server-IBRS*12 PCIe root ports*' define web.yaml --as-host "$hosts/host-x86_64" --why
expect 0 '*aarch64*kvm: the host has KVM*virt-8.2*uefi*cpu *host: KVM on Arm*gic *3:*13 PCIe root ports*' define web.yaml --as-host "$hosts/host-arm64" --why
decided x86_64 '*accel *tcg: emulation*virt-7.2*uefi*max:*pauth-impdef*' --arch arm64
decided x86_64 '*pc-i440fx-7.2*hotplug *any*' --machine pc
decided x86_64 '*armv7l*none: QEMU itself*highmem=off*cortex-a15*gic *2*' --arch armhf --boot-kernel /k
decided x86_64 '*armv7l*uefi*low ECAM*' --arch armhf
decided arm64 '*tcg*pc-q35-8.2*bios*cpu *max*' --arch x86_64
decided arm64 '*armv7l*kvm*none*cpu *host*' --arch armhf --boot-kernel /k
refused()
{
        host=$1 sentence=$2
        shift 2
        expect 1 "$sentence" define --name t --as-host "$hosts/host-$host" --why "$@"
}
refused x86_64 '*has no KVM for guests of aarch64*accel: tcg*' --arch aarch64 --accel kvm
refused x86_64 '*cpu: host needs KVM*max*' --arch aarch64 --cpu host
refused arm64 '*KVM on Arm gives guests the host*own processor only*' --cpu neoverse-n1
refused x86_64 "*the host knows no model 'Z80'*" --cpu Z80
refused x86_64 '*with a GIC of version 2 a guest has at most 8*' --arch aarch64 --gic 2 --cpus 9
refused x86_64 '*gic: only Arm guests have one*' --gic 3
refused x86_64 '*Arm guests have no BIOS*' --arch aarch64 --boot-firmware bios
refused x86_64 '*machine pc has no protected memory*' --machine pc --boot-secure-boot yes
refused x86_64 '*vga shows nothing or garbage on Arm hosts*' --arch aarch64 --video vga
refused x86_64 '*more than six on sata*' --disk /a,bus=sata --disk /b,bus=sata --disk /c,bus=sata --disk /d,bus=sata --disk /e,bus=sata --disk /f,bus=sata \
        --disk /g,bus=sata
# Nine SCSI disks and two CD-ROMs have addresses of their own on one controller.
define --name t --as-host "$hosts/host-x86_64" --print-xml $(for d in a b c d e f g h i; do echo --disk "/$d,bus=scsi"; done) >nine.xml || failures=1
expect 0 10 grep -c 'controller="0" bus="0" target="0" unit="[0-9]"' nine.xml
expect 0 1 grep -c 'type="scsi" index="0" model="virtio-scsi"' nine.xml
expect 0 '*"name": "t"*"defined": false*"key": "machine"*"xml": "<domain*' define --name t --as-host "$hosts/host-arm64" --json --why

# The same spec for a cluster.
kubevirt()
{
        "$BIN/crossarm" vm kubevirt "$@"
}
expect 0 '*kind: VirtualMachine*architecture: arm64*cores: 2*model: host-passthrough*guest: 4Gi*type: virt*secureBoot: false*masquerade: {}*' kubevirt web.yaml --arch aarch64
expect 0 "*claim 'web-disk1'*claim 'web-cdrom'*storage: 20Gi*bus: scsi*claimName: web-disk1*name: web-disk2*claimName: web-cdrom*" \
        kubevirt web.yaml --disk /a.qcow2 --disk size=20G --cdrom /a.iso
expect 0 "*networkName: br0*userData: |*name: \"me\"*" kubevirt --name a --network bridge:br0 --cloud-init-user me
expect 0 '*cpu:*model: "486"*' kubevirt --name a --arch amd64 --cpu 486
expect 1 '*boot.kernel: KubeVirt takes kernels from container images*' kubevirt --name a --boot-kernel /k
expect 1 '*KubeVirt runs arm64 and amd64 guests, not armv7l*' kubevirt --name a --arch armv7l
expect 1 '*KubeVirt has no machine pc*' kubevirt --name a --machine pc
expect 1 "*'Web' is no name in a cluster*" kubevirt --name Web
expect 2 '*kubevirt wants one spec*' kubevirt

# A machine's life. Without a kernel: a start that comes to the firmware is enough here.
libvirt_start qemu-system-aarch64
for arch in aarch64 armv7l x86_64; do
        expect 0 "$arch: defined" define --name $arch --arch $arch --accel tcg --memory 256M --network user
        expect 0 "$arch: running" "$BIN/crossarm" vm start $arch
        expect 1 "*$arch is running already" "$BIN/crossarm" vm start $arch
        expect 0 "$arch: off" "$BIN/crossarm" vm destroy $arch
        expect 0 "$arch: off" "$BIN/crossarm" vm destroy $arch
        expect 1 "*$arch is not running; *vm start $arch*" "$BIN/crossarm" vm console $arch
done
expect 1 "*there is a virtual machine 'x86_64' already*" define --name x86_64 --arch x86_64
# What is not there, or is not what it should be, is said before anything is made.
not_defined()
{
        sentence=$1
        shift
        expect "${status:-1}" "$sentence" define --name bad "$@"
}
mkdir folder
not_defined "*networks: libvirt on the host has no network 'nosuch'*user*" --network nosuch --arch aarch64
not_defined '*cdrom: cannot look at */nofile.iso: no such file*' --cdrom nofile.iso
not_defined '*cdrom: */folder is a folder*' --cdrom folder
not_defined '*boot.kernel: */folder is a folder*' --boot-kernel folder --arch aarch64
not_defined '*the disk */folder is a folder*' --disk folder
not_defined '*the backing image */folder is a folder*' --network none --disk size=1M,path=disk.qcow2,backing=folder
not_defined '*machine: the host*s QEMU has no virt-9.9 for guests of aarch64*without*' --arch aarch64 --machine virt-9.9
not_defined '*cpu: cortex-a15 is a 32-bit processor*' --arch aarch64 --accel tcg --cpu cortex-a15
status=2 not_defined '*the user-data /dev/zero is a device*' --network none --disk size=1M,path=disk.qcow2 --cloud-init-user-data /dev/zero
expect 0 '' sh -c 'ls disk.qcow2 bad* 2>/dev/null | grep -v bad.yaml; true'
rmdir folder
# Nine USB disks beside keyboard, mouse and tablet.
# shellcheck disable=SC2046
expect 0 'usb: defined and started' define --name usb --arch aarch64 --accel tcg --memory 256M --network none --start $(for i in 1 2 3 4 5 6 7 8 9; do echo --disk path=usb$i.qcow2,size=1M,bus=usb; done)
"$BIN/crossarm" vm destroy usb >/dev/null
expect 0 '*deleted' "$BIN/crossarm" vm delete --disks usb
# An image that cannot be removed is told once, and the name is free.
mkdir fixed
truncate -s 1M fixed/a.img
if [ "$(id -u)" = 0 ]; then mount --bind fixed fixed && mount -o remount,ro,bind fixed; else chmod 555 fixed; fi
expect 0 'stays: defined' define --name stays --arch aarch64 --accel tcg --network none --disk fixed/a.img
expect 1 '*stays is deleted, but an image stays: cannot remove the image */fixed/a.img: *' "$BIN/crossarm" vm delete --disks stays
if [ "$(id -u)" = 0 ]; then umount fixed; else chmod 755 fixed; fi
expect 0 'stays: defined' define --name stays --arch aarch64 --accel tcg --network none
expect 0 'stays: deleted' "$BIN/crossarm" vm delete stays
# A guest's own /boot.
store=/var/lib/crossarm/bootdir
[ "$(id -u)" = 0 ] || store=$XDG_DATA_HOME/crossarm/bootdir
mkdir boot
expect 2 "*there is no kernel in the guest's /boot*" define --name own --arch armhf --boot-bootdir boot --network none
expect 0 '' ls $store
rmdir boot
"$SOURCE/tests/tool/make-boot" "$PWD/boot" 6.1.0-9
expect 0 'own: defined' define --name own --arch armhf --boot-bootdir boot --network none
expect 0 '*<kernel>*/own/current/vmlinuz</kernel>*<on_reboot>destroy*mapped*<source dir=*/boot*' virsh dumpxml own
expect 0 '*vmlinuz*' ls "$store/own/current/"
expect 0 'own: deleted' "$BIN/crossarm" vm delete own
expect 0 '' ls $store
expect 1 "*there is no virtual machine 'nobody'*" "$BIN/crossarm" vm start nobody
expect 2 '*wants the name of a virtual machine*' "$BIN/crossarm" vm start
# All that is written is what libvirt's schema knows.
for options in "--arch aarch64 --agent yes --hotplug-legacy 2" "--arch armhf --boot-bootdir boot" "--machine pc --boot-netboot yes" "--boot-firmware uefi --cdrom web.yaml" \
        "--boot-secure-boot yes" "--arch aarch64 --boot-kernel web.yaml --boot-initrd web.yaml --console-log log --description a&b"; do
        # shellcheck disable=SC2086
        define --name schema $options --disk web.yaml,format=raw,bus=scsi --print-xml >schema.xml
        expect 0 '*validates*' virt-xml-validate schema.xml domain
done
# Completion: the actions, an action's options, the machines there are.
complete='. "$SOURCE/src/cli/crossarm.bash"; COMP_WORDS=("$BIN/crossarm" "$@"); COMP_CWORD=$#; _crossarm; echo "${COMPREPLY[*]}"'
if command -v bash >/dev/null; then
        expect 0 'autostart' bash -c "$complete" bash vm autost
        expect 0 '--boot-kernel' bash -c "$complete" bash vm define --boot-k
        expect 0 'x86_64' bash -c "$complete" bash vm start x8
fi
expect 0 "other: would be*nothing was changed" define --name other --arch x86_64 --dry-run
finish
