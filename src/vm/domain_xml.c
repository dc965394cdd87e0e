#include "vm/domain_xml.h"

#include <stdarg.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

/* A new element with attributes: names and values, ended by NULL. An attribute whose value is NULL is left out. */
static xmlNode *element(xmlNode *parent, const char *name, ...) __attribute__((sentinel));
static xmlNode *element(xmlNode *parent, const char *name, ...)
{
        xmlNode *node = xmlNewChild(parent, NULL, (const xmlChar *)name, NULL);
        check(node);
        va_list ap;
        va_start(ap, name);
        for (const char *key; (key = va_arg(ap, const char *));) {
                const char *value = va_arg(ap, const char *);
                check(!value || xmlNewProp(node, (const xmlChar *)key, (const xmlChar *)value));
        }
        va_end(ap);
        return node;
}

/* An element with a text in it. */
static xmlNode *leaf(xmlNode *parent, const char *name, const char *text)
{
        xmlNode *node = xmlNewTextChild(parent, NULL, (const xmlChar *)name, (const xmlChar *)text);
        check(node);
        return node;
}

static void add_number(xmlNode *parent, const char *name, u64 number)
{
        AUTO_FREE char *text = format("%llu", (unsigned long long)number);
        leaf(parent, name, text);
}

/* Code and variables from one descriptor; or features, from which the other host's libvirt finds them. */
static void add_uefi(xmlNode *os, const struct vm_design *d)
{
        bool secure = d->spec->boot.secure_boot == SPEC_YES;
        if (d->uefi) {
                xmlNode *loader = leaf(os, "loader", d->uefi->code);
                xmlNewProp(loader, BAD_CAST "readonly", BAD_CAST "yes");
                xmlNewProp(loader, BAD_CAST "type", BAD_CAST "pflash");
                if (d->smm)
                        xmlNewProp(loader, BAD_CAST "secure", BAD_CAST "yes");
                element(os, "nvram", "template", d->uefi->vars, NULL);
                return;
        }
        xmlNewProp(os, BAD_CAST "firmware", BAD_CAST "efi");
        if (d->smm)
                element(os, "loader", "secure", "yes", NULL);
        xmlNode *firmware = element(os, "firmware", NULL);
        const char *enabled = secure ? "yes" : "no";
        element(firmware, "feature", "enabled", enabled, "name", "enrolled-keys", NULL);
        element(firmware, "feature", "enabled", enabled, "name", "secure-boot", NULL);
}

static void add_os(xmlNode *domain, const struct vm_design *d)
{
        xmlNode *os = element(domain, "os", NULL), *type = leaf(os, "type", "hvm");
        xmlNewProp(type, BAD_CAST "arch", BAD_CAST d->arch);
        xmlNewProp(type, BAD_CAST "machine", BAD_CAST d->caps.machine);
        if (d->firmware == VM_UEFI)
                add_uefi(os, d);
        if (!d->spec->boot.kernel)
                return;
        leaf(os, "kernel", d->spec->boot.kernel);
        if (d->spec->boot.initrd)
                leaf(os, "initrd", d->spec->boot.initrd);
        leaf(os, "cmdline", d->cmdline);
}

static void add_features(xmlNode *domain, const struct vm_design *d)
{
        xmlNode *features = element(domain, "features", NULL);
        if (d->firmware != VM_NO_FIRMWARE)
                element(features, "acpi", NULL);
        if (d->arch[0] != 'a')
                element(features, "apic", NULL);
        if (d->smm)
                element(features, "smm", "state", "on", NULL);
        if (d->gic)
                element(features, "gic", "version", d->gic == 3 ? "3" : "2", NULL);
}

static void add_cpu(xmlNode *domain, const struct vm_design *d)
{
        bool custom = !strcmp(d->cpu_mode, "custom");
        xmlNode *cpu = element(domain, "cpu", "mode", d->cpu_mode, "match", custom ? "exact" : NULL, "check",
                custom && !strcmp(d->domain, "qemu") ? "none" : NULL, NULL);
        if (custom)
                xmlNewProp(leaf(cpu, "model", d->cpu_model), BAD_CAST "fallback", BAD_CAST "forbid");
}

static void add_ports(xmlNode *devices, const struct vm_design *d)
{
        if (d->ports)
                element(devices, "controller", "type", "pci", "index", "0", "model", "pcie-root", NULL);
        for (unsigned i = 0; i < d->ports; i++)
                element(devices, "controller", "type", "pci", "model", "pcie-root-port", NULL);
        if (d->bridge)
                element(devices, "controller", "type", "pci", "model", "pcie-to-pci-bridge", NULL);
}

static void add_drive(xmlNode *devices, const struct vm_design *d, const struct design_drive *drive)
{
        xmlNode *disk = element(devices, "disk", "type", "file", "device", drive->disk ? "disk" : "cdrom", NULL);
        element(disk, "driver", "name", "qemu", "type", drive->format, "discard", drive->disk ? "unmap" : NULL, NULL);
        if (drive->path)
                element(disk, "source", "file", drive->path, NULL);
        element(disk, "target", "dev", drive->target, "bus", drive->bus, NULL);
        if (!drive->disk || drive->disk->readonly == SPEC_YES)
                element(disk, "readonly", NULL);
        if (drive->boot) {
                AUTO_FREE char *order = format("%d", drive->boot);
                element(disk, "boot", "order", order, NULL);
        }
        if (drive->unit >= 0) {
                AUTO_FREE char *unit = format("%d", drive->unit);
                element(disk, "address", "type", "drive", "controller", "0", "bus", "0", "target", "0", "unit", unit, NULL);
        }
}

