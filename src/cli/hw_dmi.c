/* Lines that the structures of an SMBIOS table have in common, as dmidecode prints them. */
#include "cli/hw_dmi.h"

#include <stdio.h>

void dmi_string(entry *e, u8 at, const char *label)
{
        const char *text;
        size_t n = smbios_string(e, at, &text);
        printf("\t%s: ", label);
        if (!byte(e, at))
                printf("Not Specified");
        else if (!n && !smbios_string(e, at, &text))
                printf("<BAD INDEX>");
        for (size_t i = 0; i < n; i++)
                putchar((u8)text[i] < 0x20 || (u8)text[i] >= 0x7f ? '.' : text[i]);
        putchar('\n');
}

void dmi_handle(entry *e, u8 at, const char *label)
{
        printf("\t%s: 0x%04X\n", label, (unsigned)word(e, at));
}

void dmi_word(u64 value, const char *label, const char *const *words, size_t count, u64 first)
{
        bool known = value >= first && value - first < count && words[value - first];
        printf("\t%s: %s\n", label, known ? words[value - first] : "<OUT OF SPEC>");
}

void dmi_bits(u64 bits, const char *const *words, size_t count, u64 first)
{
        for (size_t i = 0; i < count; i++)
                if (bits >> (first + i) & 1 && words[i])
                        printf("\t\t%s\n", words[i]);
}

void dmi_print_size(u64 size, size_t scale)
{
        static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB", "PB", "EB", "ZB" };
        size_t top = 0;
        while (size >> 10 * top >= 1024)
                top++;
        if (top && size >> 10 * (top - 1) & 1023)
                top--;
        printf("%llu %s", (unsigned long long)(size >> 10 * top), units[top + scale]);
}

void dmi_print_kib(u64 kib)
{
        dmi_print_size(kib, 1);
}