/*
 * The guest side of the differential fuzzer: a static program without libc that reads cases (case.h) from standard input,
 * runs each `repeat` times from random states, and writes an 8-byte digest of the resulting states for each case.
 *
 * usage: fuzz-guest [-v] [-w] repeat     -v: the states as text instead of digests
 *                                        -w: the code stays writable while it runs, as some JITs have it; else it is read and execute
 */
#include "case.h"
#include <stdbool.h>
#include <stddef.h>

typedef uint64_t u64;
typedef uint32_t u32;
typedef uint16_t u16;
typedef uint8_t u8;

enum { BATCH = 256, CODE_SIZE = BATCH * SLOT_WORDS * 4 };
enum { PROT_RW = 3, PROT_RX = 5, PROT_RWX = 7 };

struct state {
        u64 x[31], sp, nzcv, fpcr, fpsr, taken;
        u64 v[32][2];
};

/* What is beside the registers in the result of one run. */
struct outcome {
        u64 signal, fault_word; /* of the first */
        u64 more;               /* mixed from the others */
};

void fuzz_enter(const struct state *in, const void *slot);
void fuzz_save(void);
void fuzz_save_taken(void);
void fuzz_restorer(void);
int fuzz_main(u64 *stack);

struct state fuzz_out;
static struct outcome outcome;
static const u32 *current_slot;
static u64 window_clean[WINDOW_SIZE / 8];
static struct fuzz_case cases[BATCH];
static u64 digests[BATCH];
static u8 handler_stack[65536] __attribute__((aligned(16)));

/* ---- system calls ---- */

enum { SYS_read = 63, SYS_write = 64, SYS_exit_group = 94, SYS_sigaltstack = 132, SYS_rt_sigaction = 134, SYS_mmap = 222, SYS_mprotect = 226 };

static long sys(long number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
        register u64 x0 asm("x0") = a;
        register u64 x1 asm("x1") = b;
        register u64 x2 asm("x2") = c;
        register u64 x3 asm("x3") = d;
        register u64 x4 asm("x4") = e;
        register u64 x5 asm("x5") = f;
        register long x8 asm("x8") = number;

        asm volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8) : "memory", "cc");
        return (long)x0;
}

static void put(const char *text)
{
        u64 n = 0;

        while (text[n])
                n++;
        sys(SYS_write, 1, (u64)text, n, 0, 0, 0);
}

static void put_hex(u64 value, int digits)
{
        char text[17] = {0};

        for (int i = 0; i < digits; i++)
                text[i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 15];
        put(text);
}

static void fail(const char *text)
{
        put(text);
        sys(SYS_exit_group, 2, 0, 0, 0, 0, 0);
}

void *memset(void *p, int c, size_t n)
{
        for (size_t i = 0; i < n; i++)
                ((volatile u8 *)p)[i] = (u8)c;
        return p;
}

void *memcpy(void *to, const void *from, size_t n)
{
        for (size_t i = 0; i < n; i++)
                ((volatile u8 *)to)[i] = ((const u8 *)from)[i];
        return to;
}

static u64 mix(u64 h, u64 value)
{
        h = (h ^ value) * 0x9fb21c651e98df25ull;
        return h ^ h >> 29;
}

/* ---- signals ---- */

/* The kernel's ucontext: uc_mcontext begins at byte 176 with fault_address, then x0..x30, sp, pc. */
static void on_signal(int signal, void *info, void *context)
{
        u64 *machine = (u64 *)((u8 *)context + 176);
        u64 *pc = &machine[1 + 32];

        (void)info;
        u64 word = (*pc - (u64)current_slot) / 4;

        if (!outcome.signal) {
                outcome.signal = (u64)signal;
                outcome.fault_word = word;
        } else {
                outcome.more = mix(mix(outcome.more, (u64)signal), word);
        }
        /* Over it: the rest of the case shows that all state is right (NZCV in the frame may be old when nothing reads it). */
        *pc = word - 1 < CASE_WORDS ? *pc + 4 : (u64)fuzz_save;
}

