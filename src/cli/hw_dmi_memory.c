/* Memory: types 16, 17 and 19. */
#include "cli/hw_dmi.h"

#include <stdio.h>

static void line_error_handle(entry *e, u8 at)
{
        u64 handle = word(e, at);
        if (handle >= 0xfffe)
                printf("\tError Information Handle: %s\n", handle == 0xfffe ? "Not Provided" : "No Error");
        else
                dmi_handle(e, at, "Error Information Handle");
}

void dmi_memory_array(entry *e)
{
        static const char *const places[] = { "Other", "Unknown", "System Board Or Motherboard", "ISA Add-on Card", "EISA Add-on Card",
                "PCI Add-on Card", "MCA Add-on Card", "PCMCIA Add-on Card", "Proprietary Add-on Card", "NuBus" };
        static const char *const uses[] = { "Other", "Unknown", "System Memory", "Video Memory", "Flash Memory", "Non-volatile RAM",
                "Cache Memory" };
        static const char *const ecc[] = { "Other", "Unknown", "None", "Parity", "Single-bit ECC", "Multi-bit ECC", "CRC" };
        if (!has(e, 0x0f))
                return;
        DMI_WORD(byte(e, 0x04), "Location", places, 1);
        DMI_WORD(byte(e, 0x05), "Use", uses, 1);
        DMI_WORD(byte(e, 0x06), "Error Correction Type", ecc, 1);
        printf("\tMaximum Capacity: ");
        if (dword(e, 0x07) != 0x80000000)
                dmi_print_kib(dword(e, 0x07));
        else if (!has(e, 0x17))
                printf("Unknown");
        else
                dmi_print_kib(smbios_field(e, 0x0f, 8, 0) >> 10);
        putchar('\n');
        line_error_handle(e, 0x0b);
        printf("\tNumber Of Devices: %u\n", (unsigned)word(e, 0x0d));
}

static void line_unit(u64 value, u64 unknown, const char *label, const char *unit)
{
        if (value == unknown || value == 0)
                printf("\t%s: Unknown\n", label);
        else
                printf("\t%s: %u %s\n", label, (unsigned)value, unit);
}

static void line_millivolt(u64 millivolt, const char *label)
{
        if (!millivolt)
                printf("\t%s: Unknown\n", label);
        else
                printf(millivolt % 100 ? "\t%s: %g V\n" : "\t%s: %.1f V\n", label, (double)millivolt / 1000);
}

static void line_memory_speed(entry *e, u8 at, u8 wide, const char *label)
{
        line_unit(word(e, at) == 0xffff ? dword(e, wide) : word(e, at), 0, label, "MT/s");
}

/* In MB, and without a fraction. */
static void print_extended_size(u64 mb)
{
        if (mb & 0x3ff)
                printf("%llu MB", (unsigned long long)mb);
        else if (mb & 0xffc00)
                printf("%llu GB", (unsigned long long)mb >> 10);
        else
                printf("%llu TB", (unsigned long long)mb >> 20);
}

static void line_memory_size(entry *e)
{
        printf("\tSize: ");
        if (word(e, 0x0c) == 0)
                printf("No Module Installed");
        else if (word(e, 0x0c) == 0xffff)
                printf("Unknown");
        else if (word(e, 0x0c) == 0x7fff && has(e, 0x20))
                print_extended_size(dword(e, 0x1c) & 0x7fffffff);
        else
                dmi_print_kib(smbios_memory_bytes(e) >> 10);
        putchar('\n');
}

/* Sizes of parts of a module, all bits: unknown. */
static void line_part_size(entry *e, u8 at, const char *label)
{
        u64 bytes = smbios_field(e, at, 8, 0);
        printf("\t%s: ", label);
        if (bytes == UINT64_MAX)
                printf("Unknown");
        else if (!bytes)
                printf("None");
        else
                dmi_print_size(bytes, 0);
        putchar('\n');
}

/* JEP-106 codes: the bank in the low byte, the maker in the high one. */
static void line_maker(entry *e, u8 at, const char *label)
{
        u64 code = word(e, at);
        if (!code)
                printf("\t%s: Unknown\n", label);
        else
                printf("\t%s: Bank %u, Hex 0x%02X\n", label, (unsigned)(code & 0x7f) + 1, (unsigned)(code >> 8));
}

static void line_product(entry *e, u8 at, const char *label)
{
        u64 code = word(e, at);
        if (!code)
                printf("\t%s: Unknown\n", label);
        else
                printf("\t%s: 0x%04X\n", label, (unsigned)code);
}

