#include "hw/smbios.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/util.h"

bool smbios_next(const u8 *table, size_t size, size_t *at, struct smbios_entry *entry)
{
        if (*at > size || size - *at < 4)
                return false;
        const u8 *p = table + *at;
        if (p[1] < 4 || p[1] > size - *at)
                return false;
        *entry = (struct smbios_entry){ .type = p[0], .length = p[1], .handle = (u16)(p[2] | p[3] << 8), .data = p, .strings = p + p[1] };
        const u8 *end = table + size, *s = entry->strings;
        while (s + 1 < end && (s[0] || s[1]))
                s++;
        /* The strings end with two zeros; a table that is cut ends there, too. */
        entry->strings_size = s + 1 < end ? (size_t)(s - entry->strings) : (size_t)(end - entry->strings);
        *at = s + 1 < end ? (size_t)(s + 2 - table) : size;
        return true;
}

u64 smbios_field(const struct smbios_entry *entry, u8 offset, u8 bytes, u64 missing)
{
        u64 value = 0;
        if (offset + bytes > entry->length)
                return missing;
        for (u8 i = 0; i < bytes; i++)
                value |= (u64)entry->data[offset + i] << 8 * i;
        return value;
}

size_t smbios_string(const struct smbios_entry *entry, u8 offset, const char **text)
{
        u64 number = smbios_field(entry, offset, 1, 0);
        const char *s = (const char *)entry->strings;
        size_t left = entry->strings_size;
        while (number && left) {
                size_t n = strnlen(s, left);
                *text = s;
                if (--number == 0)
                        return n;
                size_t step = n < left ? n + 1 : n;
                s += step;
                left -= step;
        }
        return 0;
}

char *smbios_text(const struct smbios_entry *entry, u8 offset)
{
        const char *s = "";
        size_t n = smbios_string(entry, offset, &s);
        while (n && s[n - 1] == ' ')
                n--;
        while (n && *s == ' ')
                s++, n--;
        return n ? format("%.*s", (int)n, s) : NULL;
}

bool smbios_is_placeholder(const char *text)
{
        /* What firmware builders leave in; compared without case. */
        static const char *const fillers[] = { "to be filled by o.e.m.", "to be filled by oem", "default string", "not specified",
                "not provided", "not available", "not applicable", "unknown", "none", "n/a", "na", "null", "empty", "oem", "o.e.m.",
                "system manufacturer", "system product name", "system version", "system serial number", "asset-1234567890", "0123456789",
                "123456789", "1234567890", "xxxxxxxxxxx", "no dimm", "no asset information", "chassis serial number",
                "base board serial number", "unspecified" };
        for (size_t i = 0; i < ARRAY_LEN(fillers); i++)
                if (!strcasecmp(text, fillers[i]))
                        return true;
        /* One character over and over: "........", "00000000", "-" */
        return strspn(text, (char[]){ text[0], 0 }) == strlen(text) && (strlen(text) > 3 || !strchr("123456789", text[0]));
}

bool smbios_find(const u8 *table, size_t size, u8 type, struct smbios_entry *entry)
{
        for (size_t at = 0; smbios_next(table, size, &at, entry) && entry->type != SMBIOS_END;)
                if (entry->type == type)
                        return true;
        return false;
}

bool smbios_find_handle(const u8 *table, size_t size, u16 handle, struct smbios_entry *entry)
{
        for (size_t at = 0; smbios_next(table, size, &at, entry);)
                if (entry->handle == handle)
                        return true;
        return false;
}

/* ---- masking ---- */

/* Which string fields of a known type name this one machine or part. */
static const struct {
        u8 type, offsets[2];
} secret_strings[] = {
        { SMBIOS_BIOS, { 0 } },
        { SMBIOS_SYSTEM, { 0x07 } },
        { SMBIOS_BOARD, { 0x07, 0x08 } },
        { SMBIOS_CHASSIS, { 0x07, 0x08 } },
        { SMBIOS_PROCESSOR, { 0x20, 0x21 } },
        { SMBIOS_CACHE, { 0 } },
        { SMBIOS_MEMORY_ARRAY, { 0 } },
        { SMBIOS_MEMORY_DEVICE, { 0x18, 0x19 } },
        { SMBIOS_MEMORY_MAP, { 0 } },
        { SMBIOS_BOOT, { 0 } },
        { SMBIOS_END, { 0 } },
};

