/* What the parts of hw_read() share; each adds its facts. */
#pragma once
#include "hw/cpus.h"
#include "hw/facts.h"
#include "hw/smbios.h"
#include "hw/tree.h"

struct reader {
        struct hw_tree *t;
        struct hw_facts *f;
        char *probe; /* text of HW_PROBE_FILE; NULL in trees of other makers */
        u8 *dmi;     /* the SMBIOS table, NULL when there is none or it may not be read */
        size_t dmi_size;
        bool dmi_denied, acpi, device_tree, x86;
        struct hw_cpus cpus;
};

void read_machine(struct reader *r);
void read_cpus(struct reader *r);
void read_caches(struct reader *r);
void read_memory(struct reader *r);
void read_virtualization(struct reader *r);
void read_mitigations(struct reader *r);

/* A text fact from a file of one line. A placeholder gives an unknown that tells so, a missing file one with `why_missing`, or nothing when
 * that is NULL. */
void put_line(struct reader *r, const char *key, const char *path, const char *why_missing);

/* Why nothing comes from SMBIOS, and what would change it: the end of a sentence. */
const char *no_smbios_because(const struct reader *r);
