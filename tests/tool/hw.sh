#!/bin/sh
# crossarm hw: captured virtual machines (tests/fixtures/hw), a made-up server, this machine. HW names another build to test.
. "$(dirname "$0")/lib.sh.inc"
cd "$TMPDIR" || exit 1
c=${HW:-$BIN/crossarm}
for tree in "$SOURCE"/tests/fixtures/hw/*.tree; do
        name=$(basename "$tree" .tree)
        python3 "$SOURCE/tests/fixtures/hw/tree.py" unpack "$tree" "$name.tar" || exit 1
done

# field STATUS TREE KEY VALUE: the plain value, or with status 1 a pattern of the reason
field()
{
        expect "$1" "$4" $c hw --sysroot "$2" --field "$3"
}

# A Kunpeng-like server by SMBIOS: the nominal frequency is Current Speed; Max Speed is the board's; the name is the firmware's.
t=uefi-n1-kunpeng.tar
field 0 $t cpu.nominal_hz 2600000000
field 0 $t cpu.board_max_hz 4000000000
field 0 $t cpu.model 'Kunpeng 920-4826'
field 0 $t cpu.core 'Neoverse-N1 (Ares)'
field 0 $t cpu.sockets 2
field 0 $t cpu.stepping r4p1
field 0 $t machine.product 'TaiShan 200'
field 0 $t memory.module.0.part M393A4K40CB2
field 0 $t memory.module.0.speed_mts 2933
field 0 $t memory.installed_bytes 1073741824
field 0 $t memory.page_bytes 4096
field 0 $t cpu.aarch32_el0 yes
field 0 $t cpu.aarch32_el1 no
field 0 $t cpu.sve_bits 0
field 0 $t virtualization.kvm_mode vhe
field 0 $t virtualization.guest_gic 'v3 its'
field 0 $t virtualization.guest_ipa_bits 48
field 0 $t errata.0.workaround 'Broken broadcast TLBI completion'
field 1 $t machine.serial '*illegible in this capture*'
field 1 $t cpu.max_hz '*cppc_cpufreq*'
expect 2 '*no field*cpu.colour*' $c hw --sysroot $t --field cpu.colour
# No secret is in the capture, whatever file it was in.
for secret in SN123 MEM42 BS55 CPUSERIAL1 ASSET7 11223344; do
        ! grep -aq $secret $t || { echo "$secret is in the capture"; failures=$((failures + 1)); }
done

# Modes of KVM without the kernel's log: the same answers, with the log gone.
for pair in uefi-a57-gic2:nvhe:v2:44 dt-n1-el2:vhe:v3:48 dt-a72-noel2:none::; do
        IFS=: read -r name mode gic ipa <<END
$pair
END
        sed '/^\tlog\./d; s/^\tlog=.*/\tlog=denied/' "$SOURCE/tests/fixtures/hw/$name.tree" >quiet.tree
        python3 "$SOURCE/tests/fixtures/hw/tree.py" unpack quiet.tree quiet.tar
        for t in $name.tar quiet.tar; do
                field 0 $t virtualization.kvm_mode $mode
                [ -z "$gic" ] || { field 0 $t virtualization.gic $gic; field 0 $t virtualization.guest_ipa_bits "$ipa"; }
        done
        expect 0 '*timer interrupt*the kernel?s log agrees*' $c hw --sysroot $name.tar
        expect 0 '*timer interrupt*log is silent or closed*kernel.dmesg_restrict*' $c hw --sysroot quiet.tar
done
field 0 uefi-a64fx-noel2.tar virtualization.kvm_mode none
field 0 uefi-a64fx-noel2.tar cpu.aarch32_el0 no
field 0 uefi-a64fx-noel2.tar cpu.sve_bits 512
field 1 dt-a72-noel2.tar virtualization.guest_gic '*/dev/kvm*'

# Nothing to be had: each unknown names what would make it known.
field 1 dt-n1-el2.tar cpu.nominal_hz '*base_frequency*acpi_cppc*there is no SMBIOS*device tree*UEFI*'
field 0 dt-n1-el2.tar machine.product linux,dummy-virt
field 1 uefi-max-el2.tar cpu.nominal_hz '*2000/2000 MHz*QEMU*'
field 0 uefi-max-el2.tar cpu.model 'QEMU max'
field 0 uefi-max-el2.tar cpu.sve_bits 2048
field 0 uefi-max-el2.tar virtualization.guest_sve yes
sed 's|^\(sys/firmware/dmi/tables/DMI\) .*|\1 !|' "$SOURCE/tests/fixtures/hw/uefi-n1-kunpeng.tree" >user.tree
python3 "$SOURCE/tests/fixtures/hw/tree.py" unpack user.tree user.tar
field 1 user.tar cpu.nominal_hz '*for root only: run as root'
field 1 user.tar memory.installed_bytes '*run as root'

