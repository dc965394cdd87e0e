/* Structures of an SMBIOS table (DMTF DSP0134) as dmidecode 3.4 prints them: a function for each type, and the lines they have in common.
 */
#pragma once
#include "base/types.h"
#include "hw/smbios.h"

typedef const struct smbios_entry entry;

/* What lies at an offset of the structure; 0 when it is not so long. */
static inline u64 byte(entry *e, u8 at)
{
        return smbios_field(e, at, 1, 0);
}

static inline u64 word(entry *e, u8 at)
{
        return smbios_field(e, at, 2, 0);
}

static inline u64 dword(entry *e, u8 at)
{
        return smbios_field(e, at, 4, 0);
}

/* Whether the structure is long enough to have what ends before `end`. */
static inline bool has(entry *e, u8 end)
{
        return e->length >= end;
}

/* "LABEL: TEXT", the string whose number lies at `at`. */
void dmi_string(entry *e, u8 at, const char *label);
void dmi_handle(entry *e, u8 at, const char *label);

/* A word from a table whose first entry has the number `first`. */
void dmi_word(u64 value, const char *label, const char *const *words, size_t count, u64 first);
#define DMI_WORD(value, label, words, first) dmi_word(value, label, words, ARRAY_LEN(words), first)

/* The bits of a set from `first` on, a line each. */
void dmi_bits(u64 bits, const char *const *words, size_t count, u64 first);

/*
 * A size in units of 1 << 10 * `scale` bytes: in the largest unit of which there is one, or in the next smaller one when there is something
 * of that, too; what is still smaller is dropped.
 */
void dmi_print_size(u64 size, size_t scale);
void dmi_print_kib(u64 kib);

/* hw_dmi_board.c */
void dmi_bios(entry *e);
void dmi_system(entry *e);
void dmi_board(entry *e);
void dmi_chassis(entry *e);

/* hw_dmi_processor.c */
void dmi_processor(entry *e);
void dmi_cache(entry *e);

/* hw_dmi_memory.c */
void dmi_memory_array(entry *e);
void dmi_memory_device(entry *e);
void dmi_memory_map(entry *e);
