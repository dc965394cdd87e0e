#include "engine/host/alloc.h"

#include "base/out.h"
#include "engine/host/x64_int.h"
#include "engine/host/x64_vec.h"
#include "engine/ir/facts.h"
#include "engine/run/cpu.h"

/* The last instruction that reads v as an integer or vector, 0: nobody does. */
static unsigned last_use(const struct emit *e, val v) { return e->b->uses[v].last[AS_VALUE]; }

struct code *emit_code(struct emit *e) { return e->c; }
const struct ir_inst *emit_inst(struct emit *e, val v) { return &e->b->inst[v]; }
struct value *emit_value(struct emit *e, val v) { return &e->values[v]; }
const struct ir_uses *emit_uses(struct emit *e, val v) { return &e->b->uses[v]; }
bool emit_in_reg(struct emit *e, val v) { return e->values[v].reg != NO_REG; }

bool emit_const(struct emit *e, val v, i64 *k)
{
        const struct ir_inst *i = emit_inst(e, v);
        *k = i->imm;
        return i->op == IR_CONST;
}

static struct bank *bank_of(struct emit *e, val v)
{
        return emit_inst(e, v)->type == IR_Q ? &e->xmms : &e->gprs;
}

static mem home_mem(const struct bank *k, enum home home, unsigned slot)
{
        if (home == HOME_SPILL)
                return k->vector ? mem_cpu(offsetof(struct cpu, spill_q) + 16 * slot) : mem_cpu(offsetof(struct cpu, spill) + 8 * slot);
        return k->vector ? mem_cpu(offsetof(struct cpu, v) + 16 * slot) : mem_cpu(offsetof(struct cpu, x) + 8 * slot);
}

/* The host register of a guest register; NO_REG: it lives in the CPU state. */
static unsigned pinned(const struct bank *k, unsigned guest)
{
        return k->pinned[guest] ? k->pinned[guest] : NO_REG;
}

static void move(struct emit *e, const struct bank *k, unsigned to, unsigned from)
{
        if (k->vector)
                x64_vmovdqa_rr(e->c, XMM((u8)to), XMM((u8)from));
        else
                x64_mov_rr(e->c, true, (gpr){ (u8)to }, (gpr){ (u8)from });
}

static void load(struct emit *e, const struct bank *k, unsigned to, mem m)
{
        if (k->vector)
                x64_vmovdqu_rm(e->c, XMM((u8)to), m);
        else
                x64_mov_rm(e->c, 3, (gpr){ (u8)to }, m);
}

static void store(struct emit *e, const struct bank *k, mem m, unsigned from)
{
        if (k->vector)
                x64_vmovdqu_mr(e->c, m, XMM((u8)from));
        else
                x64_mov_mr(e->c, 3, m, (gpr){ (u8)from });
}

static bool is_scratch(const struct bank *k, unsigned reg) { return reg < k->count; }

static void hold(struct bank *k, unsigned s, val v)
{
        k->owner[s] = v;
        k->held |= (u8)(1 << s);
}

static void let_go(struct bank *k, unsigned s)
{
        k->owner[s] = 0;
        k->held &= (u8)~(1 << s);
}

/* Forget values that nobody reads any more. */
static void prune(struct emit *e, struct bank *k)
{
        u32 kept = 0;
        for (u32 a = 0; a < k->active_count; a++)
                if (last_use(e, k->active[a]) >= e->cur)
                        k->active[kept++] = k->active[a];
        k->active_count = kept;
}

/* v is in the home of a guest register from now on. */
static void activate(struct emit *e, struct bank *k, val v, unsigned guest)
{
        if (k->active_count >= MANY_ACTIVE)
                prune(e, k);
        check(k->active_count < IR_MAX_INSTS);
        k->active[k->active_count++] = v;
        k->aliased |= 1u << guest;
}

