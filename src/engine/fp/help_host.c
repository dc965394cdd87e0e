#include "engine/fp/helper.h"

/* One bit at a time of the reflected polynomial of CRC-32 (Arm ARM, CRC32B: 0x04C11DB7), as a row of eight for one byte. */
static u32 crc32_byte(u32 crc, u8 byte)
{
        crc ^= byte;
        for (int bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ (0xedb88320u & -(crc & 1));
        return crc;
}

static u64 crc32_bytes(u64 crc, u64 data, int bytes)
{
        for (int n = 0; n < bytes; n++)
                crc = crc32_byte((u32)crc, (u8)(data >> 8 * n));
        return crc;
}

u64 help_crc32b(struct cpu *cpu, u64 a, u64 b, u64 c) { return crc32_bytes(a, b, 1); }
u64 help_crc32h(struct cpu *cpu, u64 a, u64 b, u64 c) { return crc32_bytes(a, b, 2); }
u64 help_crc32w(struct cpu *cpu, u64 a, u64 b, u64 c) { return crc32_bytes(a, b, 4); }
u64 help_crc32x(struct cpu *cpu, u64 a, u64 b, u64 c) { return crc32_bytes(a, b, 8); }