static void mask_string(const struct smbios_entry *entry, u8 offset)
{
        const char *text;
        AUTO_FREE char *copy = smbios_text(entry, offset);
        size_t n = smbios_string(entry, offset, &text);
        if (copy && !smbios_is_placeholder(copy))
                memset((u8 *)entry->data + ((const u8 *)text - entry->data), 'X', n);
}

static bool mask_entry(const struct smbios_entry *entry)
{
        for (size_t i = 0; i < ARRAY_LEN(secret_strings); i++) {
                if (secret_strings[i].type != entry->type)
                        continue;
                for (size_t k = 0; k < ARRAY_LEN(secret_strings[i].offsets); k++)
                        if (secret_strings[i].offsets[k])
                                mask_string(entry, secret_strings[i].offsets[k]);
                if (entry->type == SMBIOS_SYSTEM && entry->length >= 0x18)
                        memset((u8 *)entry->data + 0x08, 0, 16);
                return true;
        }
        return false;
}

size_t smbios_mask(u8 *table, size_t size)
{
        struct smbios_entry entry;
        size_t at = 0, kept = 0;
        for (size_t start = 0; smbios_next(table, size, &at, &entry); start = at) {
                bool last = entry.type == SMBIOS_END;
                if (!mask_entry(&entry))
                        continue;
                memmove(table + kept, table + start, at - start);
                kept += at - start;
                if (last)
                        break;
        }
        return kept;
}

/* ---- what fields mean ---- */

u64 smbios_max_hz(const struct smbios_entry *entry)
{
        return smbios_field(entry, 0x14, 2, 0) * 1000000;
}

u64 smbios_current_hz(const struct smbios_entry *entry)
{
        return smbios_field(entry, 0x16, 2, 0) * 1000000;
}

bool smbios_speed_is_placeholder(const struct smbios_entry *entry)
{
        AUTO_FREE char *maker = smbios_text(entry, 0x07);
        return maker && !strcasecmp(maker, "QEMU") && smbios_current_hz(entry) == 2000000000 && smbios_max_hz(entry) == 2000000000;
}

u64 smbios_memory_bytes(const struct smbios_entry *entry)
{
        u64 size = smbios_field(entry, 0x0c, 2, 0);
        if (size == 0xffff)
                return 0;
        if (size == 0x7fff && entry->length >= 0x20)
                return (smbios_field(entry, 0x1c, 4, 0) & 0x7fffffff) << 20;
        return size & 0x8000 ? (size & 0x7fff) << 10 : size << 20;
}

u64 smbios_cache_bytes(const struct smbios_entry *entry)
{
        u64 size = smbios_field(entry, 0x09, 2, 0), size2 = smbios_field(entry, 0x17, 4, 0);
        if (size == 0xffff)
                return (size2 & 0x7fffffff) << (size2 >> 31 ? 16 : 10);
        return (size & 0x7fff) << (size & 0x8000 ? 16 : 10);
}

const char *smbios_memory_type(const struct smbios_entry *entry)
{
        /* DSP0134 3.7, table 77. */
        static const char *const types[] = { [0x03] = "DRAM",
                [0x04] = "EDRAM",
                [0x05] = "VRAM",
                [0x06] = "SRAM",
                [0x07] = "RAM",
                [0x08] = "ROM",
                [0x09] = "Flash",
                [0x0a] = "EEPROM",
                [0x0b] = "FEPROM",
                [0x0c] = "EPROM",
                [0x0d] = "CDRAM",
                [0x0e] = "3DRAM",
                [0x0f] = "SDRAM",
                [0x10] = "SGRAM",
                [0x11] = "RDRAM",
                [0x12] = "DDR",
                [0x13] = "DDR2",
                [0x14] = "DDR2 FB-DIMM",
                [0x18] = "DDR3",
                [0x19] = "FBD2",
                [0x1a] = "DDR4",
                [0x1b] = "LPDDR",
                [0x1c] = "LPDDR2",
                [0x1d] = "LPDDR3",
                [0x1e] = "LPDDR4",
                [0x1f] = "Logical non-volatile device",
                [0x20] = "HBM",
                [0x21] = "HBM2",
                [0x22] = "DDR5",
                [0x23] = "LPDDR5",
                [0x24] = "HBM3" };
        u64 type = smbios_field(entry, 0x12, 1, 0);
        return type < ARRAY_LEN(types) ? types[type] : NULL;
}
