/*
 * The A64 front end: words made by the GNU assembler against the row and fields that they decode to; every row lifted from
 * random words into IR that must be well formed, before and after the passes.
 */
#include "engine/guest/a64_decode.h"
#include <stdio.h>
#include <string.h>

static const struct {
        u32 word;
        const char *text;
} words[] = {
        {0x91448fe1, "ADD_imm sf=1 sh=1 imm=291 rn=31 rd=1"},              /* add x1, sp, #0x123, lsl #12 */
        {0x6b851c83, "SUBS_shift sf=0 shift=2 rm=5 amount=7 rn=4 rd=3"},   /* subs w3, w4, w5, asr #7 */
        {0xeb22c83f, "SUBS_ext sf=1 rm=2 option=6 amount=2 rn=1 rd=31"},   /* cmp x1, w2, sxtw #2 */
        {0x92089c41, "AND_imm sf=1 n=0 immr=8 imms=39 rn=2 rd=1"},         /* and x1, x2, #0xff00ff00ff00ff00 */
        {0xf2f7dde5, "MOVK sf=1 hw=3 imm=48879 rd=5"},                     /* movk x5, #0xbeef, lsl #48 */
        {0x331d0c41, "BFM sf=0 n=0 immr=29 imms=3 rn=2 rd=1"},             /* bfi w1, w2, #3, #4 */
        {0x93c24420, "EXTR sf=1 n=1 rm=2 lsb=17 rn=1 rd=0"},               /* extr x0, x1, x2, #17 */
        {0x90000003, "ADRP imm=0 rd=3"},                                   /* adrp x3, 0 */
        {0xfa45a829, "CCMP_imm sf=1 imm=5 cond=10 rn=1 nzcv=9"},           /* ccmp x1, #0x5, #0x9, ge */
        {0x1a833441, "CSINC sf=0 rm=3 cond=3 rn=2 rd=1"},                  /* csinc w1, w2, w3, cc */
        {0x9b031041, "MADD sf=1 rm=3 ra=4 rn=2 rd=1"},                     /* madd x1, x2, x3, x4 */
        {0x9b437c41, "SMULH rm=3 rn=2 rd=1"},                              /* smulh x1, x2, x3 */
        {0x9ac35c41, "CRC32C sf=1 size=3 rm=3 rn=2 rd=1"},                 /* crc32cx w1, w2, x3 */
        {0xdac00841, "REV32 rn=2 rd=1"},                                   /* rev32 x1, x2 */
        {0x54000048, "B_cond imm=2 cond=8"},                               /* b.hi 40 */
        {0x97fffc00, "BL imm=-1024"},                                      /* bl fffffffffffff03c */
        {0xb7500209, "TBNZ bit=42 imm=16 rt=9"},                           /* tbnz x9, #42, 80 */
        {0x34ffffc3, "CBZ sf=0 imm=-2 rt=3"},                              /* cbz w3, 3c */
        {0xd65f03c0, "RET rn=30"},                                         /* ret */
        {0xd61f0220, "BR rn=17"},                                          /* br x17 */
        {0xd4000001, "SVC imm=0"},                                         /* svc #0x0 */
        {0xd42009a0, "BRK imm=77"},                                        /* brk #0x4d */
        {0xd503245f, "HINT imm=34"},                                       /* bti c */
        {0xd5033bbf, "DMB crm=11"},                                        /* dmb ish */
        {0xd5033fdf, "ISB"},                                               /* isb */
        {0xd53bd043, "MRS reg=7810 rt=3"},                                 /* mrs x3, tpidr_el0 */
        {0xd51b4202, "MSR reg=6672 rt=2"},                                 /* msr nzcv, x2 */
        {0xd50b7424, "DC_ZVA rt=4"},                                       /* dc zva, x4 */
        {0xd50b7524, "IC_IVAU rt=4"},                                      /* ic ivau, x4 */
        {0xf9400c41, "LDR_imm size=3 imm=3 rn=2 rt=1"},                    /* ldr x1, [x2, #24] */
        {0xb89fc441, "LDRS_x_post size=2 imm=-4 rn=2 rt=1"},               /* ldrsw x1, [x2], #-4 */
        {0x38234841, "STR_reg size=0 rm=3 option=0 s=0 rn=2 rt=1"},        /* strb w1, [x2, w3, uxtw] */
        {0xa9ff0be1, "LDP_pre sf=1 imm=-2 rt2=2 rn=31 rt=1"},              /* ldp x1, x2, [sp, #-16]! */
        {0x69400861, "LDPSW imm=0 rt2=2 rn=3 rt=1"},                       /* ldpsw x1, x2, [x3] */
        {0x3ce37841, "LDR_v_reg esz=4 rm=3 option=1 s=1 rn=2 vt=1"},       /* ldr q1, [x2, x3, lsl #4] */
        {0x6d020be1, "STP_v opc=1 imm=4 vt2=2 rn=31 vt=1"},                /* stp d1, d2, [sp, #32] */
        {0x1c000083, "LDR_v_lit opc=0 imm=4 vt=3"},                        /* ldr s3, a0 */
        {0xf9800020, "PRFM_imm imm=0 rn=1 prfop=0"},                       /* prfm pldl1keep, [x1] */
        {0xc85f7c41, "LDXR size=3 acq=0 rn=2 rt=1"},                       /* ldxr x1, [x2] */
        {0xc8218c82, "STXP sz=1 rs=1 rel=1 rt2=3 rn=4 rt=2"},              /* stlxp w1, x2, x3, [x4] */
        {0xb8e10062, "LDADD size=2 acq=1 rel=1 rs=1 rn=3 rt=2"},           /* ldaddal w1, w2, [x3] */
        {0x48227cc4, "CASP sz=1 acq=0 half_s=1 rel=0 rn=6 half_t=2"},      /* casp x2, x3, x4, x5, [x6] */
        {0xb8bfc041, "LDAPR size=2 rn=2 rt=1"},                            /* ldapr w1, [x2] */
        {0x4cdf2021, "LD1_m q=1 size=0 op=2 post=1 rm=31 rn=1 vt=1"},      /* ld1 {v1.16b-v4.16b}, [x1], #64 */
        {0x4d82a021, "ST3_one q=1 op=2 s=0 size=0 post=1 rm=2 rn=1 vt=1"}, /* st3 {v1.s-v3.s}[2], [x1], x2 */
        {0x4d60ec61, "LD4R q=1 size=3 post=0 rm=0 rn=3 vt=1"},             /* ld4r {v1.2d-v4.2d}, [x3] */
        {0x4e1c0441, "DUP_e q=1 imm5=28 vn=2 vd=1"},                       /* dup v1.4s, v2.s[3] */
        {0x0e163c41, "UMOV q=0 imm5=22 vn=2 rd=1"},                        /* umov w1, v2.h[5] */
        {0x6e072441, "INS_e imm5=7 imm4=4 vn=2 vd=1"},                     /* mov v1.b[3], v2.b[4] */
        {0x4f00c461, "MOVI_v q=1 cmode=12 imm8=3 vd=1"},                   /* movi v1.4s, #0x3, msl #8 */
        {0x4e042041, "TBL q=1 len=1 vm=4 vn=2 vd=1"},                      /* tbl v1.16b, {v2.16b, v3.16b}, v4.16b */
        {0x4e837841, "ZIP2 q=1 size=2 vm=3 vn=2 vd=1"},                    /* zip2 v1.4s, v2.4s, v3.4s */
        {0x6e032841, "EXT_v q=1 imm4=5 vm=3 vn=2 vd=1"},                   /* ext v1.16b, v2.16b, v3.16b, #5 */
        {0x5e230c41, "SQADD_s size=0 vm=3 vn=2 vd=1"},                     /* sqadd b1, b2, b3 */
        {0x4e639441, "MLA_v q=1 size=1 vm=3 vn=2 vd=1"},                   /* mla v1.8h, v2.8h, v3.8h */
        {0x4fa3a041, "SMULL_e q=1 size=2 idx=1 vm=3 vn=2 vd=1"},           /* smull2 v1.2d, v2.4s, v3.s[1] */
        {0x4f7b0441, "SSHR_vi q=1 imm=123 vn=2 vd=1"},                     /* sshr v1.2d, v2.2d, #5 */
        {0x0f1d9c41, "SQRSHRN_v q=0 imm=29 vn=2 vd=1"},                    /* sqrshrn v1.4h, v2.4s, #3 */
        {0x6e703841, "UADDLV q=1 size=1 vn=2 vd=1"},                       /* uaddlv s1, v2.8h */
        {0x4e205841, "CNT_v q=1 vn=2 vd=1"},                               /* cnt v1.16b, v2.16b */
        {0x4ee3e041, "PMULL q=1 size=3 vm=3 vn=2 vd=1"},                   /* pmull2 v1.1q, v2.2d, v3.2d */
        {0x4e284841, "AESE vn=2 vd=1"},                                    /* aese v1.16b, v2.16b */
        {0x5e034041, "SHA256H vm=3 vn=2 vd=1"},                            /* sha256h q1, q2, v3.4s */
        {0xce638041, "SHA512H vm=3 vn=2 vd=1"},                            /* sha512h q1, q2, v3.2d */
        {0x1e632841, "FADD type=1 vm=3 vn=2 vd=1"},                        /* fadd d1, d2, d3 */
        {0x1f031041, "FMADD type=0 vm=3 va=4 vn=2 vd=1"},                  /* fmadd s1, s2, s3, s4 */
        {0x9e780041, "FCVT_int sf=1 type=1 round=3 u=0 vn=2 rd=1"},        /* fcvtzs x1, d2 */
        {0x1e23c041, "FCVT type=0 to=3 vn=2 vd=1"},                        /* fcvt h1, s2 */
        {0x1e19f041, "FCVTZ_fix sf=0 type=0 u=1 scale=60 vn=2 rd=1"},      /* fcvtzu w1, s2, #4 */
        {0x9e620041, "CVTF sf=1 type=1 u=0 rn=2 vd=1"},                    /* scvtf d1, x2 */
        {0x1e2f1001, "FMOV_i type=0 imm8=120 vd=1"},                       /* fmov s1, #1.500000000000000000e+00 */
        {0x9eae0041, "FMOV_top vn=2 rd=1"},                                /* fmov x1, v2.d[1] */
        {0x6f07f401, "FMOV_vi q=1 dbl=1 half=0 imm8=224 vd=1"},            /* fmov v1.2d, #-5.000000000000000000e-01 */
        {0x1e602038, "FCMP_z type=1 vn=1 signal=1"},                       /* fcmpe d1, #0.0 */
        {0x1e221423, "FCCMP type=0 vm=2 cond=1 vn=1 signal=0 nzcv=3"},     /* fccmp s1, s2, #0x3, ne */
        {0x1e634c41, "FCSEL type=1 vm=3 cond=4 vn=2 vd=1"},                /* fcsel d1, d2, d3, mi */
        {0x1e674041, "FRINT type=1 vn=2 vd=1 round=6"},                    /* frintx d1, d2 */
        {0x4f831841, "FMLA_e scalar=0 q=1 esz=2 idx=2 vm=3 vn=2 vd=1"},    /* fmla v1.4s, v2.4s, v3.s[2] */
        {0x7e70c841, "FMAXNMP_s half=0 sz=1 vn=2 vd=1"},                   /* fmaxnmp d1, v2.2d */
        {0x4ee0c841, "FCMGT_z scalar=0 q=1 half=0 sz=1 vn=2 vd=1"},        /* fcmgt v1.2d, v2.2d, #0.0 */
        {0x4e617841, "FCVTL_v part=1 sz=1 vn=2 vd=1"},                     /* fcvtl2 v1.2d, v2.4s */
        {0x4ea1d841, "FRECPE_v scalar=0 q=1 half=0 sz=0 vn=2 vd=1"},       /* frecpe v1.4s, v2.4s */
        {0x4e431c41, "FMULX_v scalar=0 q=1 half=1 sz=0 vm=3 vn=2 vd=1"},   /* fmulx v1.8h, v2.8h, v3.8h */
        {0x6e83e441, "FCADD_v q=1 size=2 rot=0 vm=3 vn=2 vd=1"},           /* fcadd v1.4s, v2.4s, v3.4s, #90 */
        {0x4e839441, "SDOT_v q=1 vm=3 vn=2 vd=1"},                         /* sdot v1.4s, v2.16b, v3.16b */
        {0x00000000, ".inst 0x00000000"},
        {0xffffffff, ".inst 0xffffffff"},
};

