/*
 * The SMBIOS table in the form of dmidecode 3.4, for scripts that read that: types 0, 1, 2, 3, 4, 7, 16, 17, 19, 32 and 127 as it prints
 * them, the others as it prints types it does not know. The meanings are those of DMTF DSP0134.
 */
#include "cli/hw_view.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "hw/smbios.h"

typedef const struct smbios_entry entry;

static u64 byte(entry *e, u8 at)
{
        return smbios_field(e, at, 1, 0);
}

static u64 word(entry *e, u8 at)
{
        return smbios_field(e, at, 2, 0);
}

static u64 dword(entry *e, u8 at)
{
        return smbios_field(e, at, 4, 0);
}

/* Whether the structure is long enough to have what ends before `end`. */
static bool has(entry *e, u8 end)
{
        return e->length >= end;
}

/* ---- lines ---- */

static void line_string(entry *e, u8 at, const char *label)
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

static void line_handle(entry *e, u8 at, const char *label)
{
        printf("\t%s: 0x%04X\n", label, (unsigned)word(e, at));
}

/* A word from a table whose first entry has the number `first`. */
static void line_word(u64 value, const char *label, const char *const *words, size_t count, u64 first)
{
        bool known = value >= first && value - first < count && words[value - first];
        printf("\t%s: %s\n", label, known ? words[value - first] : "<OUT OF SPEC>");
}
#define LINE_WORD(value, label, words, first) line_word(value, label, words, ARRAY_LEN(words), first)

/* The bits of a set, a line each, or one that says there are none. */
static void lines_bits(u64 bits, const char *const *words, size_t count, u64 first)
{
        for (size_t i = 0; i < count; i++)
                if (bits >> (first + i) & 1 && words[i])
                        printf("\t\t%s\n", words[i]);
}

/*
 * A size in units of 1 << 10 * `scale` bytes: in the largest unit of which there is one, or in the next smaller one when there is something
 * of that, too; what is still smaller is dropped.
 */
static void print_size(u64 size, size_t scale)
{
        static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB", "PB", "EB", "ZB" };
        size_t top = 0;
        while (size >> 10 * top >= 1024)
                top++;
        if (top && size >> 10 * (top - 1) & 1023)
                top--;
        printf("%llu %s", (unsigned long long)(size >> 10 * top), units[top + scale]);
}

static void print_kib(u64 kib)
{
        print_size(kib, 1);
}

/* ---- types 0 to 3 ---- */

static void type_bios(entry *e)
{
        static const char *const characteristics[] = { "BIOS characteristics not supported", "ISA is supported", "MCA is supported",
                "EISA is supported", "PCI is supported", "PC Card (PCMCIA) is supported", "PNP is supported", "APM is supported",
                "BIOS is upgradeable", "BIOS shadowing is allowed", "VLB is supported", "ESCD support is available",
                "Boot from CD is supported", "Selectable boot is supported", "BIOS ROM is socketed",
                "Boot from PC Card (PCMCIA) is supported", "EDD is supported", "Japanese floppy for NEC 9800 1.2 MB is supported (int 13h)",
                "Japanese floppy for Toshiba 1.2 MB is supported (int 13h)", "5.25\"/360 kB floppy services are supported (int 13h)",
                "5.25\"/1.2 MB floppy services are supported (int 13h)", "3.5\"/720 kB floppy services are supported (int 13h)",
                "3.5\"/2.88 MB floppy services are supported (int 13h)", "Print screen service is supported (int 5h)",
                "8042 keyboard services are supported (int 9h)", "Serial services are supported (int 14h)",
                "Printer services are supported (int 17h)", "CGA/mono video services are supported (int 10h)", "NEC PC-98" };
        static const char *const first[] = { "ACPI is supported", "USB legacy is supported", "AGP is supported", "I2O boot is supported",
                "LS-120 boot is supported", "ATAPI Zip drive boot is supported", "IEEE 1394 boot is supported",
                "Smart battery is supported" };
        static const char *const second[] = { "BIOS boot specification is supported", "Function key-initiated network boot is supported",
                "Targeted content distribution is supported", "UEFI is supported", "System is a virtual machine",
                "Manufacturing mode is supported", "Manufacturing mode is enabled" };
        if (!has(e, 0x12))
                return;
        line_string(e, 0x04, "Vendor");
        line_string(e, 0x05, "Version");
        line_string(e, 0x08, "Release Date");
        u64 segment = word(e, 0x06);
        if (segment) {
                u64 bytes = (0x10000 - segment) << 4;
                printf("\tAddress: 0x%04X0\n\tRuntime Size: ", (unsigned)segment);
                if (bytes & 0x3ff)
                        printf("%llu bytes\n", (unsigned long long)bytes);
                else
                        printf("%llu kB\n", (unsigned long long)bytes >> 10);
        }
        u64 extended = word(e, 0x18);
        printf("\tROM Size: ");
        if (byte(e, 0x09) != 0xff)
                print_kib((byte(e, 0x09) + 1) << 6);
        else
                print_kib(has(e, 0x1a) ? (extended & 0x3fff) << (extended >> 14 == 1 ? 20 : 10) : 16 << 10);
        u64 bits = smbios_field(e, 0x0a, 8, 0);
        printf("\n\tCharacteristics:\n");
        if (bits >> 3 & 1)
                printf("\t\t%s\n", characteristics[0]);
        else
                lines_bits(bits >> 4, characteristics + 1, ARRAY_LEN(characteristics) - 1, 0);
        if (has(e, 0x13))
                lines_bits(byte(e, 0x12), first, ARRAY_LEN(first), 0);
        if (has(e, 0x14))
                lines_bits(byte(e, 0x13), second, ARRAY_LEN(second), 0);
        if (has(e, 0x18) && byte(e, 0x14) != 0xff && byte(e, 0x15) != 0xff)
                printf("\tBIOS Revision: %u.%u\n", (unsigned)byte(e, 0x14), (unsigned)byte(e, 0x15));
        if (has(e, 0x18) && byte(e, 0x16) != 0xff && byte(e, 0x17) != 0xff)
                printf("\tFirmware Revision: %u.%u\n", (unsigned)byte(e, 0x16), (unsigned)byte(e, 0x17));
}

