#!/bin/sh
# crossarm vm with another host's libvirt, here reached over TCP: images go there through libvirt, firmware is found there, nothing of this machine's files is looked at.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
[ "$(id -u)" = 0 ] || { echo 'a libvirtd that listens on TCP wants root'; exit 77; }
libvirt_start qemu-system-aarch64 qemu-img python3
cd "$TMPDIR" || exit 1
mkdir pool
virsh -q pool-define-as default dir --target "$PWD/pool"
virsh -q pool-start default
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'listen_tls = 0\nlisten_tcp = 1\nauth_tcp = "none"\nlisten_addr = "127.0.0.1"\ntcp_port = "%s"\n' "$port" >/etc/libvirt/libvirtd.conf
kill "$(cat "$libvirt_home/libvirtd.pid")"
for _ in $(seq 100); do [ -e "$libvirt_home/libvirtd.pid" ] || break; sleep 0.1; done
libvirtd_options=--listen
libvirtd_run
virsh -q pool-start default 2>/dev/null
uri=qemu+tcp://127.0.0.1:$port/system
vm()
{
        verb=$1
        shift
        "$BIN/crossarm" vm "$verb" --connect "$uri" "$@"
}

qemu-img create -q -f qcow2 cloud.qcow2 100M
expect 0 '*other host picks firmware with these features*r: defined*' \
        vm import cloud.qcow2 --name r --arch aarch64 --memory 256M --network none --grow 2G --disk size=1G --cloud-init-hostname r --why
expect 0 "*r-seed-*.iso*r-vda-*.qcow2*r-vdb-*.qcow2*" ls pool
expect 0 '*virtual size: 2 GiB*' qemu-img info pool/r-vda-*.qcow2
expect 0 'r: running' vm start r
expect 0 '*AAVMF_CODE.fd</loader>*' virsh dumpxml r
expect 0 '*"state": "running"*"machine": "virt-*"bus": "scsi"*' vm info r --json
vm console --force r </dev/null >console 2>&1 &
for _ in $(seq 600); do grep -aq UEFI console && break; sleep 0.2; done
expect 0 'r: off' vm destroy r
expect 0 '*UEFI*' cat console
expect 0 '*removed*r: deleted' vm delete --disks r
expect 0 '' ls pool
# A kernel is the host's, too: that it is not here is no error before the start.
expect 0 'k: defined' vm define --name k --arch aarch64 --network none --boot-kernel /srv/only-there
expect 1 '*cannot start k:*/srv/only-there*' vm start k
expect 0 'k: deleted' vm delete k
finish
