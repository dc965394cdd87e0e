/*
 * Virtualization: what this machine runs under, and what guests it can have. KVM's own answers come first; the kernel's log is often for
 * root only and is a ring, so that it is but a second witness.
 */
#include "hw/reader.h"

#include <string.h>

#include "base/util.h"
#include "hw/probe.h"

static const char ask_machine[] = "only the machine itself tells: `crossarm hw capture` asks it";

/* Words in the names that firmware gives, and whose they are. */
static const struct {
        const char *word, *name;
} hypervisors[] = {
        { "QEMU", "QEMU" },
        { "KVM", "KVM" },
        { "linux,dummy-virt", "QEMU or kvmtool (device tree linux,dummy-virt)" },
        { "VMware", "VMware" },
        { "VirtualBox", "VirtualBox" },
        { "Xen", "Xen" },
        { "Amazon EC2", "Amazon EC2" },
        { "Google Compute Engine", "Google Compute Engine" },
        { "Alibaba Cloud ECS", "Alibaba Cloud" },
        { "OpenStack", "OpenStack" },
        { "Parallels", "Parallels" },
        { "Apple Virtualization", "Apple Virtualization" },
};

/* The twelve letters of CPUID leaf 0x40000000, and whose they are. */
static const struct {
        const char *letters, *name;
} signatures[] = {
        { "KVMKVMKVM", "KVM" },
        { "TCGTCGTCGTCG", "QEMU without KVM" },
        { "Microsoft Hv", "Hyper-V" },
        { "VMwareVMware", "VMware" },
        { "XenVMMXenVMM", "Xen" },
        { "bhyve bhyve ", "bhyve" },
        { "ACRNACRNACRN", "ACRN" },
        { "VBoxVBoxVBox", "VirtualBox" },
        { "Linux KVM Hv", "KVM" },
        { "QNXQVMBSQG", "QNX" },
        { " lrpepyh vr", "Parallels" },
};

static bool put_guest_by_cpuid(struct reader *r)
{
        AUTO_FREE char *letters = probe_get(r->probe, "cpuid.hypervisor");
        for (size_t i = 0; letters && i < ARRAY_LEN(signatures); i++)
                if (!strcmp(letters, signatures[i].letters))
                        return hw_put_text(r->f, "guest_of", signatures[i].name, "CPUID leaf 0x40000000: %s", letters);
        return hw_put_text(r->f, "guest_of", letters, "CPUID leaf 0x40000000");
}

static bool put_guest_by_names(struct reader *r)
{
        static const char *const keys[] = { "machine.vendor", "machine.product", "machine.version", "machine.family", "bios.vendor",
                "machine.compatible" };
        for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
                const char *text = hw_text(r->f, "%s", keys[i]);
                /* "Virtual Machine" is the product of Hyper-V; metal instances of a cloud say so. */
                if (text && strstr(text, "Virtual Machine") &&
                        strstr(hw_text(r->f, "machine.vendor") ? hw_text(r->f, "machine.vendor") : "", "Microsoft"))
                        return hw_put_text(r->f, "guest_of", "Hyper-V", "%s", keys[i]);
                for (size_t k = 0; text && k < ARRAY_LEN(hypervisors); k++)
                        if (strstr(text, hypervisors[k].word) &&
                                !strstr(hw_text(r->f, "machine.product") ? hw_text(r->f, "machine.product") : "", "metal"))
                                return hw_put_text(r->f, "guest_of", hypervisors[k].name, "\"%s\" in %s", text, keys[i]);
        }
        return false;
}

/* An emulator of programs answers uname(2) itself and lets the files of the machine show through. */
static bool put_emulated(struct reader *r)
{
        AUTO_FREE char *arch = probe_get(r->probe, "arch");
        const struct hw_cpu *cpu = &r->cpus.list[0];
        bool arm_files = cpu->midr != 0, x86_files = cpu->vendor && !cpu->midr;
        if (!arch || !((strcmp(arch, "aarch64") == 0 && x86_files) || (strcmp(arch, "x86_64") == 0 && arm_files)))
                return false;
        return hw_put_text(r->f, "guest_of", "an emulator of programs",
                "uname(2) says %s, /proc/cpuinfo is of another architecture: facts of both machines are mixed here", arch);
}

static void put_guest(struct reader *r)
{
        if (put_emulated(r))
                return;
        AUTO_FREE char *type = hw_tree_line(r->t, "/sys/hypervisor/type");
        AUTO_FREE char *node = hw_tree_line(r->t, "/proc/device-tree/hypervisor/compatible");
        if (put_guest_by_cpuid(r) || hw_put_text(r->f, "guest_of", type, "/sys/hypervisor/type") ||
                hw_put_text(r->f, "guest_of", node, "/proc/device-tree/hypervisor") || put_guest_by_names(r))
                return;
        if (hw_find(r->f, "machine.vendor") && hw_text(r->f, "machine.vendor"))
                hw_put_text(r->f, "guest_of", "none", "no hypervisor's name in the firmware's tables");
        else
                hw_put_unknown(r->f, "guest_of", "neither the firmware nor the kernel names a hypervisor, or its absence");
}