static void lines_of_technology(entry *e)
{
        static const char *const technologies[] = { "Other", "Unknown", "DRAM", "NVDIMM-N", "NVDIMM-F", "NVDIMM-P",
                "Intel Optane DC persistent memory" };
        static const char *const modes[] = { "Other", "Unknown", "Volatile memory", "Byte-accessible persistent memory",
                "Block-accessible persistent memory" };
        DMI_WORD(byte(e, 0x28), "Memory Technology", technologies, 1);
        u64 mode = word(e, 0x29) & 0xfffe;
        printf("\tMemory Operating Mode Capability:");
        for (size_t i = 0; i < ARRAY_LEN(modes); i++)
                if (mode >> (i + 1) & 1)
                        printf(" %s", modes[i]);
        printf("%s\n", !mode ? " None" : mode & 0x3e ? "" : " ");
        dmi_string(e, 0x2b, "Firmware Version");
        line_maker(e, 0x2c, "Module Manufacturer ID");
        line_product(e, 0x2e, "Module Product ID");
        line_maker(e, 0x30, "Memory Subsystem Controller Manufacturer ID");
        line_product(e, 0x32, "Memory Subsystem Controller Product ID");
        if (!has(e, 0x3c))
                return;
        line_part_size(e, 0x34, "Non-Volatile Size");
        if (has(e, 0x44))
                line_part_size(e, 0x3c, "Volatile Size");
        if (has(e, 0x4c))
                line_part_size(e, 0x44, "Cache Size");
        if (has(e, 0x54))
                line_part_size(e, 0x4c, "Logical Size");
}

void dmi_memory_device(entry *e)
{
        static const char *const forms[] = { "Other", "Unknown", "SIMM", "SIP", "Chip", "DIP", "ZIP", "Proprietary Card", "DIMM", "TSOP",
                "Row Of Chips", "RIMM", "SODIMM", "SRIMM", "FB-DIMM", "Die" };
        static const char *const details[] = { "Other", "Unknown", "Fast-paged", "Static Column", "Pseudo-static", "RAMBus", "Synchronous",
                "CMOS", "EDO", "Window DRAM", "Cache DRAM", "Non-Volatile", "Registered (Buffered)", "Unbuffered (Unregistered)",
                "LRDIMM" };
        if (!has(e, 0x15))
                return;
        dmi_handle(e, 0x04, "Array Handle");
        line_error_handle(e, 0x06);
        line_unit(word(e, 0x08), 0xffff, "Total Width", "bits");
        line_unit(word(e, 0x0a), 0xffff, "Data Width", "bits");
        line_memory_size(e);
        DMI_WORD(byte(e, 0x0e), "Form Factor", forms, 1);
        u64 set = byte(e, 0x0f);
        if (set == 0 || set == 0xff)
                printf("\tSet: %s\n", set ? "Unknown" : "None");
        else
                printf("\tSet: %u\n", (unsigned)set);
        dmi_string(e, 0x10, "Locator");
        dmi_string(e, 0x11, "Bank Locator");
        u64 kind = byte(e, 0x12);
        const char *type = kind == 1 ? "Other" : kind == 2 ? "Unknown" : smbios_memory_type(e);
        printf("\tType: %s\n\tType Detail:", type ? type : "<OUT OF SPEC>");
        for (size_t i = 0; i < ARRAY_LEN(details); i++)
                if (word(e, 0x13) >> (i + 1) & 1)
                        printf(" %s", details[i]);
        printf("%s\n", word(e, 0x13) & 0xfffe ? "" : " None");
        if (!has(e, 0x17) || word(e, 0x0c) == 0)
                return;
        line_memory_speed(e, 0x15, 0x54, "Speed");
        if (!has(e, 0x1b))
                return;
        dmi_string(e, 0x17, "Manufacturer");
        dmi_string(e, 0x18, "Serial Number");
        dmi_string(e, 0x19, "Asset Tag");
        dmi_string(e, 0x1a, "Part Number");
        if (!has(e, 0x1c))
                return;
        printf(byte(e, 0x1b) & 0xf ? "\tRank: %u\n" : "\tRank: Unknown\n", (unsigned)byte(e, 0x1b) & 0xf);
        if (!has(e, 0x22))
                return;
        line_memory_speed(e, 0x20, 0x58, "Configured Memory Speed");
        if (!has(e, 0x28))
                return;
        line_millivolt(word(e, 0x22), "Minimum Voltage");
        line_millivolt(word(e, 0x24), "Maximum Voltage");
        line_millivolt(word(e, 0x26), "Configured Voltage");
        if (has(e, 0x34))
                lines_of_technology(e);
}

static void line_range(u64 size, size_t scale)
{
        printf("\tRange Size: ");
        if (size)
                dmi_print_size(size, scale);
        else
                printf("Invalid");
        putchar('\n');
}

void dmi_memory_map(entry *e)
{
        if (!has(e, 0x0f))
                return;
        u32 start = (u32)dword(e, 0x04), end = (u32)dword(e, 0x08);
        if (has(e, 0x1f) && start == 0xffffffff) {
                u64 from = smbios_field(e, 0x0f, 8, 0), to = smbios_field(e, 0x17, 8, 0);
                /* The k is dmidecode's. */
                printf("\tStarting Address: 0x%016llXk\n\tEnding Address: 0x%016llXk\n", (unsigned long long)from, (unsigned long long)to);
                line_range(to == from ? 0 : to - from + 1, 0);
        } else {
                printf("\tStarting Address: 0x%08X%03X\n\tEnding Address: 0x%08X%03X\n", start >> 2, (start & 3) << 10, end >> 2,
                        ((end & 3) << 10) + 0x3ff);
                line_range(end - start + 1, 1);
        }
        printf("\tPhysical Array Handle: 0x%04X\n\tPartition Width: %u\n", (unsigned)word(e, 0x0c), (unsigned)byte(e, 0x0e));
}
