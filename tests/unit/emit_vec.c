/*
 * Vector emitters: each operation is compiled in blocks of its own, with operands in registers of all kinds, run on edge-case values,
 * and compared with reference() or with the C helper of the same name, flags included. Both for AVX2 and (when present) AVX-512.
 */
#include "emit_vec.h"
#include "random.h"

#include "base/arena.h"

#include "engine/fp/fpsr.h"
#include "engine/host/emit_ops.h"
#include "engine/host/host.h"

#include <cpuid.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

/* ---- running code: register files are loaded and stored around it ---- */

v128 xmm_file[32];
u64 gpr_file[16], saved_rsp;
u8 use_avx512;
u32 mxcsr_file;
static struct cpu cpu;
static u8 *code_area;
enum { CODE_SIZE = 1 << 16 };

void enter_code(struct cpu *cpu, void *entry);
void leave_code(void);
void help_thunk(void);
void test_help(u32 how);

__asm__(".altmacro\n"
        ".macro eachx op, area\n .set n, 0\n .rept 16\n xmove \\op, \\area, %n\n .set n, n+1\n .endr\n"
        " cmpb $0, use_avx512(%rip)\n je 1f\n .rept 16\n xmove \\op, \\area, %n\n .set n, n+1\n .endr\n1:\n.endm\n"
        ".macro xmove op, area, n\n .if \\op\n  .if \\n < 16\n vmovdqu %xmm\\n, \\area+16*\\n(%rip)\n .else\n vmovdqu32 %xmm\\n, \\area+16*\\n(%rip)\n .endif\n"
        " .else\n .if \\n < 16\n vmovdqu \\area+16*\\n(%rip), %xmm\\n\n .else\n vmovdqu32 \\area+16*\\n(%rip), %xmm\\n\n .endif\n .endif\n.endm\n"
        ".bss\n.balign 16\nhelp_save: .skip 512\n.text\n"
        ".globl enter_code\nenter_code:\n push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
        " mov %rsp, saved_rsp(%rip)\n lea 128(%rdi), %rbp\n mov %rsi, %rax\n"
        " eachx 0, xmm_file\n ldmxcsr mxcsr_file(%rip)\n"
        " cmpb $0, use_avx512(%rip)\n je 2f\n mov $1, %ecx\n kmovw %ecx, %k1\n mov $3, %ecx\n kmovw %ecx, %k2\n2:\n"
        " mov gpr_file+8*7(%rip), %rdi\n mov gpr_file+8*6(%rip), %rsi\n mov gpr_file+8*8(%rip), %r8\n mov gpr_file+8*9(%rip), %r9\n"
        " jmp *%rax\n"
        ".globl leave_code\nleave_code:\n eachx 1, xmm_file\n mov %rdi, gpr_file+8*7(%rip)\n mov %rsi, gpr_file+8*6(%rip)\n"
        " mov %r8, gpr_file+8*8(%rip)\n mov %r9, gpr_file+8*9(%rip)\n stmxcsr mxcsr_file(%rip)\n"
        " mov saved_rsp(%rip), %rsp\n pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n"
        ".globl help_thunk\nhelp_thunk:\n eachx 1, help_save\n push %rdi\n push %rsi\n push %r8\n push %r9\n push %r10\n push %r11\n push %rbx\n"
        " mov %rsp, %rbx\n and $-16, %rsp\n mov %eax, %edi\n call test_help\n mov %rbx, %rsp\n"
        " pop %rbx\n pop %r11\n pop %r10\n pop %r9\n pop %r8\n pop %rsi\n pop %rdi\n eachx 0, help_save\n"
        " mov $0x1111, %eax\n mov $0x2222, %ecx\n mov $0x3333, %edx\n ret\n");

typedef void vector_helper(struct cpu *cpu, const struct helper_q *how);

void test_help(u32 how)
{
        struct helper_q h;
        memcpy(&h, &how, sizeof h);
        ((vector_helper *)helper_table[h.id])(&cpu, &h);
}

/* Referenced by the helper tables, not by these operations. */
u64 help_ic_ivau(struct cpu *c, u64 a, u64 b, u64 d) { return 0; }
void process_fp_form(struct cpu *c, enum fp_form form) {}

/* ---- guest registers ---- */

static u8 host_of[32], host_of_x[32];

