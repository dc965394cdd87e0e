/* Processors, memory, interrupt controller. */
#include "vm/choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static void mode(struct vm_design *d, const char *mode, const char *model)
{
        d->cpu_mode = mode;
        d->cpu_model = model;
}

/* Models for KVM on x86, best first: a named one lets the guest move to another host. libvirt's names. */
static const char *const x86_models[] = {
        "SapphireRapids",
        "Icelake-Server-noTSX",
        "Icelake-Server",
        "Cascadelake-Server-noTSX",
        "Cascadelake-Server",
        "Skylake-Server-noTSX-IBRS",
        "Skylake-Server-IBRS",
        "EPYC-Milan",
        "EPYC-Rome",
        "EPYC-IBPB",
        "EPYC",
        "Dhyana",
        "Broadwell-noTSX-IBRS",
        "Broadwell-noTSX",
        "Haswell-noTSX-IBRS",
        "Haswell-noTSX",
        "IvyBridge-IBRS",
        "SandyBridge-IBRS",
        "Opteron_G5",
        "Westmere-IBRS",
        "Nehalem-IBRS",
        "Opteron_G3",
};

static bool model_known(const struct vm_design *d, const char *model)
{
        AUTO_FREE char *path = format("/domainCapabilities/cpu/mode[@name='custom']/model[.='%s']", model);
        return xml_has(xmlDocGetRootElement(d->caps.doc), path);
}

static bool model_usable(const struct vm_design *d, const char *model)
{
        AUTO_FREE char *path = format("/domainCapabilities/cpu/mode[@name='custom']/model[.='%s'][@usable='yes']", model);
        return xml_has(xmlDocGetRootElement(d->caps.doc), path);
}

static bool mode_supported(const struct vm_design *d, const char *mode)
{
        AUTO_FREE char *path = format("/domainCapabilities/cpu/mode[@name='%s'][@supported='yes']", mode);
        return xml_has(xmlDocGetRootElement(d->caps.doc), path);
}

static int kvm_x86(struct vm_design *d)
{
        for (size_t i = 0; i < ARRAY_LEN(x86_models); i++)
                if (model_usable(d, x86_models[i])) {
                        mode(d, "custom", x86_models[i]);
                        because(d, "cpu", x86_models[i],
                                "the newest model that the host says it can give whole: the guest can move to hosts that have it");
                        return 0;
                }
        mode(d, mode_supported(d, "host-model") ? "host-model" : "host-passthrough", NULL);
        because(d, "cpu", d->cpu_mode, "the host can give none of the usual models whole: the nearest to its own processor");
        return 0;
}

static int kvm_arm(struct vm_design *d)
{
        mode(d, "host-passthrough", NULL);
        because(d, "cpu", "host", "KVM on Arm gives guests the host's own processor only; libvirt cannot tell which models are usable");
        return 0;
}

static int tcg_arm(struct vm_design *d)
{
        if (!strcmp(d->arch, "armv7l")) {
                mode(d, "custom", "cortex-a15");
                because(d, "cpu", "cortex-a15", "a 32-bit model with LPAE; newer ones are 64-bit");
                return 0;
        }
        mode(d, "maximum", NULL);
        because(d, "cpu", "max",
                "everything that can be emulated; without a model libvirt would take a 32-bit one, and the guest stay silent");
        return 0;
}

static int tcg_x86(struct vm_design *d)
{
        mode(d, "maximum", NULL);
        because(d, "cpu", "max", "everything that can be emulated");
        return 0;
}

/* Models on which 64-bit firmware and kernels do nothing at all. */
static bool is_32bit(const char *model)
{
        static const char *const models[] = { "cortex-a7", "cortex-a8", "cortex-a9", "cortex-a15" };
        for (size_t i = 0; i < ARRAY_LEN(models); i++)
                if (!strcmp(model, models[i]))
                        return true;
        return false;
}