static void catch_signals(void)
{
        static const int caught[] = {4, 5, 7, 8, 11};
        struct {
                void (*handler)(int, void *, void *);
                u64 flags;
                void (*restorer)(void);
                u64 mask;
        } action = {on_signal, 0x4 | 0x08000000 | 0x04000000, fuzz_restorer, 0}; /* SIGINFO, ONSTACK, RESTORER */
        struct {
                void *sp;
                int flags;
                u64 size;
        } stack = {handler_stack, 0, sizeof handler_stack};

        if (sys(SYS_sigaltstack, (u64)&stack, 0, 0, 0, 0, 0))
                fail("sigaltstack failed\n");
        for (unsigned i = 0; i < sizeof caught / sizeof caught[0]; i++)
                sys(SYS_rt_sigaction, (u64)caught[i], (u64)&action, 0, 8, 0, 0);
}

/* ---- random states: values at which instructions change their behaviour ---- */

static u64 next(u64 *rng)
{
        u64 x = *rng;

        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        *rng = x;
        return x * 0x2545f4914f6cdd1dull;
}

static u64 integer(u64 *rng)
{
        static const u64 edges[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
                0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0xffffffff80000000, 0xfffffffffffffffe,
                0x8000000080000000, 31, 32, 33, 63, 64, 65, 0x5555555555555555, 0xff00ff00ff00ff00};
        u64 r = next(rng);

        switch (r & 7) {
        case 0: case 1: case 2: return edges[(r >> 8) % (sizeof edges / sizeof edges[0])];
        case 3: return (r >> 8) & 255;
        case 4: return -((r >> 8) & 255);
        case 5: return next(rng) >> (r >> 8 & 63);
        default: return next(rng);
        }
}

/* A floating-point number of 2, 4 or 8 bytes: zero, subnormal, near one, limits of integers, huge, infinite, both NaNs. */
static u64 floating(u64 *rng, unsigned size)
{
        unsigned bits = 8 * size, fraction = size == 2 ? 10 : size == 4 ? 23 : 52;
        u64 r = next(rng), exponent_max = (1ull << (bits - 1 - fraction)) - 1, bias = exponent_max >> 1;
        u64 sign = (r >> 63) << (bits - 1), f = next(rng) & ((1ull << fraction) - 1), e;

        if (r & 0x100)
                f &= ~0ull << (r >> 9 & 63) % fraction;
        else if (r & 0x10000)
                f = r >> 20 & 3;
        switch (r & 15) {
        case 0: return sign;
        case 1: return sign | f;                                       /* subnormal */
        case 2: return sign | exponent_max << fraction;                /* infinity */
        case 3: return sign | exponent_max << fraction | 1ull << (fraction - 1) | f; /* quiet NaN */
        case 4: return sign | exponent_max << fraction | (f & ~(1ull << (fraction - 1))) | 1; /* signalling NaN */
        case 5: return sign | (exponent_max - 1) << fraction | f;      /* largest */
        case 6: return sign | 1ull << fraction | f;                    /* smallest normal */
        case 7: return sign | bias << fraction;                        /* one */
        case 8: e = bias + (r >> 32 & 63); break;                      /* up to the limits of integers */
        case 9: e = bias - 2 + (r >> 32 & 3); break;                   /* around a half and one */
        case 10: e = bias / 2 + (r >> 32 & 31); break;                 /* squares underflow */
        case 11: e = bias + bias / 2 - (r >> 32 & 31); break;          /* squares overflow */
        case 12: e = 1 + (r >> 32 & 31); break;                        /* small: conversions to narrower types */
        case 13: e = bias + 8 * size - 1 - (r >> 32 & 1); f = r >> 40 & 1 ? 0 : f; break;
        default: e = r >> 32 & exponent_max; break;
        }
        return sign | (e > exponent_max ? exponent_max - 1 : e) << fraction | f;
}

static u64 lanes(u64 *rng)
{
        u64 r = next(rng), value = 0;
        unsigned kind = r & 15;

        if (kind < 5) {
                return floating(rng, 8);
        } else if (kind < 10) {
                value = floating(rng, 4) | floating(rng, 4) << 32;
        } else if (kind < 12) {
                for (unsigned i = 0; i < 4; i++)
                        value |= floating(rng, 2) << 16 * i;
        } else if (kind < 14) {
                unsigned size = 8u << (r >> 8 & 3);

                for (unsigned i = 0; i < 64; i += size)
                        value |= (size == 64 ? integer(rng) : integer(rng) & ((1ull << size) - 1)) << i;
        } else {
                value = next(rng);
        }
        return value;
}

