/* What starts the guest. Source: edk2's and QEMU's behaviour as measured in doc/vm.md. */
#include "vm/choose.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/util.h"
#include "vm/arm32.h"
#include "vm/bootdir_store.h"

static enum vm_firmware wanted(const struct vm_design *d)
{
        const char *wish = d->spec->boot.firmware;
        if (wish && strcmp(wish, "auto"))
                return !strcmp(wish, "bios") ? VM_BIOS : !strcmp(wish, "none") ? VM_NO_FIRMWARE : VM_UEFI;
        if (d->spec->boot.secure_boot == SPEC_YES || !strcmp(d->arch, "aarch64"))
                return VM_UEFI;
        if (is_arm(d))
                return direct_boot(d) ? VM_NO_FIRMWARE : VM_UEFI;
        return VM_BIOS;
}

static void say_why(struct vm_design *d)
{
        static const char *const names[] = { [VM_BIOS] = "bios", [VM_UEFI] = "uefi", [VM_NO_FIRMWARE] = "none" };
        const char *wish = d->spec->boot.firmware, *value = names[d->firmware];
        if (wish && strcmp(wish, "auto"))
                because(d, "boot.firmware", value, "the spec says so");
        else if (d->spec->boot.secure_boot == SPEC_YES)
                because(d, "boot.firmware", value, "Secure Boot is UEFI's");
        else if (d->firmware == VM_UEFI)
                because(d, "boot.firmware", value, "Arm has no BIOS, and ACPI needs UEFI there");
        else if (d->firmware == VM_NO_FIRMWARE)
                because(d, "boot.firmware", value, "QEMU itself starts the kernel of a 32-bit Arm guest");
        else
                because(d, "boot.firmware", value, "x86 images start with it on every host; 'uefi' is there for those that need it");
}

/* Of this machine the descriptors are read: code and variables come from one, and keys are there only when they are wanted. */
static int choose_uefi(struct vm_design *d, struct err *e)
{
        bool secure = d->spec->boot.secure_boot == SPEC_YES;
        if (!d->host->here) {
                because(d, "boot.secure-boot", secure ? "yes" : "no", "libvirt on the other host picks firmware with these features");
                return 0;
        }
        struct firmware_want want = {
                .arch = d->arch,
                .machine = d->caps.machine,
                .interfaces = FW_UEFI,
                .with = secure ? FW_SECURE_BOOT | FW_ENROLLED_KEYS : 0,
                .without = secure ? 0 : FW_ENROLLED_KEYS | FW_REQUIRES_SMM,
                .raw_only = d->host->version < 9002000,
                .split_only = true,
        };
        struct firmware_choice choice;
        firmware_choose(&d->host->firmware, &want, &choice);
        d->uefi = choice.chosen;
        int status = d->uefi ? 0 : firmware_none(&d->host->firmware, &want, &choice, e);
        firmware_choice_free(&choice);
        if (d->uefi)
                because(d, "boot.secure-boot", secure ? "yes" : "no", "%s of %s%s", d->uefi->code, d->uefi->source,
                        secure ? ": it has Secure Boot and its keys" : ": without enrolled keys, which would refuse unsigned kernels");
        return status;
}

/* Where a 32-bit kernel sees PCI. */
static void choose_ecam(struct vm_design *d)
{
        const char *known = "it is not known", *why;
        if (strcmp(d->arch, "armv7l"))
                return;
        struct arm32_wish w = { .uefi = d->firmware == VM_UEFI, .kernel_changes = d->spec->boot.bootdir };
        if (d->spec->boot.kernel && d->host->here)
                w.lpae = arm32_lpae_of_file(d->spec->boot.kernel, &known);
        enum arm32_form form = arm32_form(&w, &why);
        d->low_ecam = form == ARM32_LOW_ECAM;
        because(d, "machine",
                d->low_ecam          ? "highmem=off"
                : form == ARM32_UEFI ? "low ECAM"
                                     : "high ECAM",
                "%s%s%s%s", why, d->spec->boot.kernel ? " (LPAE: " : "", d->spec->boot.kernel ? known : "",
                d->spec->boot.kernel ? ")" : "");
}

/* Files of this machine can be looked at before libvirt stumbles over them. */
static int look_at_files(const struct vm_design *d, struct err *e)
{
        const struct spec_boot *b = &d->spec->boot;
        const char *const files[] = { b->kernel, b->initrd, d->spec->top.cdrom };
        static const char *const keys[] = { "boot.kernel", "boot.initrd", "cdrom" };
        struct stat st;
        for (size_t i = 0; i < ARRAY_LEN(files) && d->host->here; i++)
                if (files[i] && stat(files[i], &st))
                        return err_set(e, 1, "%s: cannot look at %s: %s", keys[i], files[i], err_name(errno));
                else if (files[i] && S_ISDIR(st.st_mode))
                        return err_set(e, 1, "%s: %s is a folder", keys[i], files[i]);
        return 0;
}

/* The spec's kernel; or the one of the guest's own /boot, by the names that stay while kernels change. */
static int choose_kernel(struct vm_design *d, struct err *e)
{
        const struct spec_boot *b = &d->spec->boot;
        if (!b->bootdir) {
                d->kernel = b->kernel ? format("%s", b->kernel) : NULL;
                d->initrd = b->initrd ? format("%s", b->initrd) : NULL;
                return 0;
        }
        if (!d->host->system && !d->host->here)
                return err_set(e, 1, "boot.bootdir: the kernels of another host's user are not reached; use its qemu:///system");
        AUTO_FREE char *store = bootdir_store_root(!d->host->system);
        d->kernel = bootdir_store_kernel(store, d->spec->top.name);
        d->initrd = bootdir_store_initrd(store, d->spec->top.name);
        because(d, "boot.bootdir", d->kernel, "a checked copy of the guest's own newest kernel, taken at each start (crossarm vm bootdir)");
        because(d, "boot.bootdir", "a reboot ends QEMU",
                "inside of one QEMU it would run the old kernel again; `crossarm vm watch` starts the machine anew");
        return 0;
}

int choose_firmware(struct vm_design *d, struct err *e)
{
        if (look_at_files(d, e) || choose_kernel(d, e))
                return -1;
        d->firmware = wanted(d);
        if (d->firmware == VM_BIOS && is_arm(d))
                return err_set(e, 1, "boot.firmware: Arm guests have no BIOS; there is uefi, or none with boot.kernel");
        if (d->firmware == VM_UEFI && !strcmp(d->arch, "i686"))
                return err_set(e, 1, "boot.firmware: there is no UEFI for i686 guests; an x86_64 guest runs 32-bit systems, too");
        if (d->firmware == VM_UEFI && !strcmp(d->family, "pc") && d->spec->boot.secure_boot == SPEC_YES)
                return err_set(e, 1, "boot.secure-boot: machine pc has no protected memory for it; q35 has");
        d->smm = d->firmware == VM_UEFI && !is_arm(d) && d->spec->boot.secure_boot == SPEC_YES;
        say_why(d);
        if (d->firmware == VM_UEFI && choose_uefi(d, e))
                return -1;
        choose_ecam(d);
        return 0;
}
