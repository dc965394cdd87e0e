/* A block from its IR to host code: each operation's emit function in turn, then the cold code and the stubs of the exits. */
#include "base/arena.h"
#include "base/out.h"
#include "engine/host/bank.h"
#include "engine/host/x64_int.h"

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
        e->cold[e->cold_count] = (struct cold){ .jump = x64_jcc(e->c, cc), .fn = fn, .arg = arg, .insn = e->insn,
                                                .flags_form = e->flags_form, .flags_saved = e->flags_saved, .flags_val = e->flags_val };
        return (int)e->cold_count++;
}

void emit_cold_resume(struct emit *e, int label)
{
        e->cold[label].resume = e->c->p;
}

/* ---- the walk ---- */

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
                if (value_last_use(e, k->owner[s]) <= e->cur)
                        bank_let_go(k, s);
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

/* What may trap there notes its position, for which the state is as it was at the jump. */
static bool walk_cold(struct emit *e)
{
        u16 last = e->insn;

        for (u32 n = 0; n < e->cold_count; n++) {
                const struct cold *k = &e->cold[n];
                u32 notes = e->out->map_count;

                e->insn = k->insn;
                e->flags_form = k->flags_form;
                e->flags_saved = k->flags_saved;
                e->flags_val = k->flags_val;
                emit_cold(e, k);
                e->insn = last;
                if (e->out->map_count != notes)
                        emit_note(e, false);
                if (!room(e))
                        return false;
        }
        return true;
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
        emit_note(e, false); /* the last instruction's code ends; cold code and stubs belong to it as well, unless they say otherwise */
        if (!walk_cold(e))
                return false;
        emit_exits(e);
        return !e->map_full;
}

struct emit *host_emitter(struct arena *a)
{
        return arena_alloc(a, sizeof(struct emit));
}

bool host_compile(struct emit *e, struct code *c, const struct ir_block *b, struct host_block *out)
{
        u8 *start = c->p;

        while ((u64)c->p & 15)
                x64_byte(c, 0xcc);
        out->entry = c->p;
        out->map_count = 0;
        out->absolute = false;
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