static unsigned free_spill_slot(struct emit *e, struct bank *k, val v)
{
        unsigned s = 0;
        for (; s < k->spill_count; s++) {
                const struct value *owner = &e->values[k->spill[s]];
                if (last_use(e, k->spill[s]) < e->cur || owner->home != HOME_SPILL || owner->slot != s)
                        break;
        }
        check(s < SPILL_SLOTS);
        if (s == k->spill_count)
                k->spill_count++;
        k->spill[s] = v;
        return s;
}

/* Empty a scratch register: its value stays reachable in its home, else in a spill slot. */
static void vacate(struct emit *e, struct bank *k, unsigned s)
{
        val v = k->owner[s];
        if (!v)
                return;
        struct value *x = &e->values[v];
        let_go(k, s);
        if (x->reg != s)
                return;
        x->reg = NO_REG;
        if (x->home == HOME_NONE && last_use(e, v) >= e->cur) {
                x->slot = (u16)free_spill_slot(e, k, v);
                x->home = HOME_SPILL;
                store(e, k, home_mem(k, HOME_SPILL, x->slot), s);
        }
}

static unsigned take(struct emit *e, struct bank *k)
{
        int best = -1;
        unsigned farthest = 0;
        for (unsigned s = 0; s < k->count; s++) {
                if ((k->locked | k->tmp) >> s & 1)
                        continue;
                val v = k->owner[s];
                if (!v || last_use(e, v) < e->cur) {
                        best = (int)s;
                        break;
                }
                unsigned next = last_use(e, v);
                if (e->values[v].home != HOME_NONE) /* costs no store */
                        next += IR_MAX_INSTS;
                if (best < 0 || next > farthest) {
                        best = (int)s;
                        farthest = next;
                }
        }
        check(best >= 0);
        vacate(e, k, (unsigned)best);
        return (unsigned)best;
}

static void lock_reg(struct bank *k, unsigned reg)
{
        if (is_scratch(k, reg))
                k->locked |= (u8)(1 << reg);
}

bool emit_near(struct emit *e, gaddr target)
{
        i64 d = (i64)(target - (u64)e->c->p);
        return d == (i32)d && d > INT32_MIN + 65536 && d < INT32_MAX - 65536;
}

/* ADRP reaches 4 GiB, RIP-relative addressing 2: the rest is absolute, which ties such a block to this process. */
void emit_guest_address(struct emit *e, gpr d, gaddr target)
{
        if (emit_near(e, target))
                x64_lea(e->c, true, d, mem_rip(target));
        else
                x64_mov_ri(e->c, true, d, target);
}

static void materialise(struct emit *e, struct bank *k, val v, unsigned reg)
{
        struct value *x = &e->values[v];
        const struct ir_inst *i = emit_inst(e, v);
        if (x->home == HOME_CONST)
                x64_mov_ri(e->c, i->type == IR_I64, (gpr){ (u8)reg }, (u64)i->imm);
        else if (x->home == HOME_ADDR)
                emit_guest_address(e, (gpr){ (u8)reg }, (gaddr)i->imm);
        else {
                check(x->home != HOME_NONE);
                load(e, k, reg, home_mem(k, x->home, x->slot));
        }
}

static unsigned use(struct emit *e, struct bank *k, val v)
{
        struct value *x = &e->values[v];
        if (x->reg == NO_REG) {
                unsigned s = take(e, k);
                materialise(e, k, v, s);
                hold(k, s, v);
                x->reg = (u8)s;
        }
        lock_reg(k, x->reg);
        return x->reg;
}

gpr emit_use_i(struct emit *e, val v) { return (gpr){ (u8)use(e, &e->gprs, v) }; }
xmm emit_use_q(struct emit *e, val v) { return XMM((u8)use(e, &e->xmms, v)); }