static void map_registers(void)
{
        memset(host_of, NO_REG, sizeof host_of);
        memset(host_of_x, NO_REG, sizeof host_of_x);
#define PIN_Q(guest, host) host_of[guest] = host;
#define PIN_X(guest, host) host_of_x[guest] = host;
        PINNED_GPRS(PIN_X)
        if (use_avx512) {
                PINNED_XMM_AVX512(PIN_Q)
        } else {
                PINNED_XMM_AVX2(PIN_Q)
        }
}

static v128 *guest_q(unsigned n) { return host_of[n] == NO_REG ? &cpu.v[n] : &xmm_file[host_of[n]]; }
static u64 *guest_x(unsigned n) { return host_of_x[n] == NO_REG ? &cpu.x[n] : &gpr_file[host_of_x[n]]; }

/* ---- values ---- */

static unsigned pick(unsigned n) { return (unsigned)(random_bits() >> 33) % n; }

static u64 random_lane(unsigned esz, bool fp)
{
        static const u32 singles[] = { 0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00001, 0xffc12345, 0x7f800001, 1,
                0x807fffff, 0x7f7fffff, 0x3f000000, 0xbf000000, 0x3fc00000, 0x40200000, 0xc0200000, 0x4f000000, 0xcf000000, 0x4f800000,
                0x5f000000, 0x5f800000, 0xdf000000, 0x3effffff, 0x4b000001, 0x00800000, 0x4effffff, 0x33800000 };
        static const u64 doubles[] = { 0, 1ull << 63, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000, 0xfff0000000000000,
                0x7ff8000000000001, 0xfff8000012345678, 0x7ff0000000000001, 1, 0x800fffffffffffff, 0x7fefffffffffffff, 0x3fe0000000000000,
                0xbfe0000000000000, 0x3ff8000000000000, 0x4004000000000000, 0xc004000000000000, 0x41dfffffffe00000, 0x41e0000000000000,
                0xc1e0000000000000, 0xc1e0000000100000, 0x41efffffffe00000, 0x41effffffff00000, 0x43e0000000000000, 0xc3e0000000000000,
                0x43f0000000000000, 0x3fdfffffffffffff, 0x4330000000000001, 0x38000000deadbeef, 0x47efffffefffffff };
        if (fp && esz >= 2 && pick(3))
                return esz == 2 ? singles[pick(ARRAY_LEN(singles))] : doubles[pick(ARRAY_LEN(doubles))];
        if (fp && esz == 2) /* of moderate size */
                return ((u32)random_bits() & 0x807fffff) | (120 + pick(45)) << 23;
        if (fp && esz == 3)
                return (random_bits() & 0x800fffffffffffff) | (u64)(1010 + pick(80)) << 52;
        switch (pick(6)) {
        case 0: return pick(3) - 1ull;
        case 1: return (1ull << ((8 << esz) - 1)) - pick(2);
        case 2: return pick(140) - 70ull;
        default: return random_bits();
        }
}

static v128 random_vector(unsigned esz, bool fp)
{
        v128 v;
        for (unsigned n = 0; n < 16u >> esz; n++) {
                u64 x = random_lane(esz, fp);
                memcpy(&v.b[n << esz], &x, 1u << esz);
        }
        return v;
}

/* ---- operations under test ---- */

enum imm_kind { IMM_NONE, IMM_LANE, IMM_SHL, IMM_SHR, IMM_BYTES, IMM_REV, IMM_ANY, IMM_LANES2 };
enum { B = 1, H = 2, S = 4, D = 8, BH = 3, BHS = 7, ALL = 15, SD = 12 };
enum { SC = 1, LO = 2, FULL = 4, VEC = 6, ANY = 7 };

struct spec {
        u16 op;
        char result;        /* q, or x: an integer */
        const char *args;   /* q, x */
        u8 esz, widths;
        u8 aux;             /* 0 .. aux - 1; 0: none */
        u8 imm;
        u16 helper;         /* the reference when it is a helper */
        bool fp;
};

#define IOP(name, args, esz, widths, imm) { IR_##name, 'q', args, esz, widths, 0, imm, 0, false }
#define FOP(name, args, widths, aux, helper) { IR_##name, 'q', args, SD, widths, aux, IMM_NONE, HELP_##helper, true }

static const struct spec specs[] = {
#include "emit_vec.def"
};

