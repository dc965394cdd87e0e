/* The first of the list that fits, and for each before and after it why not. */
#include "vm/firmware_parts.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"

/* Aliases of machine types; descriptors name patterns of the canonical names, of which any version's is as good. */
static const struct {
        const char *alias, *canonical;
} aliases[] = { { "virt", "virt-7.2" }, { "q35", "pc-q35-7.2" }, { "pc", "pc-i440fx-7.2" } };

static const char *canonical(const char *machine)
{
        for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
                if (!strcmp(machine, aliases[i].alias))
                        return aliases[i].canonical;
        return machine;
}

static bool has_machine(const struct firmware_target *target, const char *machine)
{
        for (char **m = target->machines; *m; m++)
                if (!machine || !fnmatch(*m, canonical(machine), 0) || !strcmp(*m, machine))
                        return true;
        return false;
}

/* NULL when a target fits. */
static char *why_not_target(const struct firmware *fw, const struct firmware_want *want)
{
        bool arch = false;
        for (size_t i = 0; i < fw->target_count; i++) {
                if (strcmp(fw->targets[i].arch, firmware_arch(want->arch)))
                        continue;
                if (has_machine(&fw->targets[i], want->machine))
                        return NULL;
                arch = true;
        }
        if (arch)
                return format("it is not for the machine %s", want->machine);
        return format("it is for %s", fw->target_count ? fw->targets[0].arch : "no architecture");
}

static char *why_not_features(const struct firmware *fw, const struct firmware_want *want)
{
        u32 lacks = want->with & ~fw->features, has = want->without & fw->features;
        AUTO_FREE char *names = firmware_feature_names(lacks ? lacks : has);
        return lacks ? format("it lacks %s", names) : has ? format("it has %s", names) : NULL;
}

static char *why_not(const struct firmware *fw, const struct firmware_want *want)
{
        u32 interfaces = want->interfaces ? want->interfaces : FW_UEFI;
        if (fw->masked)
                return format("it is empty");
        if (want->as_promised && fw->origin != FW_DESCRIPTOR)
                return format("it has no descriptor");
        char *reason = why_not_target(fw, want);
        if (reason)
                return reason;
        for (size_t i = 0; i < fw->note_count && !want->as_promised; i++)
                if (fw->notes[i].severity >= FW_BROKEN)
                        return format("%s", fw->notes[i].text);
        if (!(fw->interfaces & interfaces))
                return format("it gives no %s", interfaces & FW_UEFI ? "UEFI" : "BIOS");
        if (want->split_only && fw->mapping != FW_SPLIT)
                return format("it is mapped as %s, not as a pair of flash chips", firmware_mapping_name(fw->mapping));
        if (want->raw_only && fw->code_format && strcmp(fw->code_format, "raw"))
                return format("its code is a %s file, which this libvirt cannot use", fw->code_format);
        return why_not_features(fw, want);
}

void firmware_choose(const struct firmware_list *list, const struct firmware_want *want, struct firmware_choice *choice)
{
        *choice = (struct firmware_choice){ .reasons = calloc(list->count + 1, sizeof(char *)), .count = list->count };
        check(choice->reasons);
        for (size_t i = 0; i < list->count; i++) {
                choice->reasons[i] = why_not(&list->all[i], want);
                if (choice->reasons[i])
                        continue;
                if (choice->chosen)
                        choice->reasons[i] = format("%s comes before it", choice->chosen->source);
                else
                        choice->chosen = &list->all[i];
        }
}

void firmware_choice_free(struct firmware_choice *choice)
{
        for (size_t i = 0; i < choice->count; i++)
                free(choice->reasons[i]);
        free(choice->reasons);
        *choice = (struct firmware_choice){ 0 };
}

/* The packages of Debian and of Fedora and its kin that bring firmware. */
static const struct {
        const char *arch, *packages;
} packages[] = {
        { "aarch64", "qemu-efi-aarch64 (Debian), edk2-aarch64 (Fedora, RHEL, openEuler)" },
        { "arm", "qemu-efi-arm (Debian), edk2-arm (Fedora)" },
        { "x86_64", "ovmf (Debian), edk2-ovmf (Fedora, RHEL, openEuler)" },
};

static const char *package_of(const char *arch)
{
        for (size_t i = 0; i < ARRAY_LEN(packages); i++)
                if (!strcmp(arch, packages[i].arch))
                        return packages[i].packages;
        return "your distribution's package";
}

int firmware_none(const struct firmware_list *list, const struct firmware_want *want, const struct firmware_choice *choice, struct err *e)
{
        const char *machine = want->machine ? want->machine : "any machine";
        for (size_t i = 0; i < list->count; i++) {
                AUTO_FREE char *other = list->all[i].masked ? format("empty") : why_not_target(&list->all[i], want);
                if (!other)
                        return err_set(e, 1, "no firmware for %s on %s is usable: %s: %s; `crossarm vm firmware` tells all", want->arch,
                                machine, list->all[i].source, choice->reasons[i]);
        }
        return err_set(
                e, 1, "there is no firmware for %s on %s; it comes with %s", want->arch, machine, package_of(firmware_arch(want->arch)));
}
