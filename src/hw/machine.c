/* The machine as a whole: architecture, kernel, maker, board, firmware. */
#include "hw/reader.h"

#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "hw/probe.h"

const char *no_smbios_because(const struct reader *r)
{
        if (r->dmi)
                return "SMBIOS does not tell";
        if (r->dmi_denied)
                return "/sys/firmware/dmi/tables/DMI is for root only: run as root";
        if (r->device_tree && !r->acpi)
                return "there is no SMBIOS: the firmware started the kernel with a device tree; UEFI firmware would bring one";
        return "there is no SMBIOS at /sys/firmware/dmi/tables/DMI: the firmware or the hypervisor gives none, or the kernel lacks "
               "CONFIG_DMI";
}

void put_line(struct reader *r, const char *key, const char *path, const char *why_missing)
{
        errno = 0;
        AUTO_FREE char *line = hw_tree_line(r->t, "%s", path);
        if (!line && errno == EACCES)
                hw_put_unknown(r->f, key, "%s is for root only: run as root", path);
        else if (!line && why_missing)
                hw_put_unknown(r->f, key, "%s", why_missing);
        else if (line && !r->t->live && strspn(line, "X") == strlen(line))
                hw_put_unknown(r->f, key, "made illegible in this capture");
        else if (line && smbios_is_placeholder(line))
                hw_put_unknown(r->f, key, "the firmware's maker left \"%s\" in %s: a firmware update may fill it in", line, path);
        else
                hw_put_text(r->f, key, line, "%s", path);
}

static void put_kernel(struct reader *r)
{
        AUTO_FREE char *arch = probe_get(r->probe, "arch"), *kernel = probe_get(r->probe, "kernel");
        AUTO_FREE char *version = hw_tree_line(r->t, "/proc/version");
        if (!hw_put_text(r->f, "arch", arch, "uname(2)"))
                hw_put_text(r->f, "arch",
                        r->x86                                  ? "x86_64"
                        : r->cpus.count && r->cpus.list[0].midr ? "aarch64"
                                                                : NULL,
                        "the form of /proc/cpuinfo");
        if (!hw_put_text(r->f, "kernel", kernel, "uname(2)")) {
                /* "Linux version 6.1.0-50-arm64 (...)" */
                const char *at = version && !strncmp(version, "Linux version ", 14) ? version + 14 : "";
                AUTO_FREE char *release = format("%.*s", (int)strcspn(at, " "), at);
                if (!hw_put_text(r->f, "kernel", release, "/proc/version"))
                        hw_put_unknown(r->f, "kernel", "only the machine itself tells: `crossarm hw capture` asks it");
        }
}

/* A property of strings in the device tree: zero-terminated, one behind the other. Spaces in one would break a list. */
static char *tree_strings(struct reader *r, const char *name)
{
        size_t size;
        AUTO_FREE char *path = format("/proc/device-tree/%s", name), *other = format("/sys/firmware/devicetree/base/%s", name);
        char *text = hw_tree_read(r->t, path, &size);
        if (!text)
                text = hw_tree_read(r->t, other, &size);
        for (size_t i = 0; text && i + 1 < size; i++)
                if (!text[i])
                        text[i] = ' ';
        return text;
}

static void put_firmware(struct reader *r)
{
        bool efi = hw_tree_exists(r->t, "/sys/firmware/efi");
        const char *kind = r->acpi && efi          ? "UEFI and ACPI"
                           : r->acpi               ? "ACPI"
                           : r->device_tree && efi ? "UEFI and device tree"
                           : r->device_tree        ? "device tree"
                                                   : NULL;
        if (kind)
                hw_put_text(r->f, "firmware", kind, "/sys/firmware");
        else
                hw_put_unknown(r->f, "firmware", "/sys/firmware holds neither acpi nor devicetree");
}

static const struct {
        const char *key, *file;
        u8 flags;
        bool always; /* its absence is worth a line */
} dmi_lines[] = {
        { "machine.vendor", "sys_vendor", 0, true },
        { "machine.product", "product_name", 0, true },
        { "machine.version", "product_version", 0, false },
        { "machine.family", "product_family", 0, false },
        { "machine.sku", "product_sku", 0, false },
        { "machine.serial", "product_serial", HW_SECRET, true },
        { "machine.uuid", "product_uuid", HW_SECRET, false },
        { "board.vendor", "board_vendor", 0, false },
        { "board.product", "board_name", 0, true },
        { "board.version", "board_version", 0, false },
        { "board.serial", "board_serial", HW_SECRET, false },
        { "bios.vendor", "bios_vendor", 0, true },
        { "bios.version", "bios_version", 0, true },
        { "bios.date", "bios_date", 0, true },
        { "bios.release", "bios_release", 0, false },
};

static void put_dmi(struct reader *r)
{
        AUTO_FREE char *none = format(
                "no such file in /sys/class/dmi/id: %s", r->device_tree && !r->acpi ? "the firmware started the kernel with a device tree"
                                                                                    : "the firmware gives none, or leaves it empty");
        hw_at(r->f, "%s", "");
        *r->f->prefix = 0;
        for (size_t i = 0; i < ARRAY_LEN(dmi_lines); i++) {
                AUTO_FREE char *path = format("/sys/class/dmi/id/%s", dmi_lines[i].file);
                put_line(r, dmi_lines[i].key, path, dmi_lines[i].always ? none : NULL);
                if (r->f->count && !strcmp(r->f->list[r->f->count - 1].key, dmi_lines[i].key))
                        hw_mark(r->f, dmi_lines[i].flags);
        }
}

/* The device tree's names for the machine, in the places of the ones that SMBIOS would give. */
static void put_tree(struct reader *r)
{
        AUTO_FREE char *model = tree_strings(r, "model"), *compatible = tree_strings(r, "compatible"),
                       *serial = tree_strings(r, "serial-number");
        *r->f->prefix = 0;
        if (!hw_put_text(r->f, "machine.product", model, "model in /proc/device-tree"))
                hw_put_unknown(r->f, "machine.product", "/proc/device-tree has no model");
        hw_put_list(r->f, "machine.compatible", compatible, "/proc/device-tree");
        if (hw_put_text(r->f, "machine.serial", serial, "serial-number in /proc/device-tree"))
                hw_mark(r->f, HW_SECRET);
}

void read_machine(struct reader *r)
{
        hw_at(r->f, "machine");
        put_kernel(r);
        put_firmware(r);
        bool dmi = hw_tree_exists(r->t, "/sys/class/dmi/id");
        if (r->device_tree && !dmi)
                put_tree(r);
        else
                put_dmi(r);
}