# The order of sources: cpufreq before CPPC before SMBIOS.
{ cat "$SOURCE/tests/fixtures/hw/uefi-n1-kunpeng.tree"
  for i in 0 1; do echo "sys/devices/system/cpu/cpu$i/acpi_cppc/nominal_freq = 2500"; done; } >cppc.tree
{ cat cppc.tree; for i in 0 1; do echo "sys/devices/system/cpu/cpu$i/cpufreq/base_frequency = 2400000"; done; } >base.tree
{ cat base.tree; for i in 0 1; do echo "sys/devices/system/cpu/cpu$i/cpufreq/scaling_cur_freq = 1${i}00000"; done; } >current.tree
python3 "$SOURCE/tests/fixtures/hw/tree.py" unpack current.tree current.tar
expect 0 '1000000000' $c hw --sysroot current.tar --field cpu.group.0.current_hz
expect 0 '1100000000' $c hw --sysroot current.tar --field cpu.group.1.current_hz
for kind in cppc:2500000000 base:2400000000; do
        python3 "$SOURCE/tests/fixtures/hw/tree.py" unpack ${kind%:*}.tree order.tar
        field 0 order.tar cpu.nominal_hz ${kind#*:}
done

# A server with 128 CPUs of the kind that has no frequency anywhere: two sockets with odd numbers, clusters of four, four nodes, four L3.
python3 - >server.tree <<'END'
cpu = 'sys/devices/system/cpu/'
print('proc/cpuinfo')
for i in range(128):
    print(f'\tprocessor\t: {i}\n\tBogoMIPS\t: 200.00\n\tFeatures\t: fp asimd atomics\n\tCPU implementer\t: 0x48\n\tCPU architecture: 8\n'
          '\tCPU variant\t: 0x1\n\tCPU part\t: 0xd01\n\tCPU revision\t: 0\n\t')
print(f'{cpu}online = 0-127\nsys/kernel/mm/hugepages/hugepages-524288kB /\nsys/class/dmi/id/sys_vendor = Huawei\nsys/class/dmi/id/product_name = XA320 V2')
for i in range(128):
    t, c, l3 = f'{cpu}cpu{i}/topology/', i // 4 * 4, i // 32 * 32
    print(f'{t}physical_package_id = {36 if i < 64 else 8442}\n{t}thread_siblings_list = {i}\n{t}cluster_cpus_list = {c}-{c + 3}')
    for index, (level, kind, size, shared) in enumerate([(1, 'Data', '64K', i), (1, 'Instruction', '64K', i), (2, 'Unified', '512K', i),
                                                         (3, 'Unified', '32768K', f'{l3}-{l3 + 31}')]):
        d = f'{cpu}cpu{i}/cache/index{index}/'
        print(f'{d}level = {level}\n{d}type = {kind}\n{d}size = {size}\n{d}shared_cpu_list = {shared}')
for n in range(4):
    d = f'sys/devices/system/node/node{n}/'
    print(f'{d}cpulist = {32 * n}-{32 * n + 31}\n{d}meminfo\n\tNode {n} MemTotal:       131000000 kB\n{d}distance = 10 16 32 33')
END
python3 "$SOURCE/tests/fixtures/hw/tree.py" unpack server.tree server.tar
for pair in cpu.count=128 cpu.sockets=2 cpu.cores=128 cpu.clusters=32 cpu.groups=2 cpu.model=Kunpeng-920 cpu.stepping=r1p0 cpu.group.1.cpus=64-127 \
        cpu.group.1.socket=8442 cache.3.instances=4 cache.3.size_bytes=33554432 cache.0.instances=128 numa.nodes=4 numa.node.3.cpus=96-127 \
        memory.page_bytes=65536 machine.vendor=Huawei virtualization.guest_of=none; do
        field 0 server.tar "${pair%=*}" "${pair#*=}"
done
field 1 server.tar cpu.nominal_hz '*no SMBIOS*'
expect 0 '*Core(s) per socket: *64*Socket(s): *2*L3 cache: *128 MiB (4 instances)*NUMA node3 CPU(s): *96-127*' $c hw --sysroot server.tar --as lscpu

# big.LITTLE: groups, and what differs between them is unknown for all.
sed 's|^\(sys/devices/system/cpu/cpu1/regs/identification/midr_el1\).*|\1 = 0x00000000410fd034|; s|-> sys/devices/system/cpu/cpu0/regs/identification/midr_el1|= 0x00000000414fd0c1|' \
        "$SOURCE/tests/fixtures/hw/dt-n1-el2.tree" >big.tree
python3 "$SOURCE/tests/fixtures/hw/tree.py" unpack big.tree big.tar
field 0 big.tar cpu.groups 2
field 0 big.tar cpu.group.1.model Cortex-A53
field 1 big.tar cpu.model '*differs between the groups*cpu.group.0.model*'

# Comparing nodes: the one without a frequency is the odd one.
cp uefi-n1-kunpeng.tar node1.tar && cp node1.tar node3.tar && cp user.tar node2.tar
expect 0 '' $c hw diff node1.tar node3.tar
expect 1 '*cpu.nominal_hz*2600 MHz*node1.tar, node3.tar*unknown*node2.tar*odd*run as root*node2.tar is odd in*' $c hw diff node1.tar node2.tar node3.tar
expect 1 '*"field": "cpu.nominal_hz"*"usual": "2600000000"*"odd": true*' $c hw diff --json node1.tar node2.tar node3.tar
expect 2 '*diff wants two*' $c hw diff node1.tar
expect 2 '*nothing.tar*' $c hw diff node1.tar nothing.tar

# Forms.
expect 0 '*"nominal_hz": {*"value": 2600000000,*"source": "SMBIOS type 4*' $c hw --sysroot node1.tar --json
expect 0 '*"max_hz": {*"value": null,*"unknown": "no cpufreq driver*' $c hw --sysroot node1.tar --json
$c hw --sysroot node1.tar --json | python3 -c '
import json, sys
def no_twice(pairs):
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)
d = json.load(sys.stdin, object_pairs_hook=no_twice)
assert d["format"] == 1 and d["cpu"]["group"][1]["socket"]["value"] >= 0 and d["numa"]["node"][0]["distance"]["value"] == [10], d' || failures=$((failures + 1))
$c hw --sysroot node1.tar --prometheus | python3 -c '
import re, sys
seen, last = set(), None
for line in sys.stdin:
    if line.startswith("#"):
        continue
    m = re.fullmatch(r"([a-z_:][a-z0-9_:]*)(\{(?:[a-z_]+=\"(?:[^\"\\\n]|\\.)*\",?)*\})? [0-9]+\n", line)
    assert m, line
    assert m.group(1) == last or m.group(1) not in seen, "not together: " + line
    assert (m.group(1), m.group(2)) not in seen, "twice: " + line
    last = m.group(1)
    seen |= {last, (m.group(1), m.group(2))}
