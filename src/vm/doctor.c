#include "vm/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/out.h"
#include "base/util.h"
#include "hw/hw.h"
#include "vm/conn.h"
#include "vm/doctor_parts.h"
#include "vm/firmware.h"
#include "vm/tiny_vm.h"

void doctor_free(struct doctor *d)
{
        for (size_t i = 0; i < d->count; i++) {
                free(d->all[i].text);
                free(d->all[i].cure);
        }
        free(d->all);
        *d = (struct doctor){ 0 };
}

const char *doctor_level_name(enum doctor_level level)
{
        static const char *const names[] = { "ok", "note", "warning", "bad" };
        return names[level];
}

void doctor_say(struct doctor *d, const char *subject, enum doctor_level level, const char *cure, const char *fmt, ...)
{
        char text[600];
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        d->all = realloc(d->all, (d->count + 1) * sizeof *d->all);
        check(d->all);
        d->all[d->count++] = (struct doctor_check){ subject, level, format("%s", text), cure && *cure ? format("%s", cure) : NULL };
}

/* ---- KVM ---- */

static void say_mode(struct doctor *d, const struct hw_facts *facts)
{
        const char *mode = hw_text(facts, "virtualization.kvm_mode"), *gic = hw_text(facts, "virtualization.guest_gic");
        const struct hw_fact *fact = hw_find(facts, "virtualization.kvm_mode");
        if (mode)
                doctor_say(d, "kvm", strcmp(mode, "none") ? DOCTOR_OK : DOCTOR_BAD,
                        strcmp(mode, "none") ? NULL
                                             : "firmware that starts the kernel at EL2; inside a virtual machine, nested virtualization",
                        "mode %s: %s", mode, fact->source);
        else if (fact)
                doctor_say(d, "kvm", DOCTOR_NOTE, NULL, "the mode (VHE, nVHE) is not known: %s", fact->source);
        if (gic)
                doctor_say(d, "kvm", strcmp(gic, "none") ? DOCTOR_OK : DOCTOR_BAD, NULL, "guests can have the interrupt controller: GIC %s",
                        gic);
}

/* VHE, GIC and 32-bit guests are of Arm; on others the facts are not there. */
static void say_arm(struct doctor *d, bool usable)
{
        struct hw_tree tree;
        struct hw_facts facts = { 0 };
        struct err e = { 0 };
        if (hw_tree_open(&tree, NULL, &e) == 0) {
                if (hw_read(&tree, &facts, &e) == 0)
                        say_mode(d, &facts);
                hw_tree_close(&tree);
        }
        if (*e.text)
                doctor_say(d, "kvm", DOCTOR_NOTE, NULL, "%s", e.text);
        hw_facts_free(&facts);
        if (usable && tiny_vm_run(true, &e) < 0)
                doctor_say(d, "kvm", DOCTOR_NOTE, "accel: tcg for armv7l guests",
                        "no 32-bit guests under KVM (the processor has no AArch32 at EL1): %s", e.text);
        else if (usable)
                doctor_say(d, "kvm", DOCTOR_OK, NULL, "32-bit guests run under KVM (AArch32 at EL1)");
}

static const char *host_arch(struct utsname *u)
{
        return uname(u) == 0 ? u->machine : "";
}

static bool is_there(const char *path)
{
        return access(path, F_OK) == 0;
}

void doctor_kvm(struct doctor *d)
{
        struct err e = { 0 };
        struct utsname u;
        bool usable = tiny_vm_run(false, &e) == 0;
        if (usable)
                doctor_say(d, "kvm", DOCTOR_OK, NULL, "KVM made a machine and ran an instruction in it");
        else if (!is_there("/dev/kvm"))
                doctor_say(d, "kvm", DOCTOR_WARNING,
                        "load kvm, kvm_intel or kvm_amd; on Arm the kernel has to start at EL2; guests run by emulation meanwhile (accel: "
                        "tcg)",
                        "there is no /dev/kvm: this host has no hardware virtualization, or its module is not loaded");
        else if (access("/dev/kvm", R_OK | W_OK) < 0)
                doctor_say(d, "kvm", DOCTOR_WARNING, "join the group kvm (usermod -aG kvm USER), or use qemu:///system",
                        "/dev/kvm is there, but not for this user");
        else
                doctor_say(d, "kvm", DOCTOR_BAD, "accel: tcg; the kernel's log may tell more", "%s", e.text);
        if (usable && is_there("/sys/module/kvm_pvm"))
                doctor_say(d, "kvm", DOCTOR_WARNING, "accel: tcg in the spec when a guest's console ends with \"KVM internal error\"",
                        "this is KVM without the processor's help (kvm_pvm), which does not know all instructions of a guest's kernel");
        if (!strcmp(host_arch(&u), "aarch64"))
                say_arm(d, usable);
}