static void add_network(xmlNode *devices, const struct vm_design *d, size_t i)
{
        const struct spec_network *n = &d->networks[i];
        const char *type = n->type ? n->type : "network";
        xmlNode *interface = element(devices, "interface", "type", type, NULL);
        if (n->source)
                element(interface, "source", !strcmp(type, "bridge") ? "bridge" : "network", n->source, NULL);
        if (n->mac)
                element(interface, "mac", "address", n->mac, NULL);
        element(interface, "model", "type", n->model ? n->model : "virtio", NULL);
        if (d->spec->boot.netboot == SPEC_YES && !d->spec->boot.kernel) {
                AUTO_FREE char *order = format("%zu", i + 1);
                element(interface, "boot", "order", order, NULL);
        }
}

static void add_screen(xmlNode *devices, const struct vm_design *d)
{
        if (d->graphics) {
                xmlNode *graphics = element(devices, "graphics", "type", d->graphics, "port", "-1", "autoport", "yes", NULL);
                element(graphics, "listen", "type", "address", "address", "127.0.0.1", NULL);
        }
        element(element(devices, "video", NULL), "model", "type", d->video ? d->video : "none", NULL);
}

static void add_console(xmlNode *devices, const struct vm_design *d)
{
        xmlNode *serial = element(devices, "serial", "type", "pty", NULL);
        if (d->spec->top.console_log)
                element(serial, "log", "file", d->spec->top.console_log, "append", "on", NULL);
        element(serial, "target", "port", "0", NULL);
        element(element(devices, "console", "type", "pty", NULL), "target", "type", "serial", "port", "0", NULL);
}

static void add_usb(xmlNode *devices, const struct vm_design *d)
{
        static const char *const inputs[] = { "keyboard", "mouse", "tablet" };
        element(devices, "controller", "type", "usb", "model", d->usb ? "qemu-xhci" : "none", NULL);
        for (size_t i = 0; d->usb && i < ARRAY_LEN(inputs); i++)
                element(devices, "input", "type", inputs[i], "bus", "usb", NULL);
}

static void add_agent(xmlNode *devices)
{
        element(devices, "controller", "type", "virtio-serial", NULL);
        element(element(devices, "channel", "type", "unix", NULL), "target", "type", "virtio", "name", "org.qemu.guest_agent.0", NULL);
}

static void add_rng(xmlNode *devices)
{
        xmlNewProp(leaf(element(devices, "rng", "model", "virtio", NULL), "backend", "/dev/urandom"), BAD_CAST "model", BAD_CAST "random");
}

static void add_devices(xmlNode *domain, const struct vm_design *d)
{
        xmlNode *devices = element(domain, "devices", NULL);
        if (d->caps.emulator)
                leaf(devices, "emulator", d->caps.emulator);
        add_ports(devices, d);
        add_usb(devices, d);
        if (d->scsi)
                element(devices, "controller", "type", "scsi", "index", "0", "model", "virtio-scsi", NULL);
        for (size_t i = 0; i < d->drive_count; i++)
                add_drive(devices, d, &d->drives[i]);
        for (size_t i = 0; i < d->network_count; i++)
                add_network(devices, d, i);
        add_screen(devices, d);
        add_console(devices, d);
        if (d->agent)
                add_agent(devices);
        if (d->rng)
                add_rng(devices);
        element(devices, "memballoon", "model", "none", NULL);
}

/* What libvirt 9 has no words for goes to QEMU's command line. */
static void add_qemu_arguments(xmlNode *domain, const struct vm_design *d)
{
        if (!d->pauth_impdef && !d->low_ecam)
                return;
        xmlNs *ns = xmlNewNs(domain, BAD_CAST QEMU_NAMESPACE, BAD_CAST "qemu");
        const char *const words[] = {
                d->pauth_impdef ? "-global" : "-machine",
                d->pauth_impdef ? "max-arm-cpu.pauth-impdef=on" : "highmem=off",
        };
        xmlNode *line = xmlNewChild(domain, ns, BAD_CAST "commandline", NULL);
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                xmlNewProp(xmlNewChild(line, ns, BAD_CAST "arg", NULL), BAD_CAST "value", BAD_CAST words[i]);
}

xmlDoc *domain_xml(const struct vm_design *d)
{
        xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
        xmlNode *domain = xmlNewNode(NULL, BAD_CAST "domain");
        check(doc && domain);
        xmlDocSetRootElement(doc, domain);
        xmlNewProp(domain, BAD_CAST "type", BAD_CAST d->domain);
        leaf(domain, "name", d->spec->top.name);
        if (*d->uuid)
                leaf(domain, "uuid", d->uuid);
        if (d->spec->top.description)
                leaf(domain, "description", d->spec->top.description);
        add_number(domain, "memory", d->memory >> 10);
        add_number(domain, "vcpu", (u64)d->cpus);
        add_os(domain, d);
        add_features(domain, d);
        add_cpu(domain, d);
        leaf(domain, "on_poweroff", "destroy");
        leaf(domain, "on_reboot", "restart");
        leaf(domain, "on_crash", "destroy");
        add_devices(domain, d);
        add_qemu_arguments(domain, d);
        return doc;
}
