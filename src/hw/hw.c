#include "hw/hw.h"

#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "hw/probe.h"
#include "hw/reader.h"

#define DMI_FILE "/sys/firmware/dmi/tables/DMI"

static void open_smbios(struct reader *r)
{
        errno = 0;
        r->dmi = (u8 *)hw_tree_read(r->t, DMI_FILE, &r->dmi_size);
        r->dmi_denied = !r->dmi && errno == EACCES;
}

static void open_probe(struct reader *r)
{
        size_t size;
        if (r->t->live) {
                r->probe = probe_machine();
                if (r->t->record)
                        hw_tree_put(r->t, HW_PROBE_FILE, (u8 *)format("%s", r->probe), strlen(r->probe));
        } else {
                r->probe = hw_tree_read(r->t, HW_PROBE_FILE, &size);
        }
}

int hw_read(struct hw_tree *t, struct hw_facts *f, struct err *e)
{
        struct reader r = { .t = t, .f = f };
        cpus_load(&r.cpus, t);
        if (!r.cpus.count) {
                cpus_free(&r.cpus);
                return err_set(e, 2, "it has neither /sys/devices/system/cpu nor /proc/cpuinfo, so it is no tree of a machine");
        }
        open_smbios(&r);
        open_probe(&r);
        AUTO_FREE char *arch = probe_get(r.probe, "arch");
        r.x86 = arch ? !strcmp(arch, "x86_64") || !strcmp(arch, "i686") : r.cpus.list[0].vendor != NULL && !r.cpus.list[0].midr;
        r.acpi = hw_tree_exists(t, "/sys/firmware/acpi");
        r.device_tree = hw_tree_exists(t, "/proc/device-tree") || hw_tree_exists(t, "/sys/firmware/devicetree/base/compatible");
        read_machine(&r);
        read_cpus(&r);
        read_caches(&r);
        read_memory(&r);
        read_virtualization(&r);
        read_mitigations(&r);
        cpus_free(&r.cpus);
        free(r.probe);
        free(r.dmi);
        return 0;
}

/* ---- capturing ---- */

/* Files whose whole text names this one machine. */
static bool is_secret(const char *path)
{
        static const char *const folders[] = { "/sys/class/dmi/id/", "/proc/device-tree/", "/sys/firmware/devicetree/base/" };
        static const char *const words[] = { "serial", "uuid", "asset_tag" };
        for (size_t i = 0; i < ARRAY_LEN(folders); i++)
                for (size_t k = 0; k < ARRAY_LEN(words) && !strncmp(path, folders[i], strlen(folders[i])); k++)
                        if (strstr(path, words[k]))
                                return true;
        return false;
}

static void mask(struct hw_entry *entry)
{
        if (entry->folder || entry->denied)
                return;
        if (!strcmp(entry->path, DMI_FILE))
                entry->size = smbios_mask(entry->data, entry->size);
        /* Of the command line only what KVM was told is of use; the rest may hold passwords. */
        char *line = (char *)entry->data, *mode = NULL;
        if (!strcmp(entry->path, "/proc/cmdline")) {
                AUTO_FREE char *copy = format("%.*s", (int)entry->size, line);
                mode = strstr(copy, "kvm-arm.mode=");
                entry->size = mode ? strcspn(mode, " \n") : 0;
                if (mode)
                        memcpy(line, mode, entry->size);
        }
        AUTO_FREE char *text = format("%.*s", (int)strcspn(line, "\n"), line);
        if (!is_secret(entry->path) || smbios_is_placeholder(text))
                return;
        for (size_t i = 0; i < entry->size; i++)
                if (line[i] && line[i] != '\n')
                        line[i] = 'X';
}

int hw_capture(int fd, struct err *e)
{
        struct hw_tree t;
        struct hw_facts f = { 0 };
        if (hw_tree_open(&t, NULL, e) < 0)
                return -1;
        t.record = true;
        int result = hw_read(&t, &f, e);
        for (size_t i = 0; i < t.count; i++)
                mask(&t.entries[i]);
        if (result == 0 && hw_tree_write(&t, fd) < 0)
                result = err_set(e, 2, "cannot write the capture: %s", strerror(errno));
        hw_facts_free(&f);
        hw_tree_close(&t);
        return result;
}
