/*
 * Ends of blocks. A direct exit is a jmp, jcc or call whose displacement first leads to a stub that calls thunk_link; linking
 * rewrites the displacement (host.h, struct exit_record).
 */
#include "base/out.h"
#include "engine/host/alloc.h"
#include "engine/host/emit_ops.h"
#include "engine/host/x64_int.h"
#include "engine/host/x64_vec.h"
#include "engine/run/cpu.h"

#define CPU(field) mem_cpu(offsetof(struct cpu, field))

static void add_exit(struct emit *e, u8 *field, gaddr target)
{
        check(e->exit_count < MAX_EXITS);
        e->exits[e->exit_count++] = (struct pending_exit){ field, target };
}

/* A displacement that is rewritten while other threads run must lie in one cache line. */
static void align_field(struct emit *e, unsigned opcode_bytes)
{
        u64 at = (u64)e->c->p + opcode_bytes;
        if (at / 64 != (at + 3) / 64)
                x64_nop(e->c, 4 - (unsigned)(at & 3));
}

static void jump_to(struct emit *e, gaddr target)
{
        align_field(e, 1);
        add_exit(e, x64_jmp(e->c), target);
}

static void branch_to(struct emit *e, unsigned cc, gaddr target)
{
        align_field(e, 2);
        add_exit(e, x64_jcc(e->c, cc), target);
}

/* Are the guest's flags read after this way out, and not yet at home? */
static bool flags_wanted(struct emit *e, const struct ir_inst *i)
{
        return i->nzcv_live && !e->flags_saved && e->flags_val && emit_uses(e, e->flags_val)->guest_flags;
}

/* EFLAGS stay as they are. */
static void settle_flags(struct emit *e, const struct ir_inst *i)
{
        if (flags_wanted(e, i))
                emit_save_flags(e);
}

void emit_EXIT(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        settle_flags(e, i);
        jump_to(e, (gaddr)i->imm);
}

struct leave {
        gaddr target;
        unsigned form;
};

/* Out of line: the flags go home on this way only. The scratch registers are free, as everything else is at home. */
static void cold_leave(struct emit *e, void *arg)
{
        struct leave *l = arg;
        emit_pack_flags(e, l->form);
        jump_to(e, l->target);
}

static void leave_on(struct emit *e, unsigned cc, const struct ir_inst *i, bool wanted)
{
        if (!wanted) {
                branch_to(e, cc, (gaddr)i->imm);
                return;
        }
        struct leave *l = emit_cold_arg(e, sizeof *l);
        *l = (struct leave){ (gaddr)i->imm, e->flags_form };
        emit_jcc_cold(e, cc, cold_leave, l);
}

void emit_LEAVE_COND(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        unsigned form = emit_need_flags(e, i->arg[0]);
        struct x64_cond k = emit_cond(e, i->aux, form);
        bool wanted = flags_wanted(e, i);
        u8 *over = k.parity == PARITY_AND_CLEAR ? x64_jcc8(e->c, CC_P) : NULL;
        if (k.parity == PARITY_OR_SET)
                leave_on(e, CC_P, i, wanted);
        leave_on(e, k.cc, i, wanted);
        if (over)
                x64_patch8(e->c, over);
}

static void leave_on_zero(struct emit *e, const struct ir_inst *i, enum x64_cc cc)
{
        bool w = emit_inst(e, i->arg[0])->type == IR_I64;
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]);
        x64_test_rr(e->c, w, a, a);
        branch_to(e, cc, (gaddr)i->imm);
}

void emit_LEAVE_ZERO(struct emit *e, val v, const struct ir_inst *i) { (void)v; leave_on_zero(e, i, CC_E); }
void emit_LEAVE_NONZERO(struct emit *e, val v, const struct ir_inst *i) { (void)v; leave_on_zero(e, i, CC_NE); }

static void leave_on_bit(struct emit *e, const struct ir_inst *i, bool set)
{
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]);
        if (i->aux < 31) {
                x64_test_ri(e->c, false, a, 1u << i->aux);
                branch_to(e, set ? CC_NE : CC_E, (gaddr)i->imm);
        } else {
                x64_bt_ri(e->c, true, a, i->aux);
                branch_to(e, set ? CC_B : CC_AE, (gaddr)i->imm);
        }
}

