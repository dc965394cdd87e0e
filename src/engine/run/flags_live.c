#include "engine/run/flags_live.h"
#include "engine/run/safe_syscall.h"
#include "engine/run/translate.h"
#include <linux/mman.h>

enum effect { READS, WRITES, NEUTRAL, BRANCH, UNKNOWN };

/* One row per group of the A64 encoding index; the first that matches counts. What is not listed is UNKNOWN. */
static const struct {
        u32 mask, value;
        u8 effect;
} effects[] = {
        { 0x7f800000, 0x31000000, WRITES },  /* ADDS immediate */
        { 0x7f800000, 0x71000000, WRITES },  /* SUBS immediate */
        { 0x7f200000, 0x2b000000, WRITES },  /* ADDS shifted register */
        { 0x7f200000, 0x6b000000, WRITES },  /* SUBS shifted register */
        { 0x7fe00000, 0x2b200000, WRITES },  /* ADDS extended register */
        { 0x7fe00000, 0x6b200000, WRITES },  /* SUBS extended register */
        { 0x7f800000, 0x72000000, WRITES },  /* ANDS immediate */
        { 0x7f000000, 0x6a000000, WRITES },  /* ANDS, BICS shifted register */
        { 0xff20fc07, 0x1e202000, WRITES },  /* FCMP, FCMPE */
        { 0x1f000000, 0x11000000, NEUTRAL }, /* ADD, SUB immediate */
        { 0x1f000000, 0x0b000000, NEUTRAL }, /* ADD, SUB register */
        { 0x1f800000, 0x12000000, NEUTRAL }, /* logical immediate */
        { 0x1f800000, 0x12800000, NEUTRAL }, /* move wide */
        { 0x1f800000, 0x13000000, NEUTRAL }, /* bit field */
        { 0x1f800000, 0x13800000, NEUTRAL }, /* EXTR */
        { 0x1f000000, 0x10000000, NEUTRAL }, /* ADR, ADRP */
        { 0x1f000000, 0x0a000000, NEUTRAL }, /* logical register */
        { 0x1f000000, 0x1b000000, NEUTRAL }, /* multiply */
        { 0x5fe00000, 0x1ac00000, NEUTRAL }, /* division, variable shift */
        { 0x7fe00000, 0x5ac00000, NEUTRAL }, /* CLZ, RBIT, REV */
        { 0x3a000000, 0x28000000, NEUTRAL }, /* load/store pair */
        { 0x3a000000, 0x38000000, NEUTRAL }, /* load/store register */
        { 0xffffffff, 0xd503201f, NEUTRAL }, /* NOP */
        { 0xffffff3f, 0xd503241f, NEUTRAL }, /* BTI */
        { 0x7c000000, 0x14000000, BRANCH },  /* B, BL */
};

static enum effect effect_of(u32 word)
{
        for (size_t i = 0; i < ARRAY_LEN(effects); i++)
                if ((word & effects[i].mask) == effects[i].value)
                        return (enum effect)effects[i].effect;
        return UNKNOWN;
}

/* Text that the guest cannot write: only there does looking ahead hold for longer than now. */
static bool stable_word(struct process *p, gaddr pc, u32 *word)
{
        int prot = guest_prot(p, pc);

        return prot > 0 && prot & PROT_EXEC && !(prot & PROT_WRITE) && safe_load(word, pc);
}

static bool live_at(struct process *p, gaddr pc)
{
        enum { LOOK_AHEAD = 12 };
        gaddr checked = ~0UL;

        for (int i = 0; i < LOOK_AHEAD; i++, pc += 4) {
                u32 word;

                if (pc >> 12 != checked) {
                        if (pc & 3 || !stable_word(p, pc, &word))
                                return true;
                        checked = pc >> 12;
                }
                if (!safe_load(&word, pc))
                        return true;
                switch (effect_of(word)) {
                case WRITES: return false;
                case NEUTRAL: break;
                case BRANCH: pc += (u64)((i64)((u64)word << 38) >> 36) - 4; break;
                default: return true;
                }
        }
        return true;
}

bool flags_live_after(struct process *p, const struct ir_block *b)
{
        const struct ir_inst *exit = &b->inst[b->count - 1];

        switch (exit->op) {
        case IR_EXIT:
        case IR_EXIT_CALL: return live_at(p, (gaddr)exit->imm);
        case IR_EXIT_COND:
        case IR_EXIT_ZERO:
        case IR_EXIT_NONZERO:
        case IR_EXIT_BIT0:
        case IR_EXIT_BIT1: return live_at(p, (gaddr)exit->imm) || live_at(p, (gaddr)exit->imm2);
        default: return true;
        }
}
