/*
 * The flags of the value computed last stay in EFLAGS until something destroys them; only then, and only when they are still
 * needed, are they packed into the CPU state: AH of LAHF and the overflow flag (cpu.h).
 */
#include "base/out.h"
#include "engine/host/alloc.h"
#include "engine/host/x64_int.h"
#include "engine/run/cpu.h"

static mem flags_home(struct emit *e)
{
        bool guest = !e->flags_val || emit_uses(e, e->flags_val)->guest_flags || emit_inst(e, e->flags_val)->op == IR_GET_NZCV;
        return mem_cpu(guest ? offsetof(struct cpu, nzcv) : offsetof(struct cpu, nzcv_tmp));
}

/*
 * UCOMIS flags to AX in the saved form. Less: N. Equal: Z, C. Greater: C. Unordered: C, V.
 * SF is the only bit not at hand: it is CF without PF.
 */
static void pack_fcmp(struct emit *e, gpr ax)
{
        struct code *c = e->c;
        x64_lahf(c);                               /* AH = . Z . . . P . C, where C means less or unordered */
        x64_movzx_rr(c, 1, ax, ax);
        x64_push(c, RDX);
        x64_push(c, RCX);
        x64_mov_rr(c, false, RDX, ax);
        x64_shift_ri(c, SH_SHR, false, RDX, 10);   /* bit 0: unordered */
        x64_alu_ri(c, ALU_AND, false, RDX, 1);
        x64_mov_rr(c, false, RCX, ax);
        x64_shift_ri(c, SH_SHR, false, RCX, 8);
        x64_alu_ri(c, ALU_AND, false, RCX, 1);     /* less or unordered */
        x64_alu_rr(c, ALU_XOR, false, RCX, RDX);   /* less */
        x64_alu_ri(c, ALU_AND, false, ax, 0x4000); /* Z, also set when unordered */
        x64_push(c, RBP);
        x64_mov_rr(c, false, RBP, RDX);
        x64_shift_ri(c, SH_SHL, false, RBP, 14);
        x64_alu_rr(c, ALU_XOR, false, ax, RBP);    /* Z of equal only */
        x64_pop(c, RBP);
        x64_alu_rr(c, ALU_OR, false, ax, RDX);     /* V */
        x64_mov_rr(c, false, RDX, RCX);
        x64_shift_ri(c, SH_SHL, false, RDX, 15);
        x64_alu_rr(c, ALU_OR, false, ax, RDX);     /* N */
        x64_alu_ri(c, ALU_XOR, false, RCX, 1);
        x64_shift_ri(c, SH_SHL, false, RCX, 8);
        x64_alu_rr(c, ALU_OR, false, ax, RCX);     /* C = not less */
        x64_pop(c, RCX);
        x64_pop(c, RDX);
}

static void pack(struct emit *e, unsigned form, mem home)
{
        if (form == FORM_FCMP)
                pack_fcmp(e, RAX);
        else {
                if (form == FORM_SUB)
                        x64_cmc(e->c);
                x64_lahf(e->c);
                x64_setcc(e->c, CC_O, RAX);
        }
        x64_mov_mr(e->c, 1, home, RAX);
}

void emit_pack_flags(struct emit *e, unsigned form)
{
        pack(e, form, mem_cpu(offsetof(struct cpu, nzcv)));
}

static void save(struct emit *e)
{
        emit_take_i(e, R_RAX);
        pack(e, e->flags_form, flags_home(e));
        e->flags_form = e->flags_form == FORM_FCMP ? FORM_NONE : FORM_ADD;
        e->gprs.tmp &= (u8)~1; /* RAX is free again */
        e->flags_saved = true;
        emit_note(e, false); /* what comes in the same operation may trap, and has destroyed EFLAGS by then */
}

void emit_save_flags(struct emit *e)
{
        if (!e->flags_saved)
                save(e);
}

void emit_clobber_flags(struct emit *e)
{
        if (e->flags_form == FORM_NONE)
                return;
        if (!e->flags_saved && emit_uses(e, e->flags_val)->last[AS_FLAGS] >= e->cur)
                save(e);
        e->flags_form = FORM_NONE;
}

unsigned emit_need_flags(struct emit *e, val f)
{
        if (f != e->flags_val) { /* other flags were computed since; f was saved then */
                e->flags_val = f;
                e->flags_form = FORM_NONE;
                e->flags_saved = true;
        }
        if (e->flags_form != FORM_NONE)
                return e->flags_form;
        check(e->flags_saved);
        gpr ax = emit_take_i(e, R_RAX);
        x64_mov_rm(e->c, 1, ax, flags_home(e));
        x64_byte(e->c, 0x04); /* ADD AL, 0x7f: OF from bit 0 */
        x64_byte(e->c, 0x7f);
        x64_sahf(e->c);
        e->gprs.tmp &= (u8)~1;
        e->flags_form = FORM_ADD;
        return FORM_ADD;
}

void emit_set_flags(struct emit *e, val v, enum flags_form form)
{
        e->flags_val = v;
        e->flags_form = (u8)form;
        e->flags_saved = false;
}

void emit_flags_in_memory(struct emit *e, val v)
{
        e->flags_val = v;
        e->flags_form = FORM_NONE;
        e->flags_saved = true;
}

/* Arm conditions in pairs (the odd one is the inverse), for CF = not Arm's C (as after a compare) and after UCOMIS. */
static const struct x64_cond sub_conds[] = { { CC_E, PARITY_NO }, { CC_AE, PARITY_NO }, { CC_S, PARITY_NO }, { CC_O, PARITY_NO },
                                             { CC_A, PARITY_NO }, { CC_GE, PARITY_NO }, { CC_G, PARITY_NO } };
static const struct x64_cond fcmp_conds[] = { { CC_E, PARITY_AND_CLEAR }, { CC_AE, PARITY_OR_SET }, { CC_B, PARITY_AND_CLEAR }, { CC_P, PARITY_NO },
                                              { CC_A, PARITY_OR_SET }, { CC_AE, PARITY_NO }, { CC_A, PARITY_NO } };

struct x64_cond emit_cond(struct emit *e, enum ir_cond cond, unsigned form)
{
        unsigned pair = cond >> 1;
        if (form == FORM_ADD && pair == C_HI >> 1) { /* C and not Z: no x86 condition on CF = C */
                x64_cmc(e->c);
                e->flags_form = FORM_SUB;
                form = FORM_SUB;
        }
        struct x64_cond k = form == FORM_FCMP ? fcmp_conds[pair] : sub_conds[pair];
        if (form == FORM_ADD && pair == C_CS >> 1)
                k.cc = CC_B;
        if (cond & 1) {
                k.cc ^= 1;
                k.parity = k.parity == PARITY_AND_CLEAR ? PARITY_OR_SET : k.parity == PARITY_OR_SET ? PARITY_AND_CLEAR : PARITY_NO;
        }
        return k;
}