/* The pinned register that the result of v may be computed in: the one it is SET to next, when nothing in between looks. */
static unsigned pinned_target(struct emit *e, struct bank *k, val v)
{
        unsigned at = emit_uses(e, v)->set_at;
        if (!at || at > v + 12u)
                return NO_REG;
        unsigned guest = emit_inst(e, (val)at)->aux, host = pinned(k, guest);
        if (host == NO_REG)
                return NO_REG;
        for (unsigned i = v + 1u; i < at; i++) {
                const struct ir_inst *n = emit_inst(e, (val)i);
                bool same = (n->op == (k->vector ? IR_GET_Q : IR_GET_X) || n->op == (k->vector ? IR_SET_Q : IR_SET_X)) && n->aux == guest;
                if (same || ir_facts[n->op] & IR_MAY_FAULT || n->op == IR_INSN)
                        return NO_REG;
        }
        for (u32 a = 0; a < k->active_count; a++) {
                val other = k->active[a];
                if (e->values[other].reg == host && last_use(e, other) > e->cur)
                        return NO_REG;
        }
        return host;
}

static bool is_operand_reg(struct emit *e, val v, unsigned reg)
{
        const struct ir_inst *i = emit_inst(e, v);
        for (int a = 0; a < 3; a++)
                if (i->arg[a] && e->values[i->arg[a]].reg == reg)
                        return true;
        return false;
}

static unsigned def(struct emit *e, struct bank *k, val v, bool early)
{
        struct value *x = &e->values[v];
        unsigned host = pinned_target(e, k, v);
        if (host != NO_REG && !(early && is_operand_reg(e, v, host))) {
                x->reg = (u8)host;
                activate(e, k, v, emit_inst(e, emit_uses(e, v)->set_at)->aux);
                return host;
        }
        int s = -1;
        if (!early) /* an operand's scratch register that dies here */
                for (unsigned i = 0; i < k->count && s < 0; i++)
                        if ((k->locked >> i & 1) && !(k->tmp >> i & 1) && k->owner[i] && last_use(e, k->owner[i]) <= e->cur)
                                s = (int)i;
        if (s < 0)
                s = (int)take(e, k);
        hold(k, (unsigned)s, v);
        k->locked |= (u8)(1 << s);
        x->reg = (u8)s;
        return x->reg;
}

gpr emit_def_i(struct emit *e, val v) { return (gpr){ (u8)def(e, &e->gprs, v, false) }; }
xmm emit_def_q(struct emit *e, val v) { return XMM((u8)def(e, &e->xmms, v, false)); }
gpr emit_def_early_i(struct emit *e, val v) { return (gpr){ (u8)def(e, &e->gprs, v, true) }; }
xmm emit_def_early_q(struct emit *e, val v) { return XMM((u8)def(e, &e->xmms, v, true)); }

static unsigned tmp(struct emit *e, struct bank *k)
{
        unsigned s = take(e, k);
        k->tmp |= (u8)(1 << s);
        return s;
}

gpr emit_tmp_i(struct emit *e) { return (gpr){ (u8)tmp(e, &e->gprs) }; }
xmm emit_tmp_q(struct emit *e) { return XMM((u8)tmp(e, &e->xmms)); }

static void take_fixed(struct emit *e, struct bank *k, unsigned host)
{
        check(is_scratch(k, host) && !((k->tmp | k->locked) >> host & 1));
        vacate(e, k, host);
        k->tmp |= (u8)(1 << host);
}

gpr emit_take_i(struct emit *e, unsigned host)
{
        take_fixed(e, &e->gprs, host);
        return (gpr){ (u8)host };
}

xmm emit_take_q(struct emit *e, unsigned host)
{
        take_fixed(e, &e->xmms, host);
        return XMM((u8)host);
}

void emit_release_i(struct emit *e, val v)
{
        struct bank *k = &e->gprs;
        unsigned s = e->values[v].reg;
        if (is_scratch(k, s) && k->owner[s] == v)
                k->locked &= (u8)~(1 << s);
}

void emit_result_in(struct emit *e, val v, bool w, gpr r)
{
        e->gprs.tmp = e->gprs.locked = 0;
        emit_take_i(e, r.n);
        x64_mov_rr(e->c, w, emit_def_early_i(e, v), r);
}