static void make_state(struct state *s, const struct fuzz_case *c, unsigned run, u64 slot)
{
        u64 rng = (c->seed ^ 0x9e3779b97f4a7c15ull * (run + 1)) | 1;

        next(&rng);
        for (unsigned i = 0; i < 31; i++)
                s->x[i] = integer(&rng);
        s->sp = WINDOW_ADDRESS + WINDOW_SIZE / 2;
        s->nzcv = next(&rng) & 0xf0000000;
        s->fpcr = c->fpcr;
        s->fpsr = next(&rng) & 3 ? 0 : next(&rng) & 0x0800009f; /* QC, IDC, IXC .. IOC */
        s->taken = 0;
        for (unsigned i = 0; i < 32; i++) {
                s->v[i][0] = lanes(&rng);
                s->v[i][1] = lanes(&rng);
        }
        /* Now and then a register equals another: results of comparisons and of NaN choices depend on it. */
        s->x[next(&rng) % 31] = s->x[next(&rng) % 31];
        s->v[next(&rng) % 32][0] = s->v[next(&rng) % 32][0];
        if (c->base != NO_REGISTER) {
                u64 value = c->base_value + (c->flags & CASE_BASE_IN_SLOT ? slot : 0);

                if (c->base == SP_REGISTER)
                        s->sp = value;
                else
                        s->x[c->base] = value;
        }
        if (c->index < 31)
                s->x[c->index] = c->index_value;
}

/* ---- running ---- */

static void put_branch(u32 *at, void (*to)(void))
{
        *at = 0x14000000 | (u32)(((u64)to - (u64)at) >> 2 & 0x3ffffff);
}

static void put_case(u32 *slot, const struct fuzz_case *c)
{
        slot[0] = 0xd53bd05e; /* mrs x30, tpidr_el0 */
        for (unsigned i = 0; i < c->count; i++)
                slot[1 + i] = c->word[i];
        put_branch(&slot[1 + c->count], fuzz_save);
        put_branch(&slot[SLOT_END], fuzz_save);
        put_branch(&slot[SLOT_TAKEN], fuzz_save_taken);
        slot[SLOT_TAKEN + 1] = 0;
        slot[SLOT_LITERAL] = (u32)c->seed;
        slot[SLOT_LITERAL + 1] = (u32)(c->seed >> 32);
        slot[SLOT_LITERAL + 2] = 0x7f800001;
        slot[SLOT_LITERAL + 3] = 0x80000000;
}

static void protect(u64 address, u64 bytes, u64 protection)
{
        if (sys(SYS_mprotect, address, bytes, protection, 0, 0, 0))
                fail("mprotect failed\n");
}

static void publish(void *from, u64 bytes)
{
        for (u64 p = (u64)from; p < (u64)from + bytes; p += 64)
                asm volatile("dc cvau, %0" ::"r"(p) : "memory");
        asm volatile("dsb ish" ::: "memory");
        for (u64 p = (u64)from; p < (u64)from + bytes; p += 64)
                asm volatile("ic ivau, %0" ::"r"(p) : "memory");
        asm volatile("dsb ish\nisb" ::: "memory");
}

static u64 window_digest(void)
{
        volatile u64 *w = (u64 *)WINDOW_ADDRESS;
        u64 h = 0;

        for (unsigned i = 0; i < WINDOW_SIZE / 8; i++)
                if (w[i] != window_clean[i]) {
                        h = mix(mix(h, i), w[i]);
                        w[i] = window_clean[i];
                }
        return h;
}

static u64 digest(u64 memory)
{
        const u64 *words = (const u64 *)&fuzz_out;
        u64 h = memory;

        for (unsigned i = 0; i < sizeof fuzz_out / 8; i++)
                h = mix(h, words[i]);
        return mix(mix(mix(h, outcome.signal), outcome.fault_word), outcome.more);
}

