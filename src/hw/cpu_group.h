/* Processors that are alike: same socket, kind, clock, features. What the facts of one group are made from. */
#pragma once
#include "hw/reader.h"

struct cpu_group {
        const struct hw_cpu **cpus;
        size_t count;
        const struct hw_cpu *first;
        struct smbios_entry socket; /* the SMBIOS structure of its processor; data NULL when there is none */
};

/* Where facts of `socket` come from. */
#define TYPE4 "SMBIOS type 4 (/sys/firmware/dmi/tables/DMI)"

/* Whether the words, with blanks between them, have this one. NULL has none. */
bool cpu_has_word(const char *words, const char *word);

/* cpu_names.c: vendor, model, stepping and what the firmware calls it. */
void cpu_put_arm_names(struct reader *r, const struct cpu_group *g);
void cpu_put_x86_names(struct reader *r, const struct cpu_group *g);

/* cpu_frequency.c: nominal_hz, min_hz, max_hz, current_hz, board_max_hz; what is not known with the reason. */
void cpu_put_frequencies(struct reader *r, const struct cpu_group *g);