bool emit_mem_home(struct emit *e, val v, mem *m)
{
        const struct value *x = &e->values[v];
        if (x->reg != NO_REG || (x->home != HOME_CPU && x->home != HOME_SPILL))
                return false;
        *m = home_mem(bank_of(e, v), x->home, x->slot);
        return true;
}

/* GET_X, GET_Q, CONST, ADDR: nothing is emitted, the value is where it is. */
void emit_get(struct emit *e, val v, const struct ir_inst *i)
{
        struct value *x = &e->values[v];
        struct bank *k = bank_of(e, v);
        if (i->op == IR_CONST || i->op == IR_ADDR) {
                x->home = i->op == IR_CONST ? HOME_CONST : HOME_ADDR;
                return;
        }
        x->reg = (u8)pinned(k, i->aux);
        if (x->reg == NO_REG) {
                x->home = HOME_CPU;
                x->slot = i->aux;
        }
        activate(e, k, v, i->aux);
}

/* v, which stands for the old content of a guest register, goes to a scratch register or stays where it also is. */
static void move_away(struct emit *e, struct bank *k, val v, unsigned guest, unsigned host)
{
        struct value *x = &e->values[v];
        if (host == NO_REG ? x->reg != NO_REG : x->home != HOME_NONE) {
                if (host == NO_REG)
                        x->home = HOME_NONE;
                else
                        x->reg = NO_REG;
                return;
        }
        unsigned s = take(e, k);
        if (host == NO_REG)
                load(e, k, s, home_mem(k, HOME_CPU, guest));
        else
                move(e, k, s, host);
        hold(k, s, v);
        x->reg = (u8)s;
        x->home = HOME_NONE;
}

/* Values that still stand for the old content of a guest register are moved away before it changes; `except` is its new content. */
static void preserve_old(struct emit *e, struct bank *k, unsigned guest, val except)
{
        unsigned host = pinned(k, guest);
        u32 kept = 0;
        if (!(k->aliased >> guest & 1))
                return;
        k->aliased &= ~(1u << guest);
        for (u32 a = 0; a < k->active_count; a++) {
                val v = k->active[a];
                const struct value *x = &e->values[v];
                if (last_use(e, v) <= e->cur)
                        continue;
                k->active[kept++] = v;
                if (host == NO_REG ? x->home != HOME_CPU || x->slot != guest : x->reg != host)
                        continue;
                if (v == except)
                        k->aliased |= 1u << guest;
                else
                        move_away(e, k, v, guest, host);
        }
        k->active_count = kept;
}

/* Is the register of v known to have a zero upper half? Aliases of a whole guest register are not. */
static bool zero_extended(struct emit *e, val v)
{
        const struct ir_inst *i = emit_inst(e, v);
        return i->type == IR_I32 && i->op != IR_GET_X && i->op != IR_TRUNC;
}

static void relocate(struct emit *e, struct bank *k, val v, unsigned reg, unsigned guest)
{
        struct value *x = &e->values[v];
        if (is_scratch(k, x->reg))
                let_go(k, x->reg);
        x->reg = (u8)reg;
        activate(e, k, v, guest);
}

static void set_pinned(struct emit *e, struct bank *k, const struct ir_inst *i, unsigned host, bool whole)
{
        val a = i->arg[0];
        struct value *x = &e->values[a];
        if (x->reg == host) {
                if (!whole)
                        x64_mov_rr(e->c, false, (gpr){ (u8)host }, (gpr){ (u8)host });
                return;
        }
        if (x->reg == NO_REG && whole) {
                materialise(e, k, a, host);
                relocate(e, k, a, host, i->aux);
                return;
        }
        unsigned reg = use(e, k, a);
        if (whole)
                move(e, k, host, reg);
        else
                x64_mov_rr(e->c, false, (gpr){ (u8)host }, (gpr){ (u8)reg });
        if (whole && is_scratch(k, reg))
                relocate(e, k, a, host, i->aux);
}