static void print_state(const char *title, const struct state *s)
{
        put(title);
        put(" nzcv ");
        put_hex(s->nzcv >> 28, 1);
        put(" fpcr ");
        put_hex(s->fpcr, 8);
        put(" fpsr ");
        put_hex(s->fpsr, 8);
        put(" taken ");
        put_hex(s->taken, 1);
        put(" sp ");
        put_hex(s->sp, 16);
        for (unsigned i = 0; i < 31; i++) {
                put(" x");
                put_hex(i, 2);
                put(" ");
                put_hex(s->x[i], 16);
        }
        for (unsigned i = 0; i < 32; i++) {
                put(" v");
                put_hex(i, 2);
                put(" ");
                put_hex(s->v[i][1], 16);
                put("_");
                put_hex(s->v[i][0], 16);
        }
        put("\n");
}

static u64 run_case(const struct fuzz_case *c, const u32 *slot, unsigned repeat, bool verbose)
{
        u64 h = 0;

        for (unsigned run = 0; run < repeat; run++) {
                struct state in;
                u64 memory = 0;

                make_state(&in, c, run, (u64)slot);
                outcome = (struct outcome){0};
                current_slot = slot;
                if (verbose)
                        print_state("in ", &in);
                fuzz_enter(&in, slot);
                if (c->flags & CASE_MEMORY)
                        memory = window_digest();
                h = mix(h, digest(memory));
                if (verbose) {
                        print_state("out", &fuzz_out);
                        put("end signal ");
                        put_hex(outcome.signal, 2);
                        put(" at ");
                        put_hex(outcome.fault_word, 8);
                        put(" more ");
                        put_hex(outcome.more, 16);
                        put(" memory ");
                        put_hex(memory, 16);
                        put("\n");
                }
        }
        return h;
}

static void map_memory(void)
{
        u64 rng = 88172645463325252ull;
        long code = sys(SYS_mmap, CODE_ADDRESS, CODE_SIZE, 3, 0x32, (u64)-1, 0);
        long window = sys(SYS_mmap, WINDOW_ADDRESS - WINDOW_GUARD, WINDOW_SIZE + 2 * WINDOW_GUARD, 0, 0x32, (u64)-1, 0);

        if (code != (long)CODE_ADDRESS || window != (long)(WINDOW_ADDRESS - WINDOW_GUARD))
                fail("mmap failed\n");
        protect(WINDOW_ADDRESS, WINDOW_SIZE, PROT_RW);
        for (unsigned i = 0; i < WINDOW_SIZE / 8; i++)
                ((volatile u64 *)WINDOW_ADDRESS)[i] = window_clean[i] = lanes(&rng);
}

static u64 read_batch(void)
{
        u64 have = 0;

        while (have < sizeof cases) {
                long n = sys(SYS_read, 0, (u64)cases + have, sizeof cases - have, 0, 0, 0);

                if (n <= 0)
                        break;
                have += (u64)n;
        }
        return have / sizeof cases[0];
}

int fuzz_main(u64 *stack)
{
        char **argv = (char **)(stack + 1);
        bool verbose = false;
        unsigned repeat = 0;
        u64 n, running = PROT_RX;

        for (u64 i = 1; i < stack[0] && argv[i][0] == '-'; i++) {
                verbose |= argv[i][1] == 'v';
                running = argv[i][1] == 'w' ? PROT_RWX : running;
        }
        for (const char *p = argv[stack[0] - 1]; *p >= '0' && *p <= '9'; p++)
                repeat = repeat * 10 + (unsigned)(*p - '0');
        catch_signals();
        map_memory();
        while ((n = read_batch()) > 0) {
                u32 *code = (u32 *)CODE_ADDRESS;

                protect(CODE_ADDRESS, CODE_SIZE, PROT_RW);
                for (u64 i = 0; i < n; i++)
                        put_case(code + i * SLOT_WORDS, &cases[i]);
                protect(CODE_ADDRESS, CODE_SIZE, running);
                publish(code, n * SLOT_WORDS * 4);
                for (u64 i = 0; i < n; i++)
                        digests[i] = run_case(&cases[i], code + i * SLOT_WORDS, repeat, verbose);
                if (!verbose)
                        sys(SYS_write, 1, (u64)digests, n * sizeof digests[0], 0, 0, 0);
        }
        return 0;
}