/* ---- the mode of KVM ---- */

/* The interrupt number of the kernel's own timer: its line in /proc/interrupts ends with arch_timer, the number follows the chip. */
static int timer_interrupt(const char *interrupts)
{
        const char *name = interrupts ? strstr(interrupts, "arch_timer\n") : NULL;
        if (!name)
                return -1;
        const char *line = name;
        while (line > interrupts && line[-1] != '\n')
                line--;
        const char *chip = strstr(line, "GIC");
        if (!chip || chip > name)
                return -1;
        chip += strcspn(chip, " \t");
        return (int)strtol(chip, NULL, 10);
}

/* Private peripheral interrupts of the generic timer by the Base System Architecture (Arm DEN0094). */
static const struct {
        int number;
        const char *mode, *means;
} timers[] = {
        { 26, "vhe", "the EL2 physical timer: the kernel runs at EL2" },
        { 28, "vhe", "the EL2 virtual timer: the kernel runs at EL2" },
        { 30, "nvhe", "the EL1 physical timer: the kernel runs at EL1 and left EL2 to KVM" },
        { 29, "nvhe", "the secure EL1 physical timer: the kernel runs at EL1" },
        { 27, "none", "the virtual timer: the kernel has no EL2" },
};

static const struct {
        const char *phrase, *mode;
} log_modes[] = {
        { "Protected", "protected" },
        { "VHE+NV2", "vhe" },
        { "VHE mode", "vhe" },
        { "Hyp", "nvhe" },
        { "HYP mode not available", "none" },
};

static const char *mode_by_log(const char *line)
{
        for (size_t i = 0; line && i < ARRAY_LEN(log_modes); i++)
                if (!strncmp(line, log_modes[i].phrase, strlen(log_modes[i].phrase)))
                        return log_modes[i].mode;
        return NULL;
}

/* kvm-arm.mode= on the kernel's command line, malloced. */
static char *mode_by_command_line(struct reader *r)
{
        AUTO_FREE char *line = hw_tree_line(r->t, "/proc/cmdline");
        const char *at = line ? strstr(line, "kvm-arm.mode=") : NULL;
        return at ? format("%.*s", (int)strcspn(at + 13, " "), at + 13) : NULL;
}

static void put_mode(struct reader *r, const char *interrupts)
{
        AUTO_FREE char *log = probe_get(r->probe, "log.kvm_mode"), *asked = mode_by_command_line(r);
        AUTO_FREE char *kvm = probe_get(r->probe, "kvm");
        int number = timer_interrupt(interrupts);
        const char *by_log = mode_by_log(log), *second = !by_log ? "the kernel's log is silent or closed" : NULL;
        for (size_t i = 0; i < ARRAY_LEN(timers); i++) {
                if (timers[i].number != number)
                        continue;
                const char *mode = timers[i].mode;
                if (asked && !strcmp(asked, "protected") && !strcmp(mode, "nvhe"))
                        mode = "protected";
                if (kvm && !strcmp(kvm, "absent") && strcmp(mode, "none"))
                        mode = "none";
                if (!second)
                        second = !strcmp(by_log, mode) ? "the kernel's log agrees" : "the kernel's log says otherwise";
                hw_put_text(r->f, "kvm_mode", mode, "timer interrupt %d in /proc/interrupts, %s%s; %s%s%s", number, timers[i].means,
                        kvm && !strcmp(kvm, "absent") ? "; but there is no /dev/kvm" : "", second, by_log ? ": " : "", by_log ? log : "");
                return;
        }
        if (by_log)
                hw_put_text(r->f, "kvm_mode", by_log, "the kernel's log: %s", log);
        else if (number >= 0)
                hw_put_unknown(r->f, "kvm_mode",
                        "the kernel's timer has interrupt %d, which is none of the architecture's; the kernel's log may tell, as root",
                        number);
        else
                hw_put_unknown(r->f, "kvm_mode", "/proc/interrupts has no line of arch_timer; the kernel's log may tell, as root");
}

/* ---- guests ---- */

static void put_kvm(struct reader *r)
{
        AUTO_FREE char *kvm = probe_get(r->probe, "kvm");
        static const struct {
                const char *answer, *says;
        } answers[] = {
                { "usable", "/dev/kvm answers" },
                { "denied", "/dev/kvm is there, but not for this user: join its group (kvm), or run as root" },
                { "absent", "there is no /dev/kvm: the kernel runs without EL2 or VT-x/SVM, or its kvm module is not loaded" },
                { "broken", "/dev/kvm does not answer" },
        };
        if (!kvm) {
                hw_put_unknown(r->f, "kvm", "%s", ask_machine);
                return;
        }
        for (size_t i = 0; i < ARRAY_LEN(answers); i++)
                if (!strcmp(kvm, answers[i].answer))
                        hw_put_text(r->f, "kvm", kvm, "%s", answers[i].says);
}

