/* Processors and caches: types 4 and 7. */
#include "cli/hw_dmi.h"

#include <stdio.h>

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
                dmi_handle(e, at, label);
}

static void line_count(entry *e, u8 at, u8 wide, const char *label)
{
        u64 count = byte(e, at) == 0xff && has(e, (u8)(wide + 2)) ? word(e, wide) : byte(e, at);
        if (count)
                printf("\t%s: %u\n", label, (unsigned)count);
}

void dmi_processor(entry *e)
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
        dmi_string(e, 0x04, "Socket Designation");
        DMI_WORD(byte(e, 0x05), "Type", types, 1);
        line_family(e);
        dmi_string(e, 0x07, "Manufacturer");
        line_id(e);
        dmi_string(e, 0x10, "Version");
        line_voltage(byte(e, 0x11));
        line_mhz(word(e, 0x12), "External Clock");
        line_mhz(word(e, 0x14), "Max Speed");
        line_mhz(word(e, 0x16), "Current Speed");
        if (byte(e, 0x18) & 0x40)
                printf("\tStatus: Populated, %s\n", states[byte(e, 0x18) & 7]);
        else
                printf("\tStatus: Unpopulated\n");
        DMI_WORD(byte(e, 0x19), "Upgrade", upgrades, 1);
        if (!has(e, 0x20))
                return;
        line_cache_handle(e, 0x1a, "L1 Cache Handle");
        line_cache_handle(e, 0x1c, "L2 Cache Handle");
        line_cache_handle(e, 0x1e, "L3 Cache Handle");
        if (!has(e, 0x23))
                return;
        dmi_string(e, 0x20, "Serial Number");
        dmi_string(e, 0x21, "Asset Tag");
        dmi_string(e, 0x22, "Part Number");
        if (!has(e, 0x28))
                return;
        line_count(e, 0x23, 0x2a, "Core Count");
        line_count(e, 0x24, 0x2c, "Core Enabled");
        line_count(e, 0x25, 0x2e, "Thread Count");
        u64 bits = word(e, 0x26);
        printf("\tCharacteristics:%s\n", bits & 0xfc ? "" : " None");
        if (bits & 0xfc)
                dmi_bits(bits, abilities, ARRAY_LEN(abilities), 2);
}

static void line_cache_size(entry *e, const char *label, u8 at, u8 wide)
{
        u64 size = word(e, at), kib = (size & 0x7fff) << (size & 0x8000 ? 6 : 0);
        if (has(e, 0x1b))
                kib = (dword(e, wide) & 0x7fffffff) << (dword(e, wide) >> 31 ? 6 : 0);
        printf("\t%s: ", label);
        dmi_print_kib(kib);
        putchar('\n');
}

void dmi_cache(entry *e)
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
        dmi_string(e, 0x04, "Socket Designation");
        printf("\tConfiguration: %s, %s, Level %u\n", configuration & 0x80 ? "Enabled" : "Disabled",
                configuration & 8 ? "Socketed" : "Not Socketed", (unsigned)(configuration & 7) + 1);
        DMI_WORD(configuration >> 8 & 3, "Operational Mode", modes, 0);
        DMI_WORD(configuration >> 5 & 3, "Location", places, 0);
        line_cache_size(e, "Installed Size", 0x09, 0x17);
        line_cache_size(e, "Maximum Size", 0x07, 0x13);
        u64 supported = word(e, 0x0b) & 0x7f, installed = word(e, 0x0d) & 0x7f;
        printf("\tSupported SRAM Types:%s\n", supported ? "" : " None");
        dmi_bits(supported, rams, ARRAY_LEN(rams), 0);
        printf("\tInstalled SRAM Type:");
        for (size_t i = 0; i < ARRAY_LEN(rams); i++)
                if (installed >> i & 1)
                        printf(" %s", rams[i]);
        printf("%s\n", installed ? "" : " None");
        if (!has(e, 0x13))
                return;
        printf(byte(e, 0x0f) ? "\tSpeed: %u ns\n" : "\tSpeed: Unknown\n", (unsigned)byte(e, 0x0f));
        DMI_WORD(byte(e, 0x10), "Error Correction Type", ecc, 1);
        DMI_WORD(byte(e, 0x11), "System Type", kinds, 1);
        DMI_WORD(byte(e, 0x12), "Associativity", ways, 1);
}
