/* What an x86-64 processor tells a program: CPUID (Intel SDM volume 2A, AMD APM volume 3). */
#include "hw/probe.h"

#include <cpuid.h>
#include <string.h>

static void hypervisor(struct probe *p)
{
        u32 a, words[3];
        char name[13] = "";
        __cpuid(0x40000000, a, words[0], words[1], words[2]);
        memcpy(name, words, sizeof words);
        for (size_t i = 0; name[i]; i++)
                if (name[i] < ' ' || name[i] > '~')
                        name[i] = '?';
        probe_put(p, "cpuid.hypervisor", "%s", name);
}

void probe_processor(struct probe *p)
{
        u32 a, b, c, d;
        if (__get_cpuid(1, &a, &b, &c, &d) && c >> 31)
                hypervisor(p);
        if (__get_cpuid_count(0x15, 0, &a, &b, &c, &d) && a && b && c)
                probe_put(p, "timer_hz", "%llu", (unsigned long long)c * b / a);
        if (__get_cpuid_count(0x16, 0, &a, &b, &c, &d)) {
                if (a & 0xffff)
                        probe_put(p, "cpuid.base_mhz", "%u", a & 0xffff);
                if (b & 0xffff)
                        probe_put(p, "cpuid.max_mhz", "%u", b & 0xffff);
        }
}

#define X8(i)  i i i i i i i i
#define X64(i) X8(X8(i))

void probe_chain(unsigned kind, u64 rounds)
{
        u64 a = rounds | 1, b = 0x9e3779b97f4a7c15, n = rounds;
        if (kind == 0)
                asm volatile("1:\n\t" X64("add %1, %0\n\t") "dec %2\n\tjnz 1b" : "+r"(a), "+r"(b), "+r"(n) : : "cc");
        else if (kind == 1)
                asm volatile("1:\n\t" X64("xor %1, %0\n\t") "dec %2\n\tjnz 1b" : "+r"(a), "+r"(b), "+r"(n) : : "cc");
        else
                asm volatile("1:\n\t" X64("adc %1, %0\n\t") "dec %2\n\tjnz 1b" : "+r"(a), "+r"(b), "+r"(n) : : "cc");
}