static void put_number_or_why(struct reader *r, const char *key, const char *name, const char *source)
{
        u64 value;
        AUTO_FREE char *kvm = probe_get(r->probe, "kvm");
        if (probe_number(r->probe, name, &value))
                hw_put_number(r->f, key, value, "%s", source);
        else if (!kvm)
                hw_put_unknown(r->f, key, "%s", ask_machine);
        else
                hw_put_unknown(r->f, key, "%s",
                        strcmp(kvm, "usable") ? "needs /dev/kvm: see virtualization.kvm" : "this kernel's KVM does not tell");
}

static void put_guest_gics(struct reader *r)
{
        u64 v2 = 0, v3 = 0, its = 0;
        if (!probe_number(r->probe, "kvm.gicv2", &v2) || !probe_number(r->probe, "kvm.gicv3", &v3)) {
                put_number_or_why(r, "guest_gic", "kvm.gicv2", "");
                return;
        }
        probe_number(r->probe, "kvm.its", &its);
        AUTO_FREE char *list = format("%s%s%s", v2 ? "v2 " : "", v3 ? "v3 " : "", its ? "its" : "");
        if (!hw_put_list(r->f, "guest_gic", list, "KVM_CREATE_DEVICE with KVM_CREATE_DEVICE_TEST"))
                hw_put_text(r->f, "guest_gic", "none", "KVM_CREATE_DEVICE with KVM_CREATE_DEVICE_TEST");
}

static const struct {
        const char *key, *name, *source;
} abilities[] = {
        { "guest_sve", "kvm.arm_sve", "KVM_CAP_ARM_SVE" },
        { "guest_pmu", "kvm.arm_pmu", "KVM_CAP_ARM_PMU_V3" },
        { "guest_pauth", "kvm.arm_ptrauth", "KVM_CAP_ARM_PTRAUTH_ADDRESS" },
        { "guest_mte", "kvm.arm_mte", "KVM_CAP_ARM_MTE" },
        { "guest_el2", "kvm.arm_el2", "KVM_CAP_ARM_EL2: nested virtualization" },
};

static void put_arm_guests(struct reader *r)
{
        u64 value;
        AUTO_FREE char *log_ipa = probe_get(r->probe, "log.ipa");
        AUTO_FREE char *source = format("KVM_CAP_ARM_VM_IPA_SIZE%s%s", log_ipa ? "; the kernel's log says " : "", log_ipa ? log_ipa : "");
        put_number_or_why(r, "guest_ipa_bits", "kvm.arm_ipa_bits", source);
        put_guest_gics(r);
        for (size_t i = 0; i < ARRAY_LEN(abilities); i++)
                if (probe_number(r->probe, abilities[i].name, &value))
                        hw_put_bool(r->f, abilities[i].key, value, "%s", abilities[i].source);
}

static void put_host_gic(struct reader *r, const char *interrupts)
{
        static const struct {
                const char *word, *name;
        } chips[] = { { " GICv3 ", "v3" }, { " GICv2 ", "v2" }, { " GIC-0 ", "v2" }, { " GICv5 ", "v5" } };
        AUTO_FREE char *v4 = probe_get(r->probe, "log.gicv4");
        for (size_t i = 0; interrupts && i < ARRAY_LEN(chips); i++)
                if (strstr(interrupts, chips[i].word)) {
                        hw_put_text(r->f, "gic", chips[i].name, "/proc/interrupts%s%s", v4 ? "; the kernel's log: GICv4 support " : "",
                                v4 ? v4 : "");
                        hw_put_bool(r->f, "gic_its", strstr(interrupts, "ITS-") != NULL,
                                "/proc/interrupts: whether an interrupt comes by the ITS");
                        return;
                }
        hw_put_unknown(r->f, "gic", "/proc/interrupts names no GIC");
}

/* On x86 the vendor's module tells whether guests may have guests. */
static void put_nested(struct reader *r)
{
        static const char *const modules[] = { "kvm_intel", "kvm_amd" };
        for (size_t i = 0; i < ARRAY_LEN(modules); i++) {
                AUTO_FREE char *nested = hw_tree_line(r->t, "/sys/module/%s/parameters/nested", modules[i]);
                if (nested)
                        hw_put_bool(r->f, "nested", nested[0] == 'Y' || nested[0] == '1', "/sys/module/%s/parameters/nested", modules[i]);
        }
}

void read_virtualization(struct reader *r)
{
        size_t size;
        hw_at(r->f, "virtualization");
        put_guest(r);
        put_kvm(r);
        put_number_or_why(r, "guest_max_cpus", "kvm.max_vcpus", "KVM_CAP_MAX_VCPUS");
        if (r->x86) {
                put_nested(r);
                return;
        }
        AUTO_FREE char *interrupts = hw_tree_read(r->t, "/proc/interrupts", &size);
        put_mode(r, interrupts);
        put_host_gic(r, interrupts);
        put_arm_guests(r);
}