static i64 random_imm(const struct spec *s, unsigned esz, unsigned width)
{
        unsigned bits = 8u << esz;
        switch (s->imm) {
        case IMM_LANE: case IMM_LANES2: return pick(16u >> esz);
        case IMM_SHL: return pick(bits);
        case IMM_SHR: return pick(bits + 1);
        case IMM_BYTES: return pick(width == W_128 ? 16 : 8);
        case IMM_REV: return (i64)esz + 1 + pick(3 - esz);
        case IMM_ANY: return pick(3) ? (i64)random_bits() : (i64)pick(3) - 1;
        default: return 0;
        }
}

/* ---- one block ---- */

static struct ir_block block;
static struct host_map map[256];

struct trial {
        const struct spec *spec;
        struct ir_inst inst;
        u8 reg[3], dest;
        val pressure;
};

static val get(char kind, u8 reg, enum ir_type type)
{
        return ir_emit(&block, (struct ir_inst){ .op = kind == 'q' ? IR_GET_Q : IR_GET_X, .type = kind == 'q' ? IR_Q : type, .aux = reg });
}

static void build(struct trial *t, enum ir_type int_type, bool dup_first, bool pressure)
{
        memset(&block, 0, offsetof(struct ir_block, inst));
        block.count = 1;
        block.pc = 0x1000;
        val extra[3] = { 0 };
        unsigned dup_at = pick(2);
        for (unsigned n = 0; pressure && n < 3; n++) {
                val a = get('q', (u8)(2 + n), 0), b = get('q', (u8)(22 + n), 0);
                extra[n] = ir_q(&block, IR_QXOR, 3, W_128, a, b, 0, 0, 0);
        }
        for (unsigned n = 0; t->spec->args[n]; n++) {
                t->inst.arg[n] = get(t->spec->args[n], t->reg[n], int_type);
                if (dup_first && n == dup_at && t->spec->args[n] == 'q') /* an operand that is no guest register */
                        t->inst.arg[n] = ir_q(&block, IR_QOR, 3, W_128, t->inst.arg[n], t->inst.arg[n], 0, 0, 0);
        }
        val r = ir_emit(&block, t->inst);
        ir_emit(&block, (struct ir_inst){ .op = t->spec->result == 'q' ? IR_SET_Q : IR_SET_X, .type = t->inst.type, .aux = t->dest, .arg = { r } });
        for (unsigned n = 0; pressure && n < 3; n++)
                ir_emit(&block, (struct ir_inst){ .op = IR_SET_Q, .type = IR_Q, .aux = (u8)(26 + n), .arg = { extra[n] } });
        ir_emit(&block, (struct ir_inst){ .op = IR_EXIT, .imm = 0x2000 });
}

static void *compile(bool avx512)
{
        struct code c = { .p = code_area, .end = code_area + CODE_SIZE - CODE_RED_ZONE, .avx512 = avx512, .aes = true, .pclmul = true };
        struct host_block out = { .map = map, .map_cap = ARRAY_LEN(map) };
        static struct arena memory;
        static struct emit *emitter;

        if (!emitter) {
                arena_init(&memory, 1 << 20);
                emitter = host_emitter(&memory);
        }
        __builtin_cpu_init();
        u64 less = random_bits();
        c.sha = less & 1;
        if (avx512 && less & 2)
                c.vaes = c.vpclmul = c.bitalg = c.avx512cd = true;
        if (less & 4)
                c.aes = c.pclmul = c.sha = false;
        ir_dead(&block);
        if (!host_compile(emitter, &c, &block, &out)) {
                printf("host_compile failed\n");
                exit(1);
        }
        return out.entry;
}

/* ---- running and comparing ---- */

static sigjmp_buf trapped;
static struct { v128 xmm[16]; } at_trap;

static void on_fpe(int sig, siginfo_t *si, void *context)
{
        ucontext_t *u = context;
        memcpy(&at_trap, u->uc_mcontext.fpregs->_xmm, sizeof at_trap);
        siglongjmp(trapped, sig);
}

static void on_crash(int sig)
{
        printf("signal %d\n", sig);
        _exit(1);
}

static unsigned failures;

