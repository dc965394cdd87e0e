/* What is wrong with the processor, and what the kernel does about it. */
#include "hw/reader.h"

#include <string.h>

#include "base/util.h"
#include "hw/probe.h"

static void put_vulnerabilities(struct reader *r)
{
        char **names = hw_tree_list(r->t, "/sys/devices/system/cpu/vulnerabilities");
        hw_at(r->f, "vulnerability");
        if (!names[0])
                hw_put_unknown(r->f, "all", "the kernel has no /sys/devices/system/cpu/vulnerabilities (Linux 4.15)");
        for (size_t i = 0; names[i]; i++) {
                AUTO_FREE char *state = hw_tree_line(r->t, "/sys/devices/system/cpu/vulnerabilities/%s", names[i]);
                if (strlen(names[i]) < 64 && strcspn(names[i], ".\"\\") == strlen(names[i]))
                        hw_put_text(r->f, names[i], state, "/sys/devices/system/cpu/vulnerabilities/%s", names[i]);
        }
        free(names);
}

/* The workarounds that the kernel switched on are in its log only. */
static void put_errata(struct reader *r)
{
        AUTO_FREE char *log = probe_get(r->probe, "log");
        size_t number = 0;
        hw_at(r->f, "errata");
        for (const char *line = r->probe; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
                if (strncmp(line, "log.erratum=", 12))
                        continue;
                AUTO_FREE char *key = format("%zu.workaround", number++), *text = format("%.*s", (int)strcspn(line + 12, "\n"), line + 12);
                hw_put_text(r->f, key, text, "the kernel's log: CPU features: detected");
        }
        if (number)
                return;
        if (!log)
                hw_put_unknown(r->f, "0.workaround", "only the machine itself tells: `crossarm hw capture` asks it");
        else if (!strcmp(log, "whole"))
                hw_put_text(r->f, "0.workaround", "none", "the kernel's log names no erratum");
        else
                hw_put_unknown(r->f, "0.workaround", "%s",
                        !strcmp(log, "denied") ? "the kernel's log is for root only (kernel.dmesg_restrict): run as root"
                                               : "the beginning of the kernel's log is gone: look after a restart");
}

void read_mitigations(struct reader *r)
{
        put_vulnerabilities(r);
        if (!r->x86)
                put_errata(r);
}
