/* What runs the guest: processor, accelerator, machine type. */
#include "vm/choose.h"

#include <string.h>

#include "base/str.h"
#include "base/util.h"
#include "vm/el1_32.h"

/* The spec's words for a processor, libvirt's, and the machine type that guests get without another wish. */
static const struct {
        const char *word, *arch, *machine;
} archs[] = {
        { "aarch64", "aarch64", "virt" },
        { "arm64", "aarch64", "virt" },
        { "armv7l", "armv7l", "virt" },
        { "armhf", "armv7l", "virt" },
        { "x86_64", "x86_64", "q35" },
        { "amd64", "x86_64", "q35" },
        { "i686", "i686", "q35" },
        { "i386", "i686", "q35" },
};

/* Machine types this program knows the rules of: the first letters of their canonical names. */
static const struct {
        const char *family, *begins;
        bool arm;
} families[] = {
        { "virt", "virt", true },
        { "q35", "q35", false },
        { "q35", "pc-q35", false },
        { "pc", "pc", false },
};

static int choose_arch(struct vm_design *d, const char **machine, struct err *e)
{
        const char *word = d->spec->top.arch ? d->spec->top.arch : d->host->arch;
        for (size_t i = 0; i < ARRAY_LEN(archs); i++)
                if (!strcmp(archs[i].word, word)) {
                        d->arch = archs[i].arch;
                        *machine = archs[i].machine;
                }
        if (!d->arch)
                return err_set(e, 1, "the host is %s, and machines here are for Arm and x86: say which by 'arch'", word);
        because(d, "arch", d->arch, d->spec->top.arch ? "the spec says so" : "it is the host's own");
        return 0;
}

/* KVM that libvirt offers and the processor cannot give: a 32-bit guest needs AArch32 at EL1. *why says how that is known. */
static enum el1_32 kvm_32bit(const struct vm_design *d, const char **why)
{
        *why = NULL;
        return strcmp(d->arch, "armv7l") ? EL1_32_HAS : el1_32_of_host(d->host, why);
}

static int refuse_kvm(const struct vm_design *d, const char *why, struct err *e)
{
        if (why)
                return err_set(e, 1, "the host's KVM runs no 32-bit guests (%s); 'accel: tcg' emulates them", why);
        return err_set(e, 1,
                "the host (%s) has no KVM for guests of %s: no /dev/kvm, or another kind of processor; 'accel: tcg' emulates it",
                d->host->arch, d->arch);
}

static void say_accel(struct vm_design *d, bool use, enum el1_32 el1, const char *el1_why)
{
        const char *wish = d->spec->top.accel;
        if (wish && strcmp(wish, "auto"))
                because(d, "accel", wish, "the spec says so");
        else if (use)
                because(d, "accel", "kvm", "the host has KVM for guests of %s", d->arch);
        else if (el1 == EL1_32_LACKS)
                because(d, "accel", "tcg", "emulation, ten times slower or more: the host's KVM runs no 32-bit guests (%s)", el1_why);
        else
                because(d, "accel", "tcg", "emulation, ten times slower or more: the host (%s) has no KVM for guests of %s", d->host->arch,
                        d->arch);
        if (use && el1 == EL1_32_UNKNOWN)
                because(d, "accel", "kvm",
                        "not known: whether the processor has AArch32 at EL1, without which the start fails, and 'accel: tcg' helps (%s)",
                        el1_why);
        else if (use && el1_why)
                because(d, "accel", "kvm", "for 32-bit guests, too: %s", el1_why);
}

static int choose_accel(struct vm_design *d, struct err *e)
{
        const char *wish = d->spec->top.accel ? d->spec->top.accel : "auto", *why = NULL;
        bool listed = host_gives(d->host, d->arch, "kvm"), tcg = host_gives(d->host, d->arch, "qemu");
        enum el1_32 el1 = listed ? kvm_32bit(d, &why) : EL1_32_HAS;
        bool kvm = listed && el1 != EL1_32_LACKS;
        if (!kvm && !strcmp(wish, "kvm") && (listed || tcg))
                return refuse_kvm(d, why, e);
        if (!kvm && !tcg)
                return err_set(e, 1, "the host has no QEMU for guests of %s (Debian: qemu-system-%s)", d->arch, is_arm(d) ? "arm" : "x86");
        bool use = kvm && strcmp(wish, "tcg");
        d->domain = use ? "kvm" : "qemu";
        say_accel(d, use, el1, why);
        return 0;
}

static int choose_family(struct vm_design *d, struct err *e)
{
        for (size_t i = 0; i < ARRAY_LEN(families); i++)
                if (families[i].arm == is_arm(d) && str_after(d->caps.machine, families[i].begins)) {
                        d->family = families[i].family;
                        return 0;
                }
        return err_set(e, 1, "machine: %s is not known here; for guests of %s there is %s, or a version of it", d->caps.machine, d->arch,
                is_arm(d) ? "virt" : "q35 and pc");
}

int choose_machine(struct vm_design *d, struct err *e)
{
        const char *machine = NULL;
        if (choose_arch(d, &machine, e) || choose_accel(d, e))
                return -1;
        const char *wish = d->spec->top.machine;
        if (host_domcaps(d->host, d->arch, wish ? wish : machine, d->domain, &d->caps, e))
                return -1;
        if (!d->caps.machine)
                d->caps.machine = format("%s", wish ? wish : machine);
        if (choose_family(d, e))
                return -1;
        if (wish && !strcmp(wish, d->caps.machine))
                because(d, "machine", wish, "the spec says so");
        else if (is_arm(d))
                because(d, "machine", d->caps.machine,
                        "the host's newest 'virt', kept with its version: boards of real hardware have no PCI, and a newer QEMU "
                        "would change the guest's devices");
        else
                because(d, "machine", d->caps.machine,
                        "the host's newest '%s', kept with its version, so that a newer QEMU does not change the guest's devices",
                        wish ? wish : machine);
        return 0;
}