static void report(const struct trial *t, const struct operands *o, const v128 *want, const v128 *got, u32 wf, u32 gf, const char *what)
{
        if (++failures > 30)
                return;
        printf("%s %s: %s esz %d width %d aux %d imm %lld type %d regs %d %d %d -> %d\n", use_avx512 ? "avx512" : "avx2", ir_op_name(t->inst.op), what,
               t->inst.esz, t->inst.width, t->inst.aux, (long long)t->inst.imm, t->inst.type, t->reg[0], t->reg[1], t->reg[2], t->dest);
        for (unsigned n = 0; t->spec->args[n]; n++)
                printf("  %c %016llx %016llx  x %016llx\n", "abc"[n], (unsigned long long)o->q[n].d[1], (unsigned long long)o->q[n].d[0], (unsigned long long)o->x[n]);
        printf("  want %016llx %016llx fpsr %x\n  got  %016llx %016llx fpsr %x\n", (unsigned long long)want->d[1], (unsigned long long)want->d[0], wf,
               (unsigned long long)got->d[1], (unsigned long long)got->d[0], gf);
}

/* The helper's result and FPSR. */
static void by_helper(const struct trial *t, const struct operands *o, enum ir_type int_type, v128 *r, u32 *fpsr)
{
        static struct cpu ref;
        u8 aux = t->inst.aux;
        ref.fpcr = cpu.fpcr;
        ref.fpsr = ref.qc = 0;
        for (int n = 0; n < 3; n++)
                ref.qarg[n] = o->q[n];
        if (t->spec->args[0] == 'x') {
                ref.qarg[0].d[0] = o->x[0];
                aux = int_type == IR_I64 ? 0x80 : 0;
        }
        if (t->spec->result == 'x')
                aux |= t->inst.type == IR_I64 ? 0x80 : 0;
        struct helper_q how = { t->spec->helper, (u8)(t->inst.esz | t->inst.width << 4), aux };
        ((vector_helper *)helper_table[how.id])(&ref, &how);
        *r = ref.qarg[3];
        if (t->spec->result == 'x')
                *r = (v128){ .d = { ref.hret, 0 } };
        *fpsr = ref.fpsr;
}

static void set_operands(const struct trial *t, struct operands *o)
{
        for (unsigned n = 0; n < 32; n++)
                *guest_q(n) = random_vector(3, false);
        for (unsigned n = 0; t->spec->args[n]; n++) {
                if (t->spec->args[n] == 'x')
                        *guest_x(t->reg[n]) = random_lane(3, false);
                else
                        *guest_q(t->reg[n]) = random_vector(t->inst.esz, t->spec->fp);
        }
        for (unsigned n = 0; t->spec->args[n]; n++) {
                o->x[n] = *guest_x(t->reg[n] & 15);
                o->q[n] = *guest_q(t->reg[n]);
        }
}

/* After a trap the operands must still be in their homes, for the instruction is done again in software. */
static void check_trap(const struct trial *t, const struct operands *o, const v128 *want, u32 fpsr)
{
        bool exempt = t->inst.op == IR_FRINT || (t->inst.op >= IR_FMAX && t->inst.op <= IR_FMINNM && !use_avx512);
        if (!(fpsr & FPSR_IOC) && !exempt)
                report(t, o, want, want, fpsr, 0, "trap");
        for (unsigned n = 0; t->spec->args[n]; n++) {
                u8 host = t->spec->args[n] == 'q' ? host_of[t->reg[n]] : NO_REG;
                if (host < 16 && memcmp(&at_trap.xmm[host], &o->q[n], 16))
                        report(t, o, &o->q[n], &at_trap.xmm[host], 0, 0, "operand lost at trap");
        }
}

