#include "vm/fix.h"

#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"

struct fix {
        const struct lint_scope *scope;
        xmlNode *root, *node; /* <domain>, the culprit */
};

static void take_out(xmlNode *node)
{
        if (node->type == XML_ATTRIBUTE_NODE) {
                xmlRemoveProp((xmlAttr *)node);
                return;
        }
        xmlUnlinkNode(node);
        xmlFreeNode(node);
}

/* From the last to the first: an element that is taken out may hold a later one. */
static void drop(xmlNode *at, const char *xpath)
{
        xmlNode **nodes = xml_nodes(at, xpath);
        size_t count = 0;
        while (nodes[count])
                count++;
        while (count)
                take_out(nodes[--count]);
        free(nodes);
}

static void set(xmlNode *node, const char *key, const char *value)
{
        check(xmlSetProp(node, (const xmlChar *)key, (const xmlChar *)value));
}

static void set_text(xmlNode *node, const char *text)
{
        xmlNodeSetContent(node, NULL);
        xmlNodeAddContent(node, (const xmlChar *)text);
}

static xmlNode *add(xmlNode *parent, const char *name)
{
        xmlNode *node = xmlNewChild(parent, NULL, (const xmlChar *)name, NULL);
        check(node);
        return node;
}

/* The first thing an XPath finds; NULL. */
static xmlNode *first(xmlNode *at, const char *xpath)
{
        xmlNode **nodes = xml_nodes(at, xpath);
        xmlNode *node = nodes[0];
        free(nodes);
        return node;
}

/* The child of that name, made when it is not there. */
static xmlNode *child(xmlNode *parent, const char *name)
{
        xmlNode *node = first(parent, name);
        return node ? node : add(parent, name);
}

static bool is_kvm(const struct fix *f)
{
        return xml_has(f->root, "self::domain[@type='kvm']");
}

static void fix_arch(struct fix *f)
{
        AUTO_FREE char *arch = lint_arch(f->scope->doc);
        set(f->node, "arch", arch);
}

static void fix_machine(struct fix *f)
{
        AUTO_FREE char *machine = xml_text(f->root, "string(os/type/@machine)");
        bool pc = !strncmp(machine, "pc", 2) && !strstr(machine, "q35");
        set(child(child(f->root, "os"), "type"), "machine", f->scope->on != ON_X86 ? "virt" : pc ? "pc" : "q35");
}

/* Firmware whose variables hold no keys: what has no signature starts too, and the machine is as it was under BIOS. */
static void fix_insecure(struct fix *f)
{
        static const char *const off[] = { "enrolled-keys", "secure-boot" };
        xmlNode *os = child(f->root, "os");
        drop(os, "loader | nvram | firmware");
        set(os, "firmware", "efi");
        xmlNode *firmware = add(os, "firmware");
        for (size_t i = 0; i < ARRAY_LEN(off); i++) {
                xmlNode *feature = add(firmware, "feature");
                set(feature, "enabled", "no");
                set(feature, "name", off[i]);
        }
}

static void fix_acpi(struct fix *f)
{
        child(child(f->root, "features"), "acpi");
}

static void fix_uefi(struct fix *f)
{
        fix_insecure(f);
        fix_acpi(f);
}

/* Of the models that QEMU emulates fast ("max" signs every return address in software) the newest that the host has. */
static const char *const emulated_cpus[] = { "cortex-a76", "cortex-a72", "cortex-a57" };

static const char *emulated_cpu(const struct fix *f)
{
        if (f->scope->on == ON_A32)
                return "cortex-a15";
        for (size_t i = 0; i < ARRAY_LEN(emulated_cpus) && f->scope->on == ON_A64; i++) {
                AUTO_FREE char *has = format("cpu/mode[@name='custom']/model[.='%s']", emulated_cpus[i]);
                if (xml_has(xmlDocGetRootElement(f->scope->host->caps.doc), has))
                        return emulated_cpus[i];
        }
        return NULL;
}

static void fix_cpu(struct fix *f)
{
        xmlNode *cpu = child(f->root, "cpu");
        drop(cpu, "@*");
        drop(cpu, "*[not(self::topology or self::numa)]");
        const char *model = is_kvm(f) ? NULL : emulated_cpu(f);
        set(cpu, "mode", is_kvm(f) ? "host-passthrough" : model ? "custom" : "maximum");
        if (model) {
                set(cpu, "match", "exact");
                set_text(add(cpu, "model"), model);
        }
}

