#include "engine/run/flags_live.h"
#include "engine/run/safe_syscall.h"
#include "engine/run/translate.h"
#include <linux/mman.h>

enum effect { READS, WRITES, NEUTRAL, BRANCH, BRANCH_ZERO, BRANCH_BIT };

struct effect_row {
        u32 mask, value;
        u8 effect;
};

/*
 * One row per group of the A64 encoding index; the first that matches counts. What is not listed may read, and so may what looks like
 * an instruction that writes and is undefined: a handler of SIGILL sees the flags and may step over it.
 */
static const struct effect_row immediate[] = {
        { 0xffc00000, 0x72400000, READS },   /* ANDS of 32 bits with N: undefined */
        { 0x7fc0fc00, 0x7240fc00, READS },   /* ANDS with S all ones, the element's size in front: undefined */
        { 0x7fc0f800, 0x7200f800, READS },
        { 0x7fc0fc00, 0x72007c00, READS },
        { 0x7fc0fc00, 0x7200bc00, READS },
        { 0x7fc0fc00, 0x7200dc00, READS },
        { 0x7fc0fc00, 0x7200ec00, READS },
        { 0x7fc0fc00, 0x7200f400, READS },
        { 0x7f800000, 0x31000000, WRITES },  /* ADDS */
        { 0x7f800000, 0x71000000, WRITES },  /* SUBS */
        { 0x7f800000, 0x72000000, WRITES },  /* ANDS */
        { 0x1f000000, 0x11000000, NEUTRAL }, /* ADD, SUB */
        { 0x1f000000, 0x10000000, NEUTRAL }, /* ADR, ADRP */
        { 0x1f800000, 0x12800000, NEUTRAL }, /* move wide */
        { 0x1f800000, 0x12000000, NEUTRAL }, /* logical */
        { 0x1f800000, 0x13000000, NEUTRAL }, /* bit field */
        { 0x1f800000, 0x13800000, NEUTRAL }, /* EXTR */
}, registers[] = {
        { 0x3fe00000, 0x2bc00000, READS },   /* ADDS, SUBS by ROR: undefined */
        { 0xbf208000, 0x2b008000, READS },   /* ADDS, SUBS of 32 bits shifted by 32 or more: undefined */
        { 0xff008000, 0x6a008000, READS },   /* ANDS, BICS likewise */
        { 0x3fe01400, 0x2b201400, READS },   /* ADDS, SUBS extended and shifted by 5, 6, 7: undefined */
        { 0x3fe01800, 0x2b201800, READS },
        { 0x7f200000, 0x2b000000, WRITES },  /* ADDS shifted register */
        { 0x7f200000, 0x6b000000, WRITES },  /* SUBS shifted register */
        { 0x7fe00000, 0x2b200000, WRITES },  /* ADDS extended register */
        { 0x7fe00000, 0x6b200000, WRITES },  /* SUBS extended register */
        { 0x7f000000, 0x6a000000, WRITES },  /* ANDS, BICS shifted register */
        { 0x1f000000, 0x0a000000, NEUTRAL }, /* logical */
        { 0x1f000000, 0x0b000000, NEUTRAL }, /* ADD, SUB */
        { 0x1f000000, 0x1b000000, NEUTRAL }, /* multiply */
        { 0x5fe00000, 0x1ac00000, NEUTRAL }, /* division, variable shift */
        { 0x7fe00000, 0x5ac00000, NEUTRAL }, /* CLZ, RBIT, REV */
}, branches[] = {
        { 0x7c000000, 0x14000000, BRANCH },      /* B, BL */
        { 0x7e000000, 0x34000000, BRANCH_ZERO }, /* CBZ, CBNZ */
        { 0x7e000000, 0x36000000, BRANCH_BIT },  /* TBZ, TBNZ */
        { 0xffffe01f, 0xd503201f, NEUTRAL },     /* hints, barriers */
}, vectors[] = {
        { 0xffe0fc07, 0x1ea02000, READS },   /* FCMP of a type that does not exist */
        { 0xff20fc07, 0x1e202000, WRITES },  /* FCMP, FCMPE */
        { 0xfffffc00, 0x1e7e0000, WRITES },  /* FJCVTZS */
        { 0xff200400, 0x1e200400, READS },   /* FCCMP, FCSEL */
        { 0x0e000000, 0x0e000000, NEUTRAL }, /* the rest of Advanced SIMD and floating point */
}, loads_and_stores[] = {
        { 0x0a000000, 0x08000000, NEUTRAL },
};

