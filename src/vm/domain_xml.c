#include "vm/domain_xml.h"

#include <string.h>

#include "base/util.h"
#include "vm/bootdir_domain.h"
#include "vm/xml_write.h"

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

static void add_number(xmlNode *parent, const char *name, u64 number)
{
        AUTO_FREE char *text = format("%llu", (unsigned long long)number);
        xml_leaf(parent, name, text);
}

/* Code and variables from one descriptor; or features, from which the other host's libvirt finds them. */
static void add_uefi(xmlNode *os, const struct vm_design *d)
{
        bool secure = d->spec->boot.secure_boot == SPEC_YES;
        if (d->uefi) {
                xmlNode *loader = xml_leaf(os, "loader", d->uefi->code);
                xmlNewProp(loader, BAD_CAST "readonly", BAD_CAST "yes");
                xmlNewProp(loader, BAD_CAST "type", BAD_CAST "pflash");
                if (d->smm)
                        xmlNewProp(loader, BAD_CAST "secure", BAD_CAST "yes");
                xml_element(os, "nvram", "template", d->uefi->vars, NULL);
                return;
        }
        xmlNewProp(os, BAD_CAST "firmware", BAD_CAST "efi");
        if (d->smm)
                xml_element(os, "loader", "secure", "yes", NULL);
        xmlNode *firmware = xml_element(os, "firmware", NULL);
        const char *enabled = secure ? "yes" : "no";
        xml_element(firmware, "feature", "enabled", enabled, "name", "enrolled-keys", NULL);
        xml_element(firmware, "feature", "enabled", enabled, "name", "secure-boot", NULL);
}

static void add_os(xmlNode *domain, const struct vm_design *d)
{
        xmlNode *os = xml_element(domain, "os", NULL), *type = xml_leaf(os, "type", "hvm");
        xmlNewProp(type, BAD_CAST "arch", BAD_CAST d->arch);
        xmlNewProp(type, BAD_CAST "machine", BAD_CAST d->caps.machine);
        if (d->firmware == VM_UEFI)
                add_uefi(os, d);
        if (!d->kernel)
                return;
        xml_leaf(os, "kernel", d->kernel);
        if (d->initrd)
                xml_leaf(os, "initrd", d->initrd);
        xml_leaf(os, "cmdline", d->cmdline);
}

static void add_features(xmlNode *domain, const struct vm_design *d)
{
        xmlNode *features = xml_element(domain, "features", NULL);
        if (d->firmware != VM_NO_FIRMWARE)
                xml_element(features, "acpi", NULL);
        if (d->arch[0] != 'a')
                xml_element(features, "apic", NULL);
        if (d->smm)
                xml_element(features, "smm", "state", "on", NULL);
        if (d->gic)
                xml_element(features, "gic", "version", d->gic == 3 ? "3" : "2", NULL);
}

static void add_cpu(xmlNode *domain, const struct vm_design *d)
{
        bool custom = !strcmp(d->cpu_mode, "custom");
        xmlNode *cpu = xml_element(domain, "cpu", "mode", d->cpu_mode, "match", custom ? "exact" : NULL, "check",
                custom && !strcmp(d->domain, "qemu") ? "none" : NULL, NULL);
        if (custom)
                xmlNewProp(xml_leaf(cpu, "model", d->cpu_model), BAD_CAST "fallback", BAD_CAST "forbid");
}

static void add_ports(xmlNode *devices, const struct vm_design *d)
{
        if (d->ports)
                xml_element(devices, "controller", "type", "pci", "index", "0", "model", "pcie-root", NULL);
        for (unsigned i = 0; i < d->ports; i++)
                xml_element(devices, "controller", "type", "pci", "model", "pcie-root-port", NULL);
        if (d->bridge)
                xml_element(devices, "controller", "type", "pci", "model", "pcie-to-pci-bridge", NULL);
}

static void add_drive(xmlNode *devices, const struct vm_design *d, const struct design_drive *drive)
{
        xmlNode *disk = xml_element(devices, "disk", "type", "file", "device", drive->disk ? "disk" : "cdrom", NULL);
        xml_element(disk, "driver", "name", "qemu", "type", drive->format, "discard", drive->disk ? "unmap" : NULL, NULL);
        if (drive->path)
                xml_element(disk, "source", "file", drive->path, NULL);
        xml_element(disk, "target", "dev", drive->target, "bus", drive->bus, NULL);
        if (!drive->disk || drive->disk->readonly == SPEC_YES)
                xml_element(disk, "readonly", NULL);
        if (drive->boot) {
                AUTO_FREE char *order = format("%d", drive->boot);
                xml_element(disk, "boot", "order", order, NULL);
        }
        if (drive->unit >= 0) {
                AUTO_FREE char *unit = format("%d", drive->unit);
                xml_element(disk, "address", "type", "drive", "controller", "0", "bus", "0", "target", "0", "unit", unit, NULL);
        }
}