static void line_uuid(entry *e)
{
        const u8 *u = e->data + 8;
        bool same = true;
        for (int i = 1; i < 16; i++)
                same &= u[i] == u[0];
        if (same && (u[0] == 0 || u[0] == 0xff)) {
                printf("\tUUID: %s\n", u[0] ? "Not Present" : "Not Settable");
                return;
        }
        printf("\tUUID: %02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x\n", u[3], u[2], u[1], u[0], u[5], u[4], u[7],
                u[6], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}

static void type_system(entry *e)
{
        static const char *const wake[] = { "Reserved", "Other", "Unknown", "APM Timer", "Modem Ring", "LAN Remote", "Power Switch",
                "PCI PME#", "AC Power Restored" };
        if (!has(e, 0x08))
                return;
        line_string(e, 0x04, "Manufacturer");
        line_string(e, 0x05, "Product Name");
        line_string(e, 0x06, "Version");
        line_string(e, 0x07, "Serial Number");
        if (!has(e, 0x19))
                return;
        line_uuid(e);
        LINE_WORD(byte(e, 0x18), "Wake-up Type", wake, 0);
        if (!has(e, 0x1b))
                return;
        line_string(e, 0x19, "SKU Number");
        line_string(e, 0x1a, "Family");
}

static void type_board(entry *e)
{
        static const char *const flags[] = { "Board is a hosting board", "Board requires at least one daughter board", "Board is removable",
                "Board is replaceable", "Board is hot swappable" };
        static const char *const types[] = { "Unknown", "Other", "Server Blade", "Connectivity Switch", "System Management Module",
                "Processor Module", "I/O Module", "Memory Module", "Daughter Board", "Motherboard", "Processor+Memory Module",
                "Processor+I/O Module", "Interconnect Board" };
        if (!has(e, 0x08))
                return;
        line_string(e, 0x04, "Manufacturer");
        line_string(e, 0x05, "Product Name");
        line_string(e, 0x06, "Version");
        line_string(e, 0x07, "Serial Number");
        if (has(e, 0x09))
                line_string(e, 0x08, "Asset Tag");
        if (has(e, 0x0a)) {
                u64 bits = byte(e, 0x09) & 0x1f;
                printf("\tFeatures:%s\n", bits ? "" : " None");
                lines_bits(bits, flags, ARRAY_LEN(flags), 0);
        }
        if (!has(e, 0x0e))
                return;
        line_string(e, 0x0a, "Location In Chassis");
        line_handle(e, 0x0b, "Chassis Handle");
        LINE_WORD(byte(e, 0x0d), "Type", types, 1);
        u64 count = byte(e, 0x0e);
        if (!has(e, 0x0f) || !has(e, (u8)(0x0f + 2 * (count < 100 ? count : 100))))
                return;
        printf("\tContained Object Handles: %u\n", (unsigned)count);
        for (u64 i = 0; i < count; i++)
                printf("\t\t0x%04X\n", (unsigned)word(e, (u8)(0x0f + 2 * i)));
}

static void type_chassis(entry *e)
{
        static const char *const types[] = { "Other", "Unknown", "Desktop", "Low Profile Desktop", "Pizza Box", "Mini Tower", "Tower",
                "Portable", "Laptop", "Notebook", "Hand Held", "Docking Station", "All In One", "Sub Notebook", "Space-saving", "Lunch Box",
                "Main Server Chassis", "Expansion Chassis", "Sub Chassis", "Bus Expansion Chassis", "Peripheral Chassis", "RAID Chassis",
                "Rack Mount Chassis", "Sealed-case PC", "Multi-system", "CompactPCI", "AdvancedTCA", "Blade", "Blade Enclosing", "Tablet",
                "Convertible", "Detachable", "IoT Gateway", "Embedded PC", "Mini PC", "Stick PC" };
        static const char *const states[] = { "Other", "Unknown", "Safe", "Warning", "Critical", "Non-recoverable" };
        static const char *const security[] = { "Other", "Unknown", "None", "External Interface Locked Out", "External Interface Enabled" };
        if (!has(e, 0x09))
                return;
        line_string(e, 0x04, "Manufacturer");
        LINE_WORD(byte(e, 0x05) & 0x7f, "Type", types, 1);
        printf("\tLock: %s\n", byte(e, 0x05) & 0x80 ? "Present" : "Not Present");
        line_string(e, 0x06, "Version");
        line_string(e, 0x07, "Serial Number");
        line_string(e, 0x08, "Asset Tag");
        if (!has(e, 0x0d))
                return;
        LINE_WORD(byte(e, 0x09), "Boot-up State", states, 1);
        LINE_WORD(byte(e, 0x0a), "Power Supply State", states, 1);
        LINE_WORD(byte(e, 0x0b), "Thermal State", states, 1);
        LINE_WORD(byte(e, 0x0c), "Security Status", security, 1);
        if (!has(e, 0x11))
                return;
        printf("\tOEM Information: 0x%08X\n", (unsigned)dword(e, 0x0d));
        if (!has(e, 0x13))
                return;
        printf(byte(e, 0x11) ? "\tHeight: %u U\n" : "\tHeight: Unspecified\n", (unsigned)byte(e, 0x11));
        printf(byte(e, 0x12) ? "\tNumber Of Power Cords: %u\n" : "\tNumber Of Power Cords: Unspecified\n", (unsigned)byte(e, 0x12));
        u64 elements = byte(e, 0x13) * byte(e, 0x14);
        if (!has(e, 0x15) || e->length < 0x15 + elements)
                return;
        printf("\tContained Elements: %u\n", (unsigned)byte(e, 0x13));
        if (e->length >= 0x16 + elements)
                line_string(e, (u8)(0x15 + elements), "SKU Number");
}

/* ---- processors and caches ---- */

static u64 family_of(entry *e)
{
        u64 family = byte(e, 0x06);
        return family == 0xfe && has(e, 0x2a) ? word(e, 0x28) : family;
}

static void line_family(entry *e)
{
        /* The ones that servers of today have; the table has some 250. */
        static const struct {
                u16 number;
                const char *name;
        } families[] = { { 0x01, "Other" }, { 0x02, "Unknown" }, { 0x6b, "Zen" }, { 0xb3, "Xeon" }, { 0xc6, "Core i7" }, { 0x100, "ARMv7" },
                { 0x101, "ARMv8" }, { 0x102, "ARMv9" }, { 0x118, "ARM" }, { 0x119, "StrongARM" } };
        u64 family = family_of(e);
        for (size_t i = 0; i < ARRAY_LEN(families); i++)
                if (families[i].number == family) {
                        printf("\tFamily: %s\n", families[i].name);
                        return;
                }
        if (family == 0xfe)
                printf("\tFamily: <OUT OF SPEC>\n");
        else
                printf("\tFamily: 0x%X\n", (unsigned)family);
}

static void line_id(entry *e)
{
        u64 family = family_of(e), midr = dword(e, 0x08);
        bool arm = family == 0x100 || family == 0x101 || family == 0x118 || family == 0x119;
        printf("\tID:");
        for (u8 i = 0; i < 8; i++)
                printf(" %02X", (unsigned)byte(e, (u8)(0x08 + i)));
        putchar('\n');
        if (arm && midr && word(e, 0x26) >> 9 & 1)
                printf("\tSignature: JEP-106 Bank 0x%02x Manufacturer 0x%02x, SoC ID 0x%04x, SoC Revision 0x%08x\n",
                        (unsigned)(midr >> 24 & 0x7f), (unsigned)(midr >> 16 & 0x7f), (unsigned)(midr & 0xffff), (unsigned)dword(e, 0x0c));
        else if (arm && midr)
                printf("\tSignature: Implementor 0x%02x, Variant 0x%x, Architecture %u, Part 0x%03x, Revision %u\n", (unsigned)(midr >> 24),
                        (unsigned)(midr >> 20 & 0xf), (unsigned)(midr >> 16 & 0xf), (unsigned)(midr >> 4 & 0xfff), (unsigned)(midr & 0xf));
}

static void line_voltage(u64 code)
{
        static const char *const volts[] = { "5.0 V", "3.3 V", "2.9 V" };
        printf("\tVoltage:");
        if (code & 0x80)
                printf(" %.1f V\n", (double)(code & 0x7f) / 10);
        else if (!(code & 7))
                printf(" Unknown\n");
        else {
                for (size_t i = 0; i < ARRAY_LEN(volts); i++)
                        if (code >> i & 1)
                                printf(" %s", volts[i]);
                putchar('\n');
        }
}

static void line_mhz(u64 mhz, const char *label)
{
        printf(mhz ? "\t%s: %u MHz\n" : "\t%s: Unknown\n", label, (unsigned)mhz);
}

static void line_cache_handle(entry *e, u8 at, const char *label)
{
        if (word(e, at) == 0xffff)
                printf("\t%s: Not Provided\n", label);
        else
                line_handle(e, at, label);
}

static void line_count(entry *e, u8 at, u8 wide, const char *label)
{
        u64 count = byte(e, at) == 0xff && has(e, (u8)(wide + 2)) ? word(e, wide) : byte(e, at);
        if (count)
                printf("\t%s: %u\n", label, (unsigned)count);
}

static void type_processor(entry *e)
{
        static const char *const types[] = { "Other", "Unknown", "Central Processor", "Math Processor", "DSP Processor",
                "Video Processor" };
        static const char *const states[] = { "Unknown", "Enabled", "Disabled By User", "Disabled By BIOS", "Idle", "<OUT OF SPEC>",
                "<OUT OF SPEC>", "Other" };
        static const char *const upgrades[] = { "Other", "Unknown", "Daughter Board", "ZIF Socket", "Replaceable Piggy Back", "None",
                "LIF Socket", "Slot 1", "Slot 2", "370-pin Socket", "Slot A", "Slot M", "Socket 423", "Socket A (Socket 462)", "Socket 478",
                "Socket 754", "Socket 940", "Socket 939", "Socket mPGA604", "Socket LGA771", "Socket LGA775" };
        static const char *const abilities[] = { "64-bit capable", "Multi-Core", "Hardware Thread", "Execute Protection",
                "Enhanced Virtualization", "Power/Performance Control", "128-bit Capable", "Arm64 SoC ID" };
        if (!has(e, 0x1a))
                return;
        line_string(e, 0x04, "Socket Designation");
        LINE_WORD(byte(e, 0x05), "Type", types, 1);
        line_family(e);
        line_string(e, 0x07, "Manufacturer");
        line_id(e);
        line_string(e, 0x10, "Version");
        line_voltage(byte(e, 0x11));
        line_mhz(word(e, 0x12), "External Clock");
        line_mhz(word(e, 0x14), "Max Speed");
        line_mhz(word(e, 0x16), "Current Speed");
        if (byte(e, 0x18) & 0x40)
                printf("\tStatus: Populated, %s\n", states[byte(e, 0x18) & 7]);
        else
                printf("\tStatus: Unpopulated\n");
        LINE_WORD(byte(e, 0x19), "Upgrade", upgrades, 1);
        if (!has(e, 0x20))
                return;
        line_cache_handle(e, 0x1a, "L1 Cache Handle");
        line_cache_handle(e, 0x1c, "L2 Cache Handle");
        line_cache_handle(e, 0x1e, "L3 Cache Handle");
        if (!has(e, 0x23))
                return;
        line_string(e, 0x20, "Serial Number");
        line_string(e, 0x21, "Asset Tag");
        line_string(e, 0x22, "Part Number");
        if (!has(e, 0x28))
                return;
        line_count(e, 0x23, 0x2a, "Core Count");
        line_count(e, 0x24, 0x2c, "Core Enabled");
        line_count(e, 0x25, 0x2e, "Thread Count");
        u64 bits = word(e, 0x26);
        printf("\tCharacteristics:%s\n", bits & 0xfc ? "" : " None");
        if (bits & 0xfc)
                lines_bits(bits, abilities, ARRAY_LEN(abilities), 2);
}

static void line_cache_size(entry *e, const char *label, u8 at, u8 wide)
{
        u64 size = word(e, at), kib = (size & 0x7fff) << (size & 0x8000 ? 6 : 0);
        if (has(e, 0x1b))
                kib = (dword(e, wide) & 0x7fffffff) << (dword(e, wide) >> 31 ? 6 : 0);
        printf("\t%s: ", label);
        print_kib(kib);
        putchar('\n');
}

static void type_cache(entry *e)
{
        static const char *const modes[] = { "Write Through", "Write Back", "Varies With Memory Address", "Unknown" };
        static const char *const places[] = { "Internal", "External", "<OUT OF SPEC>", "Unknown" };
        static const char *const rams[] = { "Other", "Unknown", "Non-burst", "Burst", "Pipeline Burst", "Synchronous", "Asynchronous" };
        static const char *const ecc[] = { "Other", "Unknown", "None", "Parity", "Single-bit ECC", "Multi-bit ECC" };
        static const char *const kinds[] = { "Other", "Unknown", "Instruction", "Data", "Unified" };
        static const char *const ways[] = { "Other", "Unknown", "Direct Mapped", "2-way Set-associative", "4-way Set-associative",
                "Fully Associative", "8-way Set-associative", "16-way Set-associative", "12-way Set-associative", "24-way Set-associative",
                "32-way Set-associative", "48-way Set-associative", "64-way Set-associative", "20-way Set-associative" };
        if (!has(e, 0x0f))
                return;
        u64 configuration = word(e, 0x05);
        line_string(e, 0x04, "Socket Designation");
        printf("\tConfiguration: %s, %s, Level %u\n", configuration & 0x80 ? "Enabled" : "Disabled",
                configuration & 8 ? "Socketed" : "Not Socketed", (unsigned)(configuration & 7) + 1);
        LINE_WORD(configuration >> 8 & 3, "Operational Mode", modes, 0);
        LINE_WORD(configuration >> 5 & 3, "Location", places, 0);
        line_cache_size(e, "Installed Size", 0x09, 0x17);
        line_cache_size(e, "Maximum Size", 0x07, 0x13);
        u64 supported = word(e, 0x0b) & 0x7f, installed = word(e, 0x0d) & 0x7f;
        printf("\tSupported SRAM Types:%s\n", supported ? "" : " None");
        lines_bits(supported, rams, ARRAY_LEN(rams), 0);
        printf("\tInstalled SRAM Type:");
        for (size_t i = 0; i < ARRAY_LEN(rams); i++)
                if (installed >> i & 1)
                        printf(" %s", rams[i]);
        printf("%s\n", installed ? "" : " None");
        if (!has(e, 0x13))
                return;
        printf(byte(e, 0x0f) ? "\tSpeed: %u ns\n" : "\tSpeed: Unknown\n", (unsigned)byte(e, 0x0f));
        LINE_WORD(byte(e, 0x10), "Error Correction Type", ecc, 1);
        LINE_WORD(byte(e, 0x11), "System Type", kinds, 1);
        LINE_WORD(byte(e, 0x12), "Associativity", ways, 1);
}

/* ---- memory ---- */

static void line_error_handle(entry *e, u8 at)
{
        u64 handle = word(e, at);
        if (handle >= 0xfffe)
                printf("\tError Information Handle: %s\n", handle == 0xfffe ? "Not Provided" : "No Error");
        else
                line_handle(e, at, "Error Information Handle");
}

static void type_memory_array(entry *e)
{
        static const char *const places[] = { "Other", "Unknown", "System Board Or Motherboard", "ISA Add-on Card", "EISA Add-on Card",
                "PCI Add-on Card", "MCA Add-on Card", "PCMCIA Add-on Card", "Proprietary Add-on Card", "NuBus" };
        static const char *const uses[] = { "Other", "Unknown", "System Memory", "Video Memory", "Flash Memory", "Non-volatile RAM",
                "Cache Memory" };
        static const char *const ecc[] = { "Other", "Unknown", "None", "Parity", "Single-bit ECC", "Multi-bit ECC", "CRC" };
        if (!has(e, 0x0f))
                return;
        LINE_WORD(byte(e, 0x04), "Location", places, 1);
        LINE_WORD(byte(e, 0x05), "Use", uses, 1);
        LINE_WORD(byte(e, 0x06), "Error Correction Type", ecc, 1);
        printf("\tMaximum Capacity: ");
        if (dword(e, 0x07) != 0x80000000)
                print_kib(dword(e, 0x07));
        else if (!has(e, 0x17))
                printf("Unknown");
        else
                print_kib(smbios_field(e, 0x0f, 8, 0) >> 10);
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
                print_kib(smbios_memory_bytes(e) >> 10);
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
                print_size(bytes, 0);
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
        LINE_WORD(byte(e, 0x28), "Memory Technology", technologies, 1);
        u64 mode = word(e, 0x29) & 0xfffe;
        printf("\tMemory Operating Mode Capability:");
        for (size_t i = 0; i < ARRAY_LEN(modes); i++)
                if (mode >> (i + 1) & 1)
                        printf(" %s", modes[i]);
        printf("%s\n", !mode ? " None" : mode & 0x3e ? "" : " ");
        line_string(e, 0x2b, "Firmware Version");
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

static void type_memory_device(entry *e)
{
        static const char *const forms[] = { "Other", "Unknown", "SIMM", "SIP", "Chip", "DIP", "ZIP", "Proprietary Card", "DIMM", "TSOP",
                "Row Of Chips", "RIMM", "SODIMM", "SRIMM", "FB-DIMM", "Die" };
        static const char *const details[] = { "Other", "Unknown", "Fast-paged", "Static Column", "Pseudo-static", "RAMBus", "Synchronous",
                "CMOS", "EDO", "Window DRAM", "Cache DRAM", "Non-Volatile", "Registered (Buffered)", "Unbuffered (Unregistered)",
                "LRDIMM" };
        if (!has(e, 0x15))
                return;
        line_handle(e, 0x04, "Array Handle");
        line_error_handle(e, 0x06);
        line_unit(word(e, 0x08), 0xffff, "Total Width", "bits");
        line_unit(word(e, 0x0a), 0xffff, "Data Width", "bits");
        line_memory_size(e);
        LINE_WORD(byte(e, 0x0e), "Form Factor", forms, 1);
        u64 set = byte(e, 0x0f);
        if (set == 0 || set == 0xff)
                printf("\tSet: %s\n", set ? "Unknown" : "None");
        else
                printf("\tSet: %u\n", (unsigned)set);
        line_string(e, 0x10, "Locator");
        line_string(e, 0x11, "Bank Locator");
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
        line_string(e, 0x17, "Manufacturer");
        line_string(e, 0x18, "Serial Number");
        line_string(e, 0x19, "Asset Tag");
        line_string(e, 0x1a, "Part Number");
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
                print_size(size, scale);
        else
                printf("Invalid");
        putchar('\n');
}

static void type_memory_map(entry *e)
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

static void type_boot(entry *e)
{
        static const char *const states[] = { "No errors detected", "No bootable media", "Operating system failed to load",
                "Firmware-detected hardware failure", "Operating system-detected hardware failure", "User-requested boot",
                "System security violation", "Previously-requested image", "System watchdog timer expired" };
        if (has(e, 0x0b))
                LINE_WORD(byte(e, 0x0a), "Status", states, 0);
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
        { SMBIOS_BIOS, "BIOS Information", type_bios },
        { SMBIOS_SYSTEM, "System Information", type_system },
        { SMBIOS_BOARD, "Base Board Information", type_board },
        { SMBIOS_CHASSIS, "Chassis Information", type_chassis },
        { SMBIOS_PROCESSOR, "Processor Information", type_processor },
        { SMBIOS_CACHE, "Cache Information", type_cache },
        { SMBIOS_MEMORY_ARRAY, "Physical Memory Array", type_memory_array },
        { SMBIOS_MEMORY_DEVICE, "Memory Device", type_memory_device },
        { SMBIOS_MEMORY_MAP, "Memory Array Mapped Address", type_memory_map },
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