static void set_home(struct emit *e, struct bank *k, const struct ir_inst *i, bool whole)
{
        val a = i->arg[0];
        struct value *x = &e->values[a];
        mem m = home_mem(k, HOME_CPU, i->aux);
        const struct ir_inst *n = emit_inst(e, a);
        if (x->home == HOME_CPU && x->slot == i->aux && whole)
                return; /* its own content */
        if (n->op == IR_CONST && n->imm == (i32)n->imm && x->reg == NO_REG && whole) {
                x64_mov_mi(e->c, 3, m, (i32)n->imm);
                return;
        }
        unsigned reg = use(e, k, a);
        if (!whole) {
                unsigned t = tmp(e, k);
                x64_mov_rr(e->c, false, (gpr){ (u8)t }, (gpr){ (u8)reg });
                reg = t;
        }
        store(e, k, m, reg);
        if (whole && (x->home == HOME_NONE || x->home == HOME_SPILL)) {
                x->home = HOME_CPU;
                x->slot = i->aux;
                activate(e, k, a, i->aux);
        }
}

void emit_set(struct emit *e, const struct ir_inst *i)
{
        struct bank *k = i->op == IR_SET_Q ? &e->xmms : &e->gprs;
        unsigned host = pinned(k, i->aux);
        bool whole = k->vector || i->type == IR_I64 || zero_extended(e, i->arg[0]); /* else the low half of the value is SET */
        preserve_old(e, k, i->aux, whole ? i->arg[0] : 0);
        if (host != NO_REG)
                set_pinned(e, k, i, host, whole);
        else
                set_home(e, k, i, whole);
}

/* ---- cold code ---- */

void *emit_cold_arg(struct emit *e, size_t size)
{
        u32 at = (e->cold_arg_used + 15) & ~15u;
        check(at + size <= COLD_ARG_BYTES);
        e->cold_arg_used = (u32)(at + size);
        for (size_t i = 0; i < size; i++)
                e->cold_args[at + i] = 0;
        return e->cold_args + at;
}

int emit_jcc_cold(struct emit *e, unsigned cc, void (*fn)(struct emit *e, void *arg), void *arg)
{
        check(e->cold_count < MAX_COLD);
        e->cold[e->cold_count] = (struct cold){ .jump = x64_jcc(e->c, cc), .fn = fn, .arg = arg };
        return (int)e->cold_count++;
}

void emit_cold_resume(struct emit *e, int label)
{
        e->cold[label].resume = e->c->p;
}

/* ---- the walks ---- */

/* Register 0 of either class is scratch: 0 stands for a guest register that lives in the CPU state. */
#define PIN(n, host) [n] = host,
static const u8 pinned_gprs[32] = { PINNED_GPRS(PIN) }, pinned_xmms[32] = { PINNED_XMM_AVX2(PIN) }, pinned_xmms_avx512[32] = { PINNED_XMM_AVX512(PIN) };
#undef PIN

static void init_bank(struct bank *k, unsigned count, const u8 *pinned)
{
        k->count = (u8)count;
        k->pinned = pinned;
        k->held = k->locked = k->tmp = 0;
        k->active_count = k->spill_count = k->aliased = 0;
        for (unsigned s = 0; s < count; s++)
                k->owner[s] = 0;
}

static void init_banks(struct emit *e)
{
        init_bank(&e->gprs, SCRATCH_GPRS, pinned_gprs);
        init_bank(&e->xmms, SCRATCH_XMMS, e->c->avx512 ? pinned_xmms_avx512 : pinned_xmms);
        e->xmms.vector = true;
}