static void add_network(xmlNode *devices, const struct vm_design *d, size_t i)
{
        const struct spec_network *n = &d->networks[i];
        const char *type = n->type ? n->type : "network";
        xmlNode *interface = xml_element(devices, "interface", "type", type, NULL);
        if (n->source)
                xml_element(interface, "source", !strcmp(type, "bridge") ? "bridge" : "network", n->source, NULL);
        if (n->mac)
                xml_element(interface, "mac", "address", n->mac, NULL);
        xml_element(interface, "model", "type", n->model ? n->model : "virtio", NULL);
        if (d->spec->boot.netboot == SPEC_YES && !d->kernel) {
                AUTO_FREE char *order = format("%zu", i + 1);
                xml_element(interface, "boot", "order", order, NULL);
        }
}

/* The guest's /boot: mapped, so that its owners and modes need no rights on the host. */
static void add_bootdir(xmlNode *devices, const struct vm_design *d)
{
        xmlNode *share = xml_element(devices, "filesystem", "type", "mount", "accessmode", "mapped", NULL);
        xml_element(share, "driver", "type", "path", NULL);
        xml_element(share, "source", "dir", d->spec->boot.bootdir, NULL);
        xml_element(share, "target", "dir", BOOTDIR_TAG, NULL);
}

static void add_screen(xmlNode *devices, const struct vm_design *d)
{
        if (d->graphics) {
                xmlNode *graphics = xml_element(devices, "graphics", "type", d->graphics, "port", "-1", "autoport", "yes", NULL);
                xml_element(graphics, "listen", "type", "address", "address", "127.0.0.1", NULL);
        }
        xml_element(xml_element(devices, "video", NULL), "model", "type", d->video ? d->video : "none", NULL);
}

static void add_console(xmlNode *devices, const struct vm_design *d)
{
        xmlNode *serial = xml_element(devices, "serial", "type", "pty", NULL);
        if (d->spec->top.console_log)
                xml_element(serial, "log", "file", d->spec->top.console_log, "append", "on", NULL);
        xml_element(serial, "target", "port", "0", NULL);
        xml_element(xml_element(devices, "console", "type", "pty", NULL), "target", "type", "serial", "port", "0", NULL);
}

static void add_usb(xmlNode *devices, const struct vm_design *d)
{
        static const char *const inputs[] = { "keyboard", "mouse", "tablet" };
        xmlNode *controller = xml_element(devices, "controller", "type", "usb", "model", d->usb ? "qemu-xhci" : "none", NULL);
        if (d->usb)
                xmlNewProp(controller, BAD_CAST "ports",
                        BAD_CAST "15"); /* as many as it can have: keyboard, mouse and tablet leave one of 4 */
        for (size_t i = 0; d->usb && i < ARRAY_LEN(inputs); i++)
                xml_element(devices, "input", "type", inputs[i], "bus", "usb", NULL);
}

static void add_agent(xmlNode *devices)
{
        xml_element(devices, "controller", "type", "virtio-serial", NULL);
        xml_element(
                xml_element(devices, "channel", "type", "unix", NULL), "target", "type", "virtio", "name", "org.qemu.guest_agent.0", NULL);
}

static void add_rng(xmlNode *devices)
{
        xmlNewProp(xml_leaf(xml_element(devices, "rng", "model", "virtio", NULL), "backend", "/dev/urandom"), BAD_CAST "model",
                BAD_CAST "random");
}

static void add_devices(xmlNode *domain, const struct vm_design *d)
{
        xmlNode *devices = xml_element(domain, "devices", NULL);
        if (d->caps.emulator)
                xml_leaf(devices, "emulator", d->caps.emulator);
        add_ports(devices, d);
        add_usb(devices, d);
        if (d->scsi)
                xml_element(devices, "controller", "type", "scsi", "index", "0", "model", "virtio-scsi", NULL);
        for (size_t i = 0; i < d->drive_count; i++)
                add_drive(devices, d, &d->drives[i]);
        for (size_t i = 0; i < d->network_count; i++)
                add_network(devices, d, i);
        if (d->spec->boot.bootdir)
                add_bootdir(devices, d);
        add_screen(devices, d);
        add_console(devices, d);
        if (d->agent)
                add_agent(devices);
        if (d->rng)
                add_rng(devices);
        xml_element(devices, "memballoon", "model", "none", NULL);
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
        xmlDoc *doc = xml_new("domain");
        xmlNode *domain = xmlDocGetRootElement(doc);
        xmlNewProp(domain, BAD_CAST "type", BAD_CAST d->domain);
        xml_leaf(domain, "name", d->spec->top.name);
        if (*d->uuid)
                xml_leaf(domain, "uuid", d->uuid);
        if (d->spec->top.description)
                xml_leaf(domain, "description", d->spec->top.description);
        add_number(domain, "memory", d->memory >> 10);
        add_number(domain, "vcpu", (u64)d->cpus);
        add_os(domain, d);
        add_features(domain, d);
        add_cpu(domain, d);
        xml_leaf(domain, "on_poweroff", "destroy");
        xml_leaf(domain, "on_reboot", d->spec->boot.bootdir ? "destroy" : "restart");
        xml_leaf(domain, "on_crash", "destroy");
        add_devices(domain, d);
        add_qemu_arguments(domain, d);
        return doc;
}
