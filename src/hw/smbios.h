/*
 * The SMBIOS table, as DMTF DSP0134 lays it out: structures of a head (type, length, handle), fields up to the length, and strings up to
 * an empty one. Nothing is believed: a field beyond the length or the table does not exist, a string number without a string is none.
 */
#pragma once
#include "base/types.h"

enum smbios_type {
        SMBIOS_BIOS = 0,
        SMBIOS_SYSTEM = 1,
        SMBIOS_BOARD = 2,
        SMBIOS_CHASSIS = 3,
        SMBIOS_PROCESSOR = 4,
        SMBIOS_CACHE = 7,
        SMBIOS_MEMORY_ARRAY = 16,
        SMBIOS_MEMORY_DEVICE = 17,
        SMBIOS_MEMORY_MAP = 19,
        SMBIOS_BOOT = 32,
        SMBIOS_END = 127,
};

struct smbios_entry {
        u8 type, length; /* the fields, with the head of 4 bytes */
        u16 handle;
        const u8 *data;
        const u8 *strings;
        size_t strings_size; /* without the empty string behind them */
};

/* The structure at *at, which moves behind it. False at the end of the table, and where it stops making sense. */
bool smbios_next(const u8 *table, size_t size, size_t *at, struct smbios_entry *entry);

/* A field of 1, 2, 4 or 8 bytes, or `missing` when the structure is too short for it. */
u64 smbios_field(const struct smbios_entry *entry, u8 offset, u8 bytes, u64 missing);

/* The string whose number stands at the offset, not terminated; its length, or 0 when there is none. */
size_t smbios_string(const struct smbios_entry *entry, u8 offset, const char **text);

/* The same as malloced text, NULL when there is none. */
char *smbios_text(const struct smbios_entry *entry, u8 offset);

/* Whether a text only fills the place of one, such as "To Be Filled By O.E.M.". */
bool smbios_is_placeholder(const char *text);

/* The first structure with this type, or with this handle. */
bool smbios_find(const u8 *table, size_t size, u8 type, struct smbios_entry *entry);
bool smbios_find_handle(const u8 *table, size_t size, u16 handle, struct smbios_entry *entry);

/*
 * What may leave the machine, in place: only structures of known types, their serial numbers, asset tags and UUIDs made illegible.
 * Returns the new size.
 */
size_t smbios_mask(u8 *table, size_t size);

/* Speeds of type 4 in Hz, 0 when unknown; and whether they are what QEMU fills in. */
u64 smbios_current_hz(const struct smbios_entry *entry);
u64 smbios_max_hz(const struct smbios_entry *entry);
bool smbios_speed_is_placeholder(const struct smbios_entry *entry);

/* The size of a memory device (type 17) or a cache (type 7) in bytes; 0 when empty or unknown. */
u64 smbios_memory_bytes(const struct smbios_entry *entry);
u64 smbios_cache_bytes(const struct smbios_entry *entry);

/* The word for the memory's type, NULL when there is none. */
const char *smbios_memory_type(const struct smbios_entry *entry);
