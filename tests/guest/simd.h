/* For the simd_*.c programs: operands full of edge cases, and comparison with what plain C computed. */
#pragma once
#include <arm_neon.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t rng_state = 88172645463325252u;

static uint64_t rng(void)
{
        rng_state ^= rng_state << 13;
        rng_state ^= rng_state >> 7;
        rng_state ^= rng_state << 17;
        return rng_state * 0x2545f4914f6cdd1d;
}

/* Random bytes, with runs of those at which saturation, signs and carries turn. */
static void fill(void *p, unsigned n)
{
        static const uint8_t edge[] = { 0, 0, 0xff, 0xff, 0x80, 0x7f, 1, 0xfe };
        uint8_t *b = p;
        for (unsigned i = 0; i < n; i++)
                b[i] = rng() & 1 ? edge[rng() % sizeof edge] : (uint8_t)rng();
        __asm__ volatile("" : : "r"(p) : "memory");
}

static void expect(const char *what, const void *got, const void *want, unsigned n)
{
        if (memcmp(got, want, n) == 0)
                return;
        printf("%s\n  got ", what);
        for (unsigned i = 0; i < n; i++)
                printf("%02x", ((const uint8_t *)got)[i]);
        printf("\n  want");
        for (unsigned i = 0; i < n; i++)
                printf(" %02x" + (i > 0), ((const uint8_t *)want)[i]);
        printf("\n");
        exit(1);
}

static inline uint64_t read_fpsr(void)
{
        uint64_t x;
        __asm__ volatile("mrs %0, fpsr" : "=r"(x) : : "memory");
        return x;
}

static inline void write_fpsr(uint64_t x) { __asm__ volatile("msr fpsr, %0" : : "r"(x) : "memory"); }
enum { FPSR_QC = 1 << 27 };