static void run_once(const struct trial *t, void *entry, enum ir_type int_type)
{
        struct operands o = { 0 };
        v128 want, got, before[32];
        static u32 fpsr, mxcsr; /* static: siglongjmp */
        fpsr = 0;
        u8 qc = 0;
        cpu.fpcr = (u32)pick(4) << FPCR_RMODE_SHIFT;
        cpu.fpsr = cpu.qc = 0;
        mxcsr_file = mxcsr_for(cpu.fpcr, 0);
        set_operands(t, &o);
        if (t->spec->helper)
                by_helper(t, &o, int_type, &want, &fpsr);
        else if (!reference(&t->inst, &o, &want, &qc)) {
                report(t, &o, &want, &want, 0, 0, "no reference");
                return;
        }
        for (unsigned n = 0; n < 32; n++)
                before[n] = *guest_q(n);
        if (sigsetjmp(trapped, 1)) {
                __builtin_ia32_ldmxcsr(0x1f80);
                check_trap(t, &o, &want, fpsr);
                return;
        }
        enter_code(&cpu, entry);
        mxcsr = mxcsr_file & 0x3d;
        __builtin_ia32_ldmxcsr(0x1f80);
        got = t->spec->result == 'q' ? *guest_q(t->dest) : (v128){ .d = { *guest_x(t->dest), 0 } };
        if (t->spec->result == 'x' && t->inst.type == IR_I32)
                want.d[0] = (u32)want.d[0];
        u32 flags = cpu.fpsr | (mxcsr >> 2 & 1 ? FPSR_DZC : 0) | (mxcsr >> 3 & 1 ? FPSR_OFC : 0) | (mxcsr >> 4 & 1 ? FPSR_UFC : 0) | (mxcsr >> 5 & 1 ? FPSR_IXC : 0);
        if (memcmp(&want, &got, 16))
                report(t, &o, &want, &got, fpsr, flags, "result");
        else if ((flags ^ fpsr) & ~(u32)FPSR_UFC || (flags & ~fpsr) || (cpu.qc != 0) != (qc != 0))
                report(t, &o, &want, &got, fpsr, flags, "flags");
        for (unsigned n = 0; n < 32; n++)
                if (n != t->dest && !(n >= 26 && n < 29) && t->spec->result == 'q' && memcmp(&before[n], guest_q(n), 16))
                        report(t, &o, &before[n], guest_q(n), n, 0, "other register changed");
}

static u8 random_reg(void)
{
        static const u8 regs[] = { 0, 1, 2, 7, 16, 19, 8, 9, 10, 11, 12, 14, 15, 20, 21, 25, 31 };
        return regs[pick(ARRAY_LEN(regs))];
}

static void try_spec(const struct spec *s, unsigned esz, unsigned width, unsigned aux)
{
        static const u8 xregs[] = { 0, 1, 2, 3, 7, 9, 15 };
        for (int n = 0; n < 40; n++) {
                bool wide = pick(2) || (esz == 3 && s->op != IR_FCVT_TO_S && s->op != IR_FCVT_TO_U);
                enum ir_type int_type = wide ? IR_I64 : IR_I32;
                struct trial t = { .spec = s, .dest = s->result == 'q' ? random_reg() : xregs[pick(7)] };
                for (int a = 0; a < 3; a++)
                        t.reg[a] = s->args[0] && s->args[a < 1 ? 0 : 1] == 'x' && (a == 1 || s->args[0] == 'x') ? xregs[pick(7)] : random_reg();
                t.inst = (struct ir_inst){ .op = s->op, .type = s->result == 'q' ? IR_Q : int_type, .esz = (u8)esz, .width = (u8)width, .aux = (u8)aux };
                t.inst.imm = random_imm(s, esz, width);
                if (s->imm == IMM_LANES2)
                        t.inst.aux = (u8)pick(16u >> esz);
                build(&t, int_type, !pick(3), !pick(3));
                void *entry = compile(use_avx512);
                for (int k = 0; k < 40; k++)
                        run_once(&t, entry, int_type);
        }
}

static void try_all(void)
{
        for (unsigned k = 0; k < ARRAY_LEN(specs); k++)
                for (unsigned esz = 0; esz < 4; esz++)
                        for (unsigned width = 0; width < 3; width++) {
                                const struct spec *s = &specs[k];
                                bool bad = s->fp && esz == 3 && width == W_64;
                                if (!(s->esz >> esz & 1) || !(s->widths >> width & 1) || bad)
                                        continue;
                                for (unsigned aux = 0; aux < (s->aux ? s->aux : 1u); aux++)
                                        if (s->op != IR_FCVT || (aux >= 2 && aux != esz))
                                                try_spec(s, esz, width, aux);
                        }
}

int main(void)
{
        struct sigaction fpe = { .sa_sigaction = on_fpe, .sa_flags = SA_SIGINFO | SA_NODEFER };
        sigaction(SIGFPE, &fpe, NULL);
        signal(SIGILL, on_crash);
        setvbuf(stdout, NULL, _IOLBF, 0);
        code_area = mmap(NULL, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        cpu.thunk_link = leave_code;
        cpu.thunk_help_q = help_thunk;
        cpu.mxcsr = 0x1f00;
        for (int avx512 = 0; avx512 < 2; avx512++) {
                if (avx512 && !(__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")))
                        continue;
                use_avx512 = (u8)avx512;
                map_registers();
                try_all();
        }
        printf("%u failures\n", failures);
        return failures != 0;
}