void emit_LEAVE_BIT0(struct emit *e, val v, const struct ir_inst *i) { (void)v; leave_on_bit(e, i, false); }
void emit_LEAVE_BIT1(struct emit *e, val v, const struct ir_inst *i) { (void)v; leave_on_bit(e, i, true); }

struct probe {
        gpr target;
        bool call;
        gaddr ret;
};

/* [RSP] host return address, [RSP + 8] guest return address. The landing drops the guest's and goes on. */
static void landing(struct emit *e, gaddr ret)
{
        x64_lea(e->c, true, RSP, mem_bd(RSP, 8));
        jump_to(e, ret);
}

static void cold_indirect(struct emit *e, void *arg)
{
        struct probe *p = arg;
        if (p->target.n != R_RAX)
                x64_mov_rr(e->c, true, RAX, p->target);
        if (!p->call) {
                x64_jmp_m(e->c, CPU(thunk_indirect));
                return;
        }
        x64_call_m(e->c, CPU(thunk_indirect));
        landing(e, p->ret);
}

/* The jump cache is probed with the target; all scratch registers are free at an exit. Returns the operand that holds the code. */
static mem probe_jump_cache(struct emit *e, struct probe p)
{
        struct code *c = e->c;
        struct probe *cold = emit_cold_arg(e, sizeof *cold);
        *cold = p;
        x64_mov_rm(c, 3, RDX, CPU(jump_cache));
        x64_mov_rr(c, false, RCX, p.target);
        x64_alu_ri(c, ALU_AND, false, RCX, ((1 << JUMP_CACHE_BITS) - 1) << 2);
        mem entry = mem_bisd(RDX, RCX, 2, 0); /* (pc >> 2) * 16 */
        x64_alu_rm(c, ALU_CMP, true, p.target, entry);
        emit_jcc_cold(e, CC_NE, cold_indirect, cold);
        entry.disp = 8;
        return entry;
}

/* The register that holds the target, RCX and RDX excepted. */
static gpr target_register(struct emit *e, val a)
{
        gpr r = emit_use_i(e, a);
        if (r.n != R_RCX && r.n != R_RDX)
                return r;
        x64_mov_rr(e->c, true, RAX, r);
        return RAX;
}

void emit_EXIT_IND(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        settle_flags(e, i);
        emit_clobber_flags(e);
        x64_jmp_m(e->c, probe_jump_cache(e, (struct probe){ .target = target_register(e, i->arg[0]) }));
}

void emit_EXIT_CALL(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        settle_flags(e, i);
        emit_guest_address(e, RAX, (gaddr)i->imm2);
        x64_push(e->c, RAX);
        align_field(e, 1);
        add_exit(e, x64_call(e->c), (gaddr)i->imm);
        landing(e, (gaddr)i->imm2);
}

void emit_EXIT_CALL_IND(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        settle_flags(e, i);
        emit_clobber_flags(e);
        gpr target = target_register(e, i->arg[0]);
        emit_guest_address(e, RCX, (gaddr)i->imm2);
        x64_push(e->c, RCX);
        x64_call_m(e->c, probe_jump_cache(e, (struct probe){ target, true, (gaddr)i->imm2 }));
        landing(e, (gaddr)i->imm2);
}

static void cold_return(struct emit *e, void *arg)
{
        (void)arg;
        x64_jmp_m(e->c, CPU(thunk_return));
}

void emit_EXIT_RET(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        settle_flags(e, i);
        emit_clobber_flags(e);
        gpr target = emit_use_i(e, i->arg[0]);
        if (target.n != R_RAX)
                x64_mov_rr(e->c, true, RAX, target);
        x64_alu_rm(e->c, ALU_CMP, true, RAX, mem_bd(RSP, 8));
        emit_jcc_cold(e, CC_NE, cold_return, NULL);
        x64_ret(e->c);
}

static void set_pc(struct emit *e, gaddr pc)
{
        emit_guest_address(e, RAX, pc);
        x64_mov_mr(e->c, 3, CPU(pc), RAX);
}

