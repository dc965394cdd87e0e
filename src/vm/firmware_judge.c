/* What the files of a firmware really hold, against what is promised of them. */
#include "vm/firmware_parts.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/flash.h"
#include "vm/fv.h"

static const struct {
        u16 machine;
        const char *arch;
        const char *also; /* an architecture whose firmware may begin in this one */
        const char *machines[2];
} machines[] = {
        { FV_AARCH64, "aarch64", NULL, { "virt-*" } },
        { FV_ARM, "arm", NULL, { "virt-*" } },
        { FV_X86_64, "x86_64", NULL, { "pc-q35-*", "pc-i440fx-*" } },
        { FV_I386, "i386", "x86_64", { "pc-q35-*", "pc-i440fx-*" } },
        { FV_RISCV64, "riscv64", NULL, { "virt*" } },
        { FV_LOONGARCH64, "loongarch64", NULL, { "virt*" } },
};

/*
 * How large a flash chip is. Arm: QEMU's hw/arm/virt.c divides the 128 MiB of VIRT_FLASH by two and refuses files of another size; x86:
 * hw/i386/pc_sysfw.c takes up to 8 MiB for both together (machine property max-fw-size), in pages.
 */
static const struct {
        const char *arch;
        u64 exactly, together, multiple;
} sizes[] = {
        { "aarch64", 64 << 20, 0, 1 },
        { "arm", 64 << 20, 0, 1 },
        { "riscv64", 32 << 20, 0, 1 },
        { "x86_64", 0, 8 << 20, 4096 },
        { "i386", 0, 8 << 20, 4096 },
};

static bool is_for(const struct firmware *fw, const char *arch)
{
        for (size_t i = 0; i < fw->target_count; i++)
                if (!strcmp(fw->targets[i].arch, arch))
                        return true;
        return false;
}

static void judge_size(struct firmware *fw, const char *path, u64 size)
{
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
                if (!is_for(fw, sizes[i].arch))
                        continue;
                if (sizes[i].exactly && size != sizes[i].exactly)
                        firmware_note(fw, FW_BROKEN,
                                "%s has %llu bytes, a flash chip of %s has %llu: QEMU would refuse to start; `truncate -s %llu` on a copy "
                                "makes it fit",
                                path, (unsigned long long)size, sizes[i].arch, (unsigned long long)sizes[i].exactly,
                                (unsigned long long)sizes[i].exactly);
                if (size % sizes[i].multiple)
                        firmware_note(fw, FW_BROKEN, "%s has %llu bytes, not a multiple of %llu", path, (unsigned long long)size,
                                (unsigned long long)sizes[i].multiple);
        }
}

static void judge_together(struct firmware *fw, u64 size)
{
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
                if (sizes[i].together && is_for(fw, sizes[i].arch) && size > sizes[i].together)
                        firmware_note(fw, FW_BROKEN, "code and variables have %llu bytes together, %s machines take %llu",
                                (unsigned long long)size, sizes[i].arch, (unsigned long long)sizes[i].together);
}

static void add_target_of(struct firmware *fw, size_t row)
{
        char **patterns = calloc(ARRAY_LEN(machines[row].machines) + 1, sizeof *patterns);
        check(patterns);
        for (size_t i = 0; i < ARRAY_LEN(machines[row].machines) && machines[row].machines[i]; i++)
                patterns[i] = format("%s", machines[row].machines[i]);
        firmware_add_target(fw, machines[row].also ? machines[row].also : machines[row].arch, patterns);
}

static void judge_arch(struct firmware *fw, u16 machine)
{
        for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
                if (machines[i].machine != machine)
                        continue;
                if (!fw->target_count)
                        add_target_of(fw, i);
                if (!is_for(fw, machines[i].arch) && !(machines[i].also && is_for(fw, machines[i].also)))
                        firmware_note(fw, FW_BROKEN, "%s holds code for %s, not for %s", fw->code, machines[i].arch, fw->targets[0].arch);
                return;
        }
        firmware_note(fw, FW_BROKEN, "%s holds code for a machine of number 0x%x, which is not known", fw->code, machine);
}

static u64 judge_code(struct firmware *fw)
{
        struct err e = { 0 };
        AUTO_FLASH struct flash f = { 0 };
        if (flash_read(fw->code, fw->code_format, &f, &e) < 0) {
                firmware_note(fw, FW_BROKEN, "%s", e.text);
                return 0;
        }
        struct fv_facts facts = fv_look(f.head, f.len);
        if (facts.machine)
                judge_arch(fw, facts.machine);
        else if (facts.variables && !facts.code)
                firmware_note(fw, FW_BROKEN, "%s holds variables, not code", fw->code);
        else
                firmware_note(fw, FW_WARNING, "%s holds no UEFI firmware volume with code: what it is for cannot be verified", fw->code);
        judge_size(fw, fw->code, f.size);
        return f.size;
}

static void judge_keys(struct firmware *fw, const struct fv_facts *facts)
{
        if (facts->keys && fw->origin != FW_DESCRIPTOR)
                fw->features |= FW_ENROLLED_KEYS | FW_SECURE_BOOT;
        bool promised = fw->features & FW_ENROLLED_KEYS;
        if (promised && !facts->keys)
                firmware_note(fw, FW_BROKEN, "enrolled-keys is promised, but %s has no platform key: Secure Boot would be off", fw->vars);
        if (facts->keys && !promised)
                firmware_note(fw, FW_BROKEN,
                        "%s has a platform key, but enrolled-keys is not said: unsigned kernels would end in \"Security Violation\"",
                        fw->vars);
}

static u64 judge_vars(struct firmware *fw)
{
        struct err e = { 0 };
        AUTO_FLASH struct flash f = { 0 };
        if (flash_read(fw->vars, fw->vars_format, &f, &e) < 0) {
                firmware_note(fw, FW_BROKEN, "%s", e.text);
                return 0;
        }
        struct fv_facts facts = fv_look(f.head, f.len);
        if (facts.code && facts.machine)
                firmware_note(fw, FW_BROKEN, "%s, the template of the variables, holds code", fw->vars);
        judge_keys(fw, &facts);
        judge_size(fw, fw->vars, f.size);
        return f.size;
}

void firmware_judge(struct firmware *fw)
{
        if (!fw->code || fw->masked)
                return;
        if (fw->mapping == FW_MEMORY || fw->mapping == FW_OTHER) {
                if (access(fw->code, R_OK) < 0)
                        firmware_note(fw, FW_BROKEN, "cannot read %s", fw->code);
                return;
        }
        u64 size = judge_code(fw);
        if (fw->vars)
                size += judge_vars(fw);
        judge_together(fw, size);
}