/* ---- libvirt and QEMU's versions ---- */

enum program { QEMU, LIBVIRT };
static const struct {
        enum program program;
        unsigned long from, to;
        enum doctor_level level;
        const char *what, *cure, *source;
} known_bad[] = {
#define KNOWN_BAD(program, from, to, level, what, cure, source) { program, from, to, level, what, cure, source },
#include "vm/known_bad.def"
#undef KNOWN_BAD
};

static void say_version(struct doctor *d, enum program program, unsigned long version)
{
        static const char *const names[] = { "QEMU", "libvirt" };
        doctor_say(
                d, "libvirt", DOCTOR_OK, NULL, "%s %lu.%lu.%lu", names[program], version / 1000000, version / 1000 % 1000, version % 1000);
        for (size_t i = 0; i < ARRAY_LEN(known_bad); i++)
                if (known_bad[i].program == program && version >= known_bad[i].from && version < known_bad[i].to)
                        doctor_say(d, "libvirt", known_bad[i].level, known_bad[i].cure, "%s %lu.%lu: %s (%s)", names[program],
                                version / 1000000, version / 1000 % 1000, known_bad[i].what, known_bad[i].source);
}

void doctor_libvirt(struct doctor *d, const char *uri)
{
        struct err e = { 0 };
        unsigned long libvirt, qemu;
        AUTO_CONN virConnectPtr conn = vm_connect(uri, &e);
        if (!conn) {
                doctor_say(d, "libvirt", DOCTOR_BAD, "install libvirt-daemon-system (Debian) or libvirt-daemon-kvm (Fedora), and start it",
                        "%s", e.text);
                return;
        }
        AUTO_FREE char *at = virConnectGetURI(conn);
        doctor_say(d, "libvirt", DOCTOR_OK, NULL, "a daemon answers at %s", at ? at : "its default URI");
        if (virConnectGetLibVersion(conn, &libvirt) == 0)
                say_version(d, LIBVIRT, libvirt);
        if (virConnectGetVersion(conn, &qemu) == 0 && qemu)
                say_version(d, QEMU, qemu);
}

/* ---- guests ---- */

static const struct {
        const char *arch, *emulator, *package, *host; /* host: whose KVM can run it */
} guests[] = {
        { "aarch64", "/usr/bin/qemu-system-aarch64", "qemu-system-arm (Debian), qemu-system-aarch64 (Fedora)", "aarch64" },
        { "armv7l", "/usr/bin/qemu-system-arm", "qemu-system-arm (Debian, Fedora)", "aarch64" },
        { "x86_64", "/usr/bin/qemu-system-x86_64", "qemu-system-x86 (Debian, Fedora)", "x86_64" },
};

static void say_firmware(struct doctor *d, const struct firmware_list *list, const char *arch)
{
        struct firmware_want want = { .arch = arch, .without = FW_ENROLLED_KEYS };
        struct firmware_choice choice;
        struct err e = { 0 };
        firmware_choose(list, &want, &choice);
        if (choice.chosen)
                doctor_say(d, arch, DOCTOR_OK, NULL, "UEFI: %s", choice.chosen->code);
        else {
                firmware_none(list, &want, &choice, &e);
                doctor_say(
                        d, arch, strcmp(arch, "aarch64") ? DOCTOR_NOTE : DOCTOR_WARNING, "`crossarm vm firmware` tells all", "%s", e.text);
        }
        firmware_choice_free(&choice);
}

void doctor_guests(struct doctor *d, bool session)
{
        struct utsname u;
        const char *host = host_arch(&u);
        AUTO_FIRMWARE struct firmware_list list = { 0 };
        firmware_list_here(session, &list);
        for (size_t i = 0; i < ARRAY_LEN(guests); i++) {
                if (access(guests[i].emulator, X_OK) < 0) {
                        AUTO_FREE char *cure = format("the package %s", guests[i].package);
                        doctor_say(d, guests[i].arch, DOCTOR_NOTE, cure, "no guests: there is no %s", guests[i].emulator);
                        continue;
                }
                doctor_say(d, guests[i].arch, DOCTOR_OK, NULL, "%s, %s", guests[i].emulator,
                        strcmp(guests[i].host, host) ? "by emulation" : "by KVM where it is usable, else by emulation");
                say_firmware(d, &list, guests[i].arch);
        }
        for (size_t i = 0; i < list.count; i++)
                for (size_t k = 0; k < list.all[i].note_count; k++)
                        if (list.all[i].notes[k].severity == FW_MALFORMED)
                                doctor_say(d, "firmware", DOCTOR_BAD, "hide it by an empty file of its name in /etc/qemu/firmware",
                                        "%s, where libvirt stops: %s", list.all[i].source, list.all[i].notes[k].text);
}
