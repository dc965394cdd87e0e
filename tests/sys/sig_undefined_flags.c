/*
 * Words that look like instructions writing NZCV and are undefined: a handler of SIGILL finds the flags of the compare before them and, stepping
 * over, leaves them as they were. Each stands behind a branch and before an instruction that does write the flags.
 */
#include "sig_test.h"

static volatile sig_atomic_t caught, flags_seen;

static void step_over(int sig, siginfo_t *info, void *context)
{
        ucontext_t *uc = context;

        (void)sig;
        (void)info;
        caught++;
        flags_seen = (sig_atomic_t)(uc->uc_mcontext.pstate >> 28 & 15);
        uc->uc_mcontext.pc += 4;
}

/* The flags behind `word`, with those of a compare of two and five (N alone) before it. */
#define BEHIND(word) \
        ({ \
                long flags_; \
                asm volatile("mov x9, #2\n" \
                             "cmp x9, #5\n" \
                             "b 1f\n" \
                             "udf #0\n" \
                             "1: .inst " #word "\n" \
                             "mrs %0, nzcv\n" \
                             "cmp xzr, xzr\n" \
                             : "=r"(flags_)::"x9", "x10", "cc"); \
                flags_ >> 28; \
        })

#define LEAVES_FLAGS(word) \
        do { \
                caught = flags_seen = 0; \
                EXPECT(BEHIND(word) == 8); \
                EXPECT(caught == 1); \
                EXPECT(flags_seen == 8); \
        } while (0)

static void immediates(void)
{
        LEAVES_FLAGS(0x7240012a); /* ands w10, w9, N = 1 */
        LEAVES_FLAGS(0xf240fd2a); /* ands x10, x9, imms all ones */
        LEAVES_FLAGS(0xf200fd2a); /* element sizes that do not exist, and all ones in those that do */
        LEAVES_FLAGS(0xf200f92a);
        LEAVES_FLAGS(0xf2007d2a);
        LEAVES_FLAGS(0xf200bd2a);
        LEAVES_FLAGS(0xf200dd2a);
        LEAVES_FLAGS(0xf200ed2a);
        LEAVES_FLAGS(0xf200f52a);
}

static void registers(void)
{
        LEAVES_FLAGS(0xabc9012a); /* adds by ROR */
        LEAVES_FLAGS(0xebc9012a); /* subs by ROR */
        LEAVES_FLAGS(0x2b09812a); /* adds w10, w9, w9, lsl #32 */
        LEAVES_FLAGS(0x6b09fd2a); /* subs w10, w9, w9, lsl #63 */
        LEAVES_FLAGS(0x6a09812a); /* ands w10, w9, w9, lsl #32 */
        LEAVES_FLAGS(0x6a29812a); /* bics w10, w9, w9, lsl #32 */
        LEAVES_FLAGS(0xab29f52a); /* adds x10, x9, x9, sxtx #5 */
        LEAVES_FLAGS(0xeb29f92a); /* subs x10, x9, x9, sxtx #6 */
        LEAVES_FLAGS(0x1ea02000); /* fcmp of a type that does not exist */
}

int main(void)
{
        on_signal(SIGILL, step_over, 0);
        immediates();
        registers();
        puts("ok");
        return 0;
}