void emit_EXIT_SVC(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        settle_flags(e, i);
        set_pc(e, (gaddr)i->imm);
        x64_jmp_m(e->c, CPU(thunk_svc));
}

void emit_EXIT_TRAP(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        settle_flags(e, i);
        set_pc(e, (gaddr)i->imm);
        x64_mov_mi(e->c, 0, CPU(exit_reason), EXIT_UNDEFINED + i->aux);
        x64_jmp_m(e->c, CPU(thunk_exit));
}

struct cold_misaligned {
        gpr a;
        i64 disp;
        gaddr pc;
        bool write;
};

/* No way back: the scratch registers are free. The address and the kind of access go to harg. */
static void cold_misaligned(struct emit *e, void *arg)
{
        struct cold_misaligned *k = arg;
        x64_lea(e->c, true, RAX, mem_bd(k->a, k->disp));
        x64_mov_mr(e->c, 3, mem_cpu(offsetof(struct cpu, harg)), RAX);
        x64_mov_mi(e->c, 3, mem_cpu(offsetof(struct cpu, harg) + 8), k->write);
        set_pc(e, k->pc);
        x64_mov_mi(e->c, 0, CPU(exit_reason), EXIT_MISALIGNED);
        x64_jmp_m(e->c, CPU(thunk_exit));
}

void emit_ALIGNED(struct emit *e, val v, const struct ir_inst *i)
{
        u32 rest = (1u << i->esz) - 1;
        (void)v;
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]), t = a;
        if (i->imm & rest) {
                t = emit_tmp_i(e);
                x64_lea(e->c, true, t, mem_bd(a, i->imm));
        }
        x64_test_ri(e->c, false, t, rest);
        struct cold_misaligned *k = emit_cold_arg(e, sizeof *k);
        *k = (struct cold_misaligned){ a, i->imm, (gaddr)i->imm2, i->aux != 0 };
        emit_jcc_cold(e, CC_NE, cold_misaligned, k);
}

static void cold_tiny(struct emit *e, void *arg)
{
        set_pc(e, *(gaddr *)arg);
        x64_mov_mi(e->c, 0, CPU(exit_reason), EXIT_LEARN_FP);
        x64_jmp_m(e->c, CPU(thunk_exit));
}

/* Without their signs: t = a << 1, u = 1 << (fraction bits + 1). */
void emit_FTINY(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = e->c;
        unsigned bits = 8u << i->esz, fraction = i->esz == 3 ? 52 : 23;
        (void)v;
        emit_clobber_flags(e);
        xmm a = emit_use_q(e, i->arg[0]), t = emit_tmp_q(e), u = emit_tmp_q(e);
        x64_vshift_i(c, VSH_SLL, i->esz, t, a, 1);
        x64_vones(c, u);
        x64_vshift_i(c, VSH_SRL, i->esz, u, u, bits - 1);
        x64_vshift_i(c, VSH_SLL, i->esz, u, u, fraction + 1);
        x64_v3(c, i->esz == 3 ? V_PCMPEQQ : V_PCMPEQD, t, t, u);
        x64_v2(c, V_PTEST, t, t);
        gaddr *pc = emit_cold_arg(e, sizeof *pc);
        *pc = (gaddr)i->imm;
        emit_jcc_cold(e, CC_NE, cold_tiny, pc);
}

static void emit_stub(struct emit *e, const struct pending_exit *x)
{
        struct code *c = e->c;
        x64_patch(c, x->field, c->p);
        x64_call_m(c, CPU(thunk_link));
        u8 *record = c->p;
        x64_u32(c, (u32)(i32)(x->field - record));
        x64_u64(c, x->target - (u64)record);
}

void emit_cold(struct emit *e, const struct cold *k)
{
        x64_patch(e->c, k->jump, e->c->p);
        k->fn(e, k->arg);
        if (k->resume)
                x64_patch(e->c, x64_jmp(e->c), k->resume);
}

void emit_exits(struct emit *e)
{
        for (u32 n = 0; n < e->exit_count; n++)
                emit_stub(e, &e->exits[n]);
}