static int as_said(struct vm_design *d, const char *wish, struct err *e)
{
        bool kvm = !strcmp(d->domain, "kvm");
        if (!strcmp(wish, "host") && !kvm)
                return err_set(e, 1, "cpu: host needs KVM, and this guest is emulated; max is the most that can be emulated");
        if (!strcmp(wish, "host"))
                mode(d, "host-passthrough", NULL);
        else if (!strcmp(wish, "max"))
                mode(d, "maximum", NULL);
        else if (kvm && is_arm(d))
                return err_set(
                        e, 1, "cpu: KVM on Arm gives guests the host's own processor only: leave '%s' out, or say 'accel: tcg'", wish);
        else if (!model_known(d, wish))
                return err_set(e, 1,
                        "cpu: the host knows no model '%s' for guests of %s; `virsh domcapabilities --arch %s` lists those it knows", wish,
                        d->arch, d->arch);
        else if (!strcmp(d->arch, "aarch64") && is_32bit(wish))
                return err_set(e, 1,
                        "cpu: %s is a 32-bit processor, on which a 64-bit guest stays silent; leave it out, or take cortex-a57", wish);
        else
                mode(d, "custom", wish);
        because(d, "cpu", wish, "the spec says so");
        return 0;
}

static int choose_model(struct vm_design *d, struct err *e)
{
        if (d->spec->top.cpu)
                return as_said(d, d->spec->top.cpu, e);
        if (!strcmp(d->domain, "kvm"))
                return is_arm(d) ? kvm_arm(d) : kvm_x86(d);
        return is_arm(d) ? tcg_arm(d) : tcg_x86(d);
}

/* The architected hash of pointer authentication costs more than all other emulation of a kernel's start. */
static void choose_pauth(struct vm_design *d)
{
        d->pauth_impdef = !strcmp(d->arch, "aarch64") && !strcmp(d->domain, "qemu") && !strcmp(d->cpu_mode, "maximum");
        if (d->pauth_impdef)
                because(d, "cpu", "pauth-impdef",
                        "emulated pointer authentication by a quick hash: a kernel starts in a third of the time");
}

static int choose_gic(struct vm_design *d, struct err *e)
{
        if (!is_arm(d))
                return d->spec->top.gic ? err_set(e, 1, "gic: only Arm guests have one") : 0;
        const char *wish = d->spec->top.gic;
        bool said = wish && strcmp(wish, "auto"), old = !strcmp(d->arch, "armv7l") && !strcmp(d->domain, "qemu");
        bool three = !old && domcaps_has(&d->caps, "features/gic", "version", "3", false);
        d->gic = said ? atoi(wish) : three ? 3 : 2;
        if (said && !domcaps_has(&d->caps, "features/gic", "version", wish, true))
                return err_set(e, 1, "gic: the host does not give version %s to guests of %s", wish, d->arch);
        if (d->gic == 3 && old)
                return err_set(e, 1, "gic: QEMU's emulation of 32-bit Arm has no version 3");
        if (d->gic == 2 && d->cpus > 8)
                return err_set(e, 1, "cpus: with a GIC of version 2 a guest has at most 8%s",
                        said ? "; version 3 has no such limit" : ", and the host gives no version 3 here");
        AUTO_FREE char *value = format("%d", d->gic);
        because(d, "gic", value,
                said    ? "the spec says so"
                : three ? "the newest that the host gives: more than 8 processors, and message-signalled interrupts"
                        : "what the host gives to these guests");
        return 0;
}

static int choose_count(struct vm_design *d, struct err *e)
{
        d->cpus = d->spec->top.cpus == SPEC_ABSENT ? 2 : d->spec->top.cpus;
        d->memory = d->spec->top.memory ? d->spec->top.memory : 2ull << 30;
        AUTO_FREE char *max = xml_text(xmlDocGetRootElement(d->caps.doc), "string(/domainCapabilities/vcpu/@max)");
        if (max && *max && d->cpus > atoi(max))
                return err_set(e, 1, "cpus: machine %s has at most %s with this QEMU", d->caps.machine, max);
        if (d->low_ecam && d->memory > 3ull << 30)
                return err_set(e, 1, "memory: a 32-bit Arm guest whose PCI is below 4 GiB has at most 3G");
        return 0;
}

int choose_cpu(struct vm_design *d, struct err *e)
{
        if (choose_count(d, e) || choose_model(d, e))
                return -1;
        choose_pauth(d);
        return choose_gic(d, e);
}