static int check_words(void)
{
        int failed = 0;

        for (unsigned i = 0; i < ARRAY_LEN(words); i++) {
                char text[200];
                struct out o = {.fd = -1, .buf = text, .cap = sizeof text - 1};

                a64_disassemble(&o, 0, words[i].word);
                text[o.len] = 0;
                if (strcmp(text, words[i].text)) {
                        printf("%08x: is '%s', should be '%s'\n", words[i].word, text, words[i].text);
                        failed++;
                }
        }
        return failed;
}

/* Every random word of a row must decode to the row, and its IR must pass ir_verify (which aborts with the block's place). */
static unsigned lift_row(unsigned row, u64 *rng)
{
        static struct ir_block b;
        unsigned lifted = 0;

        for (unsigned i = 0; i < 300; i++) {
                u32 word = a64_random_word(row, rng);
                struct lift l = {.b = &b, .pc = 0x400000, .word = word, .site = (u8)(i & 3)};

                b = (struct ir_block){.pc = l.pc, .end = l.pc + 4, .count = 1};
                ir_emit(&b, (struct ir_inst){.op = IR_INSN, .imm = (i64)l.pc});
                if (!a64_decode(&l, word))
                        continue;
                if (!l.ended && b.inst[b.count - 1].op < IR_EXIT)
                        ir_emit(&b, (struct ir_inst){.op = IR_EXIT, .imm = (i64)l.pc + 4});
                lifted++;
                ir_verify(&b);
                ir_fold(&b);
                ir_dead(&b);
                ir_verify(&b);
        }
        return lifted;
}

/* MRS and MSR know few of the 32768 system registers. */
static bool names_a_register(unsigned row)
{
        return !strcmp(a64_rows[row].name, "MRS") || !strcmp(a64_rows[row].name, "MSR");
}

static int check_lifters(void)
{
        u64 rng = 88172645463325252ull;
        int failed = 0;

        for (unsigned row = 0; row < A64_ROW_COUNT; row++) {
                if (!names_a_register(row) && a64_translated(row) && lift_row(row, &rng) == 0) {
                        printf("%s: no word of this row is lifted\n", a64_rows[row].name);
                        failed++;
                }
        }
        return failed;
}

int main(void)
{
        return check_words() + check_lifters() ? 1 : 0;
}