void emit_note(struct emit *e, bool boundary)
{
        struct host_block *o = e->out;
        u32 at = (u32)(e->c->p - o->entry);
        const struct ir_uses *f = emit_uses(e, e->flags_val);
        u8 flags = FLAGS_LOST;
        if (e->flags_saved || !e->flags_val)
                flags = FLAGS_IN_CPU;
        else if (e->flags_form == FORM_ADD && f->guest_flags)
                flags = FLAGS_IN_EFLAGS;
        else if (e->flags_form == FORM_SUB && f->guest_flags)
                flags = FLAGS_IN_EFLAGS_CARRY_INVERTED;
        else if (e->flags_form == FORM_FCMP && f->guest_flags)
                flags = FLAGS_IN_EFLAGS_UCOMIS;
        struct host_map *last = o->map_count ? &o->map[o->map_count - 1] : NULL;
        if (last && last->host == at) {
                *last = (struct host_map){ at, e->insn, flags, boundary || (last->boundary && last->insn == e->insn) };
                return;
        }
        if (o->map_count == o->map_cap) {
                e->map_full = true;
                return;
        }
        o->map[o->map_count++] = (struct host_map){ at, e->insn, flags, boundary };
}

/* Values that nobody reads any more leave the scratch registers. */
static void expire(struct emit *e, struct bank *k)
{
        for (unsigned held = k->held; held; held &= held - 1) {
                unsigned s = (unsigned)__builtin_ctz(held);
                if (last_use(e, k->owner[s]) <= e->cur)
                        let_go(k, s);
        }
}

static inline void end_instruction(struct emit *e, struct bank *k)
{
        k->locked = k->tmp = 0;
        if (k->held)
                expire(e, k);
}

/* Flags changed place inside a guest instruction: the side table says so from here on. */
static void note_flags(struct emit *e, u8 form, bool saved)
{
        if (form != e->flags_form || saved != e->flags_saved)
                emit_note(e, false);
}

/* Is there room for one more operation? */
static bool room(const struct emit *e)
{
        if (LIKELY(e->c->p <= e->c->end))
                return !e->map_full;
        check(e->c->p <= e->c->end + CODE_RED_ZONE);
        return false;
}

static bool walk(struct emit *e)
{
        const struct ir_inst *inst = e->b->inst;
        u32 count = e->b->count;

        for (u32 n = 1; n < count; n++) {
                const struct ir_inst *i = &inst[n];
                emit_fn *emit = emit_table[i->op];
                u8 form = e->flags_form;
                bool saved = e->flags_saved;
                if (i->op == IR_NONE)
                        continue;
                e->cur = (val)n;
                e->values[n] = (struct value){ .reg = NO_REG };
                check(emit);
                emit(e, (val)n, i);
                note_flags(e, form, saved);
                end_instruction(e, &e->gprs);
                end_instruction(e, &e->xmms);
                if (!room(e))
                        return false;
        }
        emit_note(e, false); /* the last instruction's code ends; cold code and stubs belong to it as well */
        for (u32 n = 0; n < e->cold_count; n++) {
                emit_cold(e, &e->cold[n]);
                if (!room(e))
                        return false;
        }
        emit_exits(e);
        return !e->map_full;
}

bool host_compile(struct code *c, const struct ir_block *b, struct host_block *out)
{
        static struct emit scratch; /* translation is serialised by the process's lock */
        struct emit *e = &scratch;
        u8 *start = c->p;

        while ((u64)c->p & 15)
                x64_byte(c, 0xcc);
        out->entry = c->p;
        out->map_count = 0;
        e->c = c;
        e->b = b;
        e->out = out;
        e->insn = 0xffff; /* the first INSN makes it 0 */
        e->flags_val = 0;
        e->flags_form = FORM_NONE;
        e->flags_saved = true;
        e->map_full = false;
        e->exit_count = e->cold_count = e->cold_arg_used = 0;
        init_banks(e);
        e->values[0] = (struct value){ .reg = NO_REG };
        x64_nop(c, 5);
        if (!walk(e)) {
                c->p = start;
                return false;
        }
        out->size = (u32)(c->p - out->entry);
        return true;
}