static void fix_dies(struct fix *f)
{
        AUTO_FREE char *cores = xml_text(f->node, "string(@dies * concat(@cores, substring('1', 1 div not(@cores))))");
        set(f->node, "dies", "1");
        set(f->node, "cores", cores);
}

static void fix_vcpu(struct fix *f)
{
        drop(f->root, "vcpus | vcpu/@current");
}

static void fix_gic(struct fix *f)
{
        set(child(child(f->root, "features"), "gic"), "version", "3");
}

static void fix_no_memory_hotplug(struct fix *f)
{
        drop(f->root, "maxMemory | devices/memory");
}

/* The kernel parts its options by blanks. */
static void fix_cmdline_blank(struct fix *f)
{
        AUTO_FREE char *text = xml_text(f->node, "string(.)");
        for (char *at; (at = strstr(text, ",root="));)
                *at = ' ';
        for (char *at; (at = strstr(text, ", root="));)
                memmove(at, at + 1, strlen(at));
        set_text(f->node, text);
}

static void fix_cmdline_console(struct fix *f)
{
        const char *from = f->scope->on == ON_X86 ? "ttyAMA" : "ttyS", *to = f->scope->on == ON_X86 ? "ttyS" : "ttyAMA";
        AUTO_FREE char *text = xml_text(f->node, "string(.)");
        for (char *at; (at = strstr(text, from)) && at[strlen(from)] >= '0' && at[strlen(from)] <= '9';) {
                char *longer = format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
                free(text);
                text = longer;
        }
        set_text(f->node, text);
}

/* A name of a drive that nobody has: "sda", "sdb"... */
static char *free_target(const struct fix *f, const char *prefix)
{
        for (unsigned i = 0;; i++) {
                char high = (char)('a' + i / 26 - 1), low = (char)('a' + i % 26);
                char *name = i < 26 ? format("%s%c", prefix, low) : format("%s%c%c", prefix, high, low);
                AUTO_FREE char *taken = format("devices/disk/target[@dev='%s']", name);
                if (!xml_has(f->root, taken))
                        return name;
                free(name);
                check(i < 26 * 26);
        }
}

static void add_scsi(const struct fix *f)
{
        if (xml_has(f->root, "devices/controller[@type='scsi']"))
                return;
        xmlNode *controller = add(child(f->root, "devices"), "controller");
        set(controller, "type", "scsi");
        set(controller, "index", "0");
        set(controller, "model", "virtio-scsi");
}

/* Disks to virtio; what is ejected or passed on as a SCSI device to SCSI. What belonged to the old bus goes. */
static void fix_drive(struct fix *f)
{
        bool scsi = xml_has(f->node, "self::*[@device='cdrom' or @device='floppy' or @device='lun']");
        drop(f->node, "address | geometry | @model | target/@tray | target/@removable | target/@rotation_rate");
        if (!scsi)
                drop(f->node, "wwn | vendor | product | @rawio | @sgio");
        xmlNode *target = child(f->node, "target");
        if (scsi && xml_has(f->node, "self::*[@device='floppy']"))
                set(f->node, "device", "cdrom");
        AUTO_FREE char *name = free_target(f, scsi ? "sd" : "vd");
        set(target, "dev", name);
        set(target, "bus", scsi ? "scsi" : "virtio");
        if (scsi)
                add_scsi(f);
}

/* QEMU's virtio-scsi takes 256 targets; libvirt by itself numbers 7. */
static void fix_scsi_addresses(struct fix *f)
{
        add_scsi(f);
        xmlNode **disks = xml_nodes(f->root, "devices/disk[target/@bus='scsi']");
        for (size_t i = 0; disks[i]; i++) {
                drop(disks[i], "address");
                xmlNode *address = add(disks[i], "address");
                AUTO_FREE char *unit = format("%zu", i);
                set(address, "type", "drive");
                set(address, "controller", "0");
                set(address, "bus", "0");
                set(address, "target", "0");
                set(address, "unit", unit);
        }
        free(disks);
}

