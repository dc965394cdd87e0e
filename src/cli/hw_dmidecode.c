/*
 * The SMBIOS table in the form of dmidecode 3.4, for scripts that read that: types 0, 1, 2, 3, 4, 7, 16, 17, 19, 32 and 127 as it prints
 * them, the others as it prints types it does not know. The meanings are those of DMTF DSP0134.
 */
#include "cli/hw_dmi.h"
#include "cli/hw_view.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "cli/cmd.h"

static void type_boot(entry *e)
{
        static const char *const states[] = { "No errors detected", "No bootable media", "Operating system failed to load",
                "Firmware-detected hardware failure", "Operating system-detected hardware failure", "User-requested boot",
                "System security violation", "Previously-requested image", "System watchdog timer expired" };
        if (has(e, 0x0b))
                DMI_WORD(byte(e, 0x0a), "Status", states, 0);
}

static void type_end(entry *e)
{
        (void)e;
}

/* A type that is not decoded: its bytes and its strings. */
static void type_other(entry *e)
{
        printf("\tHeader and Data:\n");
        for (unsigned i = 0; i < e->length; i++)
                printf("%s%02X%s", i % 16 ? " " : "\t\t", e->data[i], i % 16 == 15 || i + 1 == e->length ? "\n" : "");
        if (!e->strings_size)
                return;
        printf("\tStrings:\n");
        for (size_t at = 0; at < e->strings_size;) {
                size_t n = strnlen((const char *)e->strings + at, e->strings_size - at);
                printf("\t\t");
                for (size_t i = 0; i < n; i++)
                        putchar(e->strings[at + i] < 0x20 || e->strings[at + i] >= 0x7f ? '.' : e->strings[at + i]);
                putchar('\n');
                at += n + 1;
        }
}

static const struct {
        u8 type;
        const char *title;
        void (*print)(entry *e);
} printers[] = {
        { SMBIOS_BIOS, "BIOS Information", dmi_bios },
        { SMBIOS_SYSTEM, "System Information", dmi_system },
        { SMBIOS_BOARD, "Base Board Information", dmi_board },
        { SMBIOS_CHASSIS, "Chassis Information", dmi_chassis },
        { SMBIOS_PROCESSOR, "Processor Information", dmi_processor },
        { SMBIOS_CACHE, "Cache Information", dmi_cache },
        { SMBIOS_MEMORY_ARRAY, "Physical Memory Array", dmi_memory_array },
        { SMBIOS_MEMORY_DEVICE, "Memory Device", dmi_memory_device },
        { SMBIOS_MEMORY_MAP, "Memory Array Mapped Address", dmi_memory_map },
        { SMBIOS_BOOT, "System Boot Information", type_boot },
        { SMBIOS_END, "End Of Table", type_end },
};

static void print_entry(entry *e)
{
        const char *title = e->type >= 128 ? "OEM-specific Type" : "Unknown Type";
        void (*print)(entry *) = type_other;
        for (size_t i = 0; i < ARRAY_LEN(printers); i++)
                if (printers[i].type == e->type)
                        title = printers[i].title, print = printers[i].print;
        printf("Handle 0x%04X, DMI type %u, %u bytes\n%s\n", e->handle, e->type, e->length, title);
        print(e);
        putchar('\n');
}

/* The entry point tells the version: "_SM3_" of SMBIOS 3, "_SM_" of 2. */
static void print_version(struct hw_tree *t)
{
        size_t size;
        AUTO_FREE char *text = hw_tree_read(t, "/sys/firmware/dmi/tables/smbios_entry_point", &size);
        const u8 *p = (const u8 *)text;
        if (p && size >= 24 && !memcmp(p, "_SM3_", 5)) {
                u64 address = 0;
                for (int i = 7; i >= 0; i--)
                        address = address << 8 | p[16 + i];
                printf("SMBIOS %u.%u.%u present.\nTable at 0x%08llX.\n", p[7], p[8], p[9], (unsigned long long)address);
        } else if (p && size >= 31 && !memcmp(p, "_SM_", 4)) {
                printf("SMBIOS %u.%u present.\n%u structures occupying %u bytes.\nTable at 0x%08X.\n", p[6], p[7], p[0x1c] | p[0x1d] << 8,
                        p[0x16] | p[0x17] << 8, (unsigned)(p[0x18] | p[0x19] << 8 | p[0x1a] << 16) | (unsigned)p[0x1b] << 24);
        }
        putchar('\n');
}

int hw_view_dmidecode(struct hw_tree *t)
{
        size_t size;
        AUTO_FREE char *table = hw_tree_read(t, "/sys/firmware/dmi/tables/DMI", &size);
        if (!table) {
                bool denied = errno == EACCES;
                puts("# dmidecode 3.4");
                puts(denied ? "/sys/firmware/dmi/tables/DMI: Permission denied" : "# No SMBIOS nor DMI entry point found, sorry.");
                if (denied)
                        say_error("/sys/firmware/dmi/tables/DMI is for root only: run as root");
                return 1;
        }
        puts("# dmidecode 3.4\nGetting SMBIOS data from sysfs.");
        print_version(t);
        struct smbios_entry e;
        for (size_t at = 0; smbios_next((const u8 *)table, size, &at, &e);) {
                print_entry(&e);
                if (e.type == SMBIOS_END)
                        break;
        }
        return 0;
}