assert "crossarm_hw_cpu_nominal_hertz" in seen and "crossarm_hw_unknown" in seen' || failures=$((failures + 1))
! $c hw --sysroot node1.tar --prometheus | grep -q serial.*value || failures=$((failures + 1))
expect 0 '*Vendor ID: *ARM*BIOS Vendor ID: *HiSilicon*Model name: *Neoverse-N1*BIOS Model name: *Kunpeng 920-4826 Hi1620 CPU @ 2.6GHz*BIOS CPU family: *1*Socket(s): *2*Stepping: *r4p1*' \
        $c hw --sysroot node1.tar --as lscpu
expect 0 '*Processor Information*Version: Kunpeng 920-4826*Max Speed: 4000 MHz*Current Speed: 2600 MHz*End Of Table*' $c hw --sysroot node1.tar --as dmidecode
expect 1 '*No SMBIOS nor DMI entry point found*' $c hw --sysroot dt-n1-el2.tar --as dmidecode
expect 2 '*lscpu or dmidecode*' $c hw --as inxi

# Trees that are none.
mkdir -p empty && echo text >text && head -c 3000 node1.tar >cut.tar && : >void
[ -n "${HW:-}" ] || expect 2 '*empty*no tree of a machine*' $c hw --sysroot empty
expect 2 '*text: neither a folder nor a tar file*' $c hw --sysroot text
expect 2 '*cut.tar*is cut*' $c hw --sysroot cut.tar
expect 2 '*void*' $c hw --sysroot void
expect 2 '*cannot open*' $c hw --sysroot nowhere
# A link of a captured tree that leads out of it leads nowhere.
mkdir -p out/proc out/sys/class/dmi/id && mkdir x && tar xf dt-n1-el2.tar -C x && cp x/proc/cpuinfo out/proc/ && ln -s /etc/hostname out/sys/class/dmi/id/sys_vendor
[ -n "${HW:-}" ] || field 1 out machine.vendor '*no such file*'

# This machine, alive; and what it captures says the same.
expect 0 '*cpu*count*memory*virtualization*' $c hw
expect 0 "$(getconf _NPROCESSORS_ONLN)" $c hw --field cpu.count
$c hw capture me.tar 2>/dev/null || failures=$((failures + 1))
$c hw capture - 2>/dev/null | tar tf - >/dev/null || failures=$((failures + 1))
expect 0 '' $c hw diff . me.tar
# A capture may come through a pipe.
expect 0 '[0-9]*' sh -c "cat me.tar | $c hw --sysroot /dev/stdin --field cpu.count"
expect 2 '*cannot write*' $c hw capture /no/such/folder/x.tar
if [ -z "${HW:-}" ] && lscpu --version 2>/dev/null | grep -q ' 2.38'; then
        # Labels that only one of them has are no difference: lscpu has more on some machines.
        lscpu | sort >expected
        $c hw --as lscpu | sort >printed
        sed 's/:.*//' expected >labels
        while IFS= read -r label; do
                grep "^$label: " printed >ours && grep "^$label: " expected >theirs && { tr -s ' ' <ours >a; tr -s ' ' <theirs >b; diff b a || failures=$((failures + 1)); }
        done <labels
        grep -q '^Architecture: ' printed && grep -q '^Flags: ' printed || failures=$((failures + 1))
fi
finish