/* One xHCI, and everything is on it. */
static void fix_xhci(struct fix *f)
{
        drop(f->root, "devices/controller[@type='usb'] | devices/*/address[@type='usb']");
        xmlNode *controller = add(child(f->root, "devices"), "controller");
        set(controller, "type", "usb");
        set(controller, "index", "0");
        set(controller, "model", "qemu-xhci");
        set(controller, "ports", "15");
}

/* The tree of another machine: libvirt makes this one's. */
static void fix_pci(struct fix *f)
{
        drop(f->root, "devices/controller[@type='pci'] | devices/*/address[@type='pci']");
}

static void fix_video(struct fix *f)
{
        drop(f->node, "@*[not(name()='heads')]");
        set(f->node, "type", "virtio");
        drop(f->node, "acceleration | ../driver | ../address");
}

static void fix_vnc(struct fix *f)
{
        drop(f->node, "@* | node()");
        set(f->node, "type", "vnc");
        set(f->node, "autoport", "yes");
}

static void fix_shmem(struct fix *f)
{
        bool server = xml_has(f->node, "server");
        set(child(f->node, "model"), "type", server ? "ivshmem-doorbell" : "ivshmem-plain");
        if (server)
                drop(f->node, "size"); /* the server's */
}

static void fix_shared_memory(struct fix *f)
{
        xmlNode *backing = child(f->root, "memoryBacking");
        if (!xml_has(backing, "hugepages"))
                set(child(backing, "source"), "type", "memfd");
        set(child(backing, "access"), "mode", "shared");
}

static void fix_smbios(struct fix *f)
{
        set(child(child(f->root, "os"), "smbios"), "mode", "sysinfo");
}

static const struct {
        const char *name;
        void (*apply)(struct fix *f);
} calls[] = {
        { "acpi", fix_acpi },
        { "arch", fix_arch },
        { "cmdline_blank", fix_cmdline_blank },
        { "cmdline_console", fix_cmdline_console },
        { "cpu", fix_cpu },
        { "dies", fix_dies },
        { "drive", fix_drive },
        { "gic", fix_gic },
        { "insecure", fix_insecure },
        { "machine", fix_machine },
        { "no_memory_hotplug", fix_no_memory_hotplug },
        { "pci", fix_pci },
        { "scsi_addresses", fix_scsi_addresses },
        { "shared_memory", fix_shared_memory },
        { "shmem", fix_shmem },
        { "smbios", fix_smbios },
        { "uefi", fix_uefi },
        { "vcpu", fix_vcpu },
        { "video", fix_video },
        { "vnc", fix_vnc },
        { "xhci", fix_xhci },
};

static void (*find_call(const char *name))(struct fix *)
{
        for (size_t i = 0; i < ARRAY_LEN(calls); i++)
                if (!strcmp(calls[i].name, name))
                        return calls[i].apply;
        return NULL;
}

/* "[XPATH] KEY=VALUE KEY=VALUE" */
static void set_all(xmlNode *node, const char *text)
{
        AUTO_FREE char *words = format("%s", text);
        char *rest = words;
        for (char *word; (word = strsep(&rest, " "));) {
                char *equals = strchr(word, '=');
                if (!equals) {
                        node = first(node, word);
                        if (!node)
                                return;
                        continue;
                }
                *equals = 0;
                set(node, word, equals + 1);
        }
}

static const char *after(const char *text, const char *word)
{
        size_t len = strlen(word);
        return !strncmp(text, word, len) ? text + len : NULL;
}

bool lint_fix_known(const char *fix)
{
        const char *name = after(fix, "call ");
        return name ? find_call(name) != NULL
                    : !*fix || !strcmp(fix, "remove") || after(fix, "drop ") || after(fix, "unset ") || after(fix, "set ");
}

bool lint_fix(const struct lint_scope *scope, const struct lint_rule *rule, xmlNode *node)
{
        const char *what;
        check(lint_fix_known(rule->fix));
        if (!strcmp(rule->fix, "remove"))
                take_out(node);
        else if ((what = after(rule->fix, "drop ")))
                drop(node, what);
        else if ((what = after(rule->fix, "unset ")))
                xmlUnsetProp(node, (const xmlChar *)what);
        else if ((what = after(rule->fix, "set ")))
                set_all(node, what);
        else if ((what = after(rule->fix, "call ")))
                find_call(what)(&(struct fix){ scope, xmlDocGetRootElement(scope->doc), node });
        return *rule->fix;
}
