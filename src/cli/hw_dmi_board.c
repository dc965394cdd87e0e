/* The firmware, the machine, its board and its case: types 0 to 3. */
#include "cli/hw_dmi.h"

#include <stdio.h>

/* Two bytes; 255 stands for none. */
static void line_revision(entry *e, u8 at, const char *label)
{
        if (byte(e, at) != 0xff && byte(e, at + 1) != 0xff)
                printf("\t%s: %u.%u\n", label, (unsigned)byte(e, at), (unsigned)byte(e, at + 1));
}

void dmi_bios(entry *e)
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
        dmi_string(e, 0x04, "Vendor");
        dmi_string(e, 0x05, "Version");
        dmi_string(e, 0x08, "Release Date");
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
                dmi_print_kib((byte(e, 0x09) + 1) << 6);
        else
                dmi_print_kib(has(e, 0x1a) ? (extended & 0x3fff) << (extended >> 14 == 1 ? 20 : 10) : 16 << 10);
        u64 bits = smbios_field(e, 0x0a, 8, 0);
        printf("\n\tCharacteristics:\n");
        if (bits >> 3 & 1)
                printf("\t\t%s\n", characteristics[0]);
        else
                dmi_bits(bits >> 4, characteristics + 1, ARRAY_LEN(characteristics) - 1, 0);
        if (has(e, 0x13))
                dmi_bits(byte(e, 0x12), first, ARRAY_LEN(first), 0);
        if (has(e, 0x14))
                dmi_bits(byte(e, 0x13), second, ARRAY_LEN(second), 0);
        if (has(e, 0x18)) {
                line_revision(e, 0x14, "BIOS Revision");
                line_revision(e, 0x16, "Firmware Revision");
        }
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

/* What the machine and its board begin with. */
static void lines_product(entry *e)
{
        dmi_string(e, 0x04, "Manufacturer");
        dmi_string(e, 0x05, "Product Name");
        dmi_string(e, 0x06, "Version");
        dmi_string(e, 0x07, "Serial Number");
}

void dmi_system(entry *e)
{
        static const char *const wake[] = { "Reserved", "Other", "Unknown", "APM Timer", "Modem Ring", "LAN Remote", "Power Switch",
                "PCI PME#", "AC Power Restored" };
        if (!has(e, 0x08))
                return;
        lines_product(e);
        if (!has(e, 0x19))
                return;
        line_uuid(e);
        DMI_WORD(byte(e, 0x18), "Wake-up Type", wake, 0);
        if (!has(e, 0x1b))
                return;
        dmi_string(e, 0x19, "SKU Number");
        dmi_string(e, 0x1a, "Family");
}

void dmi_board(entry *e)
{
        static const char *const flags[] = { "Board is a hosting board", "Board requires at least one daughter board", "Board is removable",
                "Board is replaceable", "Board is hot swappable" };
        static const char *const types[] = { "Unknown", "Other", "Server Blade", "Connectivity Switch", "System Management Module",
                "Processor Module", "I/O Module", "Memory Module", "Daughter Board", "Motherboard", "Processor+Memory Module",
                "Processor+I/O Module", "Interconnect Board" };
        if (!has(e, 0x08))
                return;
        lines_product(e);
        if (has(e, 0x09))
                dmi_string(e, 0x08, "Asset Tag");
        if (has(e, 0x0a)) {
                u64 bits = byte(e, 0x09) & 0x1f;
                printf("\tFeatures:%s\n", bits ? "" : " None");
                dmi_bits(bits, flags, ARRAY_LEN(flags), 0);
        }
        if (!has(e, 0x0e))
                return;
        dmi_string(e, 0x0a, "Location In Chassis");
        dmi_handle(e, 0x0b, "Chassis Handle");
        DMI_WORD(byte(e, 0x0d), "Type", types, 1);
        u64 count = byte(e, 0x0e);
        if (!has(e, 0x0f) || !has(e, (u8)(0x0f + 2 * (count < 100 ? count : 100))))
                return;
        printf("\tContained Object Handles: %u\n", (unsigned)count);
        for (u64 i = 0; i < count; i++)
                printf("\t\t0x%04X\n", (unsigned)word(e, (u8)(0x0f + 2 * i)));
}

void dmi_chassis(entry *e)
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
        dmi_string(e, 0x04, "Manufacturer");
        DMI_WORD(byte(e, 0x05) & 0x7f, "Type", types, 1);
        printf("\tLock: %s\n", byte(e, 0x05) & 0x80 ? "Present" : "Not Present");
        dmi_string(e, 0x06, "Version");
        dmi_string(e, 0x07, "Serial Number");
        dmi_string(e, 0x08, "Asset Tag");
        if (!has(e, 0x0d))
                return;
        DMI_WORD(byte(e, 0x09), "Boot-up State", states, 1);
        DMI_WORD(byte(e, 0x0a), "Power Supply State", states, 1);
        DMI_WORD(byte(e, 0x0b), "Thermal State", states, 1);
        DMI_WORD(byte(e, 0x0c), "Security Status", security, 1);
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
                dmi_string(e, (u8)(0x15 + elements), "SKU Number");
}