static enum effect first_match(const struct effect_row *rows, size_t count, u32 word)
{
        for (size_t i = 0; i < count; i++)
                if ((word & rows[i].mask) == rows[i].value)
                        return (enum effect)rows[i].effect;
        return READS;
}

#define FIRST_MATCH(rows, word) first_match(rows, ARRAY_LEN(rows), word)

/* Bits 28 to 25 are the encoding index's top level. */
static enum effect effect_of(u32 word)
{
        switch (word >> 25 & 15) {
        case 8: case 9: return FIRST_MATCH(immediate, word);
        case 10: case 11: return FIRST_MATCH(branches, word);
        case 4: case 6: case 12: case 14: return FIRST_MATCH(loads_and_stores, word);
        case 5: case 13: return FIRST_MATCH(registers, word);
        case 7: case 15: return FIRST_MATCH(vectors, word);
        default: return READS;
        }
}

/* Text that the guest cannot write: only there does looking ahead hold for longer than now. */
static bool stable_text(struct process *p, gaddr pc)
{
        int prot = guest_prot(p, pc);

        return prot > 0 && prot & PROT_EXEC && !(prot & PROT_WRITE);
}

/* Where the offset of a branch, counted in words, stands. */
static const struct {
        u8 low, width;
} offset_field[] = { [BRANCH] = { 0, 26 }, [BRANCH_ZERO] = { 5, 19 }, [BRANCH_BIT] = { 5, 14 } };

static gaddr branch_target(gaddr pc, u32 word, enum effect kind)
{
        u32 low = offset_field[kind].low, width = offset_field[kind].width;

        return pc + (gaddr)(((i64)((u64)word << (64 - low - width)) >> (64 - width)) * 4);
}

/* Follows every path from pc until it writes the flags, and looks at *budget words in all. */
static bool live_at(struct process *p, struct text text, gaddr pc, u32 *budget)
{
        gaddr checked = ~0UL;

        while (*budget) {
                enum effect effect;
                u32 word;

                if (pc >> 12 != checked) {
                        if (pc & 3 || pc < text.start || pc >= text.end || !stable_text(p, pc))
                                return true;
                        checked = pc >> 12;
                }
                if (!safe_load(&word, pc))
                        return true;
                --*budget;
                effect = effect_of(word);
                if (effect == READS || effect == WRITES)
                        return effect == READS;
                if ((effect == BRANCH_ZERO || effect == BRANCH_BIT) && live_at(p, text, branch_target(pc, word, effect), budget))
                        return true;
                pc = effect == BRANCH ? branch_target(pc, word, effect) : pc + 4;
        }
        return true;
}

static bool live_after(struct process *p, struct text text, const struct ir_inst *i)
{
        u32 budget = 32;

        if (ir_is_leave(i->op) || i->op == IR_EXIT || i->op == IR_EXIT_CALL)
                return live_at(p, text, (gaddr)i->imm, &budget);
        return true;
}

void flags_live_mark(struct process *p, struct ir_block *b, struct text text)
{
        bool written = false; /* before, they are as they came in: nothing to keep */

        for (u32 n = 1; n < b->count; n++) {
                struct ir_inst *i = &b->inst[n];

                if (!written)
                        written = i->op == IR_SET_NZCV;
                else if (ir_is_leave(i->op) || ir_is_exit(i->op))
                        i->nzcv_live = live_after(p, text, i);
        }
}
