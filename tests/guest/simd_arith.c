/* Integer arithmetic of Advanced SIMD against plain C, lane by lane. */
/* test: static cflags=-march=armv8.2-a+dotprod */
#include "simd.h"

/* One binary operation on N lanes of type T, in vectors of type V; `expr` is the result from the lanes x and y. */
#define BINARY(name, V, T, N, expr)                             \
        do {                                                    \
                T a[N], b[N], got[N], want[N];                  \
                V va, vb, vr;                                   \
                fill(a, sizeof a), fill(b, sizeof b);           \
                memcpy(&va, a, sizeof a);                       \
                memcpy(&vb, b, sizeof b);                       \
                vr = name(va, vb);                              \
                memcpy(got, &vr, sizeof got);                   \
                for (int i = 0; i < N; i++) {                   \
                        T x = a[i], y = b[i];                   \
                        want[i] = (T)(expr);                    \
                }                                               \
                expect(#name, got, want, sizeof got);           \
        } while (0)

#define BINARY_8_16_32(name, expr_s, expr_u)                            \
        BINARY(name##_s8, int8x8_t, int8_t, 8, expr_s);                 \
        BINARY(name##_s16, int16x4_t, int16_t, 4, expr_s);              \
        BINARY(name##_s32, int32x2_t, int32_t, 2, expr_s);              \
        BINARY(name##_u8, uint8x8_t, uint8_t, 8, expr_u);               \
        BINARY(name##_u16, uint16x4_t, uint16_t, 4, expr_u);            \
        BINARY(name##_u32, uint32x2_t, uint32_t, 2, expr_u);            \
        BINARY(name##q##_s8, int8x16_t, int8_t, 16, expr_s);            \
        BINARY(name##q##_s16, int16x8_t, int16_t, 8, expr_s);           \
        BINARY(name##q##_s32, int32x4_t, int32_t, 4, expr_s);           \
        BINARY(name##q##_u8, uint8x16_t, uint8_t, 16, expr_u);          \
        BINARY(name##q##_u16, uint16x8_t, uint16_t, 8, expr_u);         \
        BINARY(name##q##_u32, uint32x4_t, uint32_t, 4, expr_u)

static void two_operands(void)
{
        BINARY_8_16_32(vadd, (int64_t)x + y, (uint64_t)x + y);
        BINARY_8_16_32(vsub, (int64_t)x - y, (uint64_t)x - y);
        BINARY_8_16_32(vmul, (int64_t)x * y, (uint64_t)x * y);
        BINARY_8_16_32(vhadd, ((int64_t)x + y) >> 1, ((int64_t)x + y) >> 1);
        BINARY_8_16_32(vrhadd, ((int64_t)x + y + 1) >> 1, ((int64_t)x + y + 1) >> 1);
        BINARY_8_16_32(vhsub, ((int64_t)x - y) >> 1, ((int64_t)x - y) >> 1);
        BINARY_8_16_32(vmax, x > y ? x : y, x > y ? x : y);
        BINARY_8_16_32(vmin, x < y ? x : y, x < y ? x : y);
        BINARY_8_16_32(vabd, x > y ? (int64_t)x - y : (int64_t)y - x, x > y ? x - y : y - x);
        BINARY_8_16_32(vbic, x & ~y, x & ~y);
        BINARY_8_16_32(vorn, x | ~y, x | ~y);
        BINARY(vaddq_u64, uint64x2_t, uint64_t, 2, x + y);
        BINARY(vsubq_s64, int64x2_t, int64_t, 2, (uint64_t)x - (uint64_t)y);
}

static void shifts_by_register(void)
{
        int32_t a[4], s[4], got[4], want[4];
        fill(a, sizeof a);
        for (int i = 0; i < 4; i++)
                s[i] = (int32_t)(rng() % 80) - 40;
        vst1q_s32(got, vshlq_s32(vld1q_s32(a), vld1q_s32(s)));
        for (int i = 0; i < 4; i++)
                want[i] = s[i] >= 32 ? 0 : s[i] >= 0 ? (int32_t)((uint32_t)a[i] << s[i]) : a[i] >> (s[i] < -31 ? 31 : -s[i]);
        expect("vshlq_s32", got, want, sizeof got);
        vst1q_s32(got, vrshlq_s32(vld1q_s32(a), vld1q_s32(s)));
        for (int i = 0; i < 4; i++)
                want[i] = s[i] >= 32  ? 0
                          : s[i] >= 0 ? (int32_t)((uint32_t)a[i] << s[i])
                                      : (int32_t)((a[i] + (1ll << (-s[i] - 1))) >> -s[i]);
        expect("vrshlq_s32", got, want, sizeof got);
}

static void shifts_by_immediate(void)
{
        int16_t a[8], d[8], got[8], want[8];
        fill(a, sizeof a), fill(d, sizeof d);
        int16x8_t va = vld1q_s16(a), vd = vld1q_s16(d);
        vst1q_s16(got, vsraq_n_s16(vd, va, 16));
        for (int i = 0; i < 8; i++)
                want[i] = (int16_t)(d[i] + (a[i] >> 15));
        expect("ssra 16", got, want, sizeof got);
        vst1q_s16(got, vrsraq_n_s16(vd, va, 5));
        for (int i = 0; i < 8; i++)
                want[i] = (int16_t)(d[i] + ((a[i] + 16) >> 5));
        expect("srsra 5", got, want, sizeof got);
        vst1q_s16(got, vsliq_n_s16(vd, va, 3));
        for (int i = 0; i < 8; i++)
                want[i] = (int16_t)((uint16_t)a[i] << 3 | (d[i] & 7));
        expect("sli 3", got, want, sizeof got);
        vst1q_s16(got, vsriq_n_s16(vd, va, 4));
        for (int i = 0; i < 8; i++)
                want[i] = (int16_t)((uint16_t)a[i] >> 4 | (d[i] & 0xf000));
        expect("sri 4", got, want, sizeof got);
}

static void widening(void)
{
        uint8_t a[16], b[16];
        uint16_t acc[8], got[8], want[8];
        fill(a, sizeof a), fill(b, sizeof b), fill(acc, sizeof acc);
        vst1q_u16(got, vmlal_high_u8(vld1q_u16(acc), vld1q_u8(a), vld1q_u8(b)));
        for (int i = 0; i < 8; i++)
                want[i] = (uint16_t)(acc[i] + a[8 + i] * b[8 + i]);
        expect("umlal2", got, want, sizeof got);
        vst1q_u16(got, vabal_u8(vld1q_u16(acc), vld1_u8(a), vld1_u8(b)));
        for (int i = 0; i < 8; i++)
                want[i] = (uint16_t)(acc[i] + abs(a[i] - b[i]));
        expect("uabal", got, want, sizeof got);
        vst1q_u16(got, vpadalq_u8(vld1q_u16(acc), vld1q_u8(a)));
        for (int i = 0; i < 8; i++)
                want[i] = (uint16_t)(acc[i] + a[2 * i] + a[2 * i + 1]);
        expect("uadalp", got, want, sizeof got);
        uint8_t narrow[8], narrow_want[8];
        vst1_u8(narrow, vraddhn_u16(vld1q_u16(acc), vld1q_u16(got)));
        for (int i = 0; i < 8; i++)
                narrow_want[i] = (uint8_t)((acc[i] + got[i] + 0x80) >> 8);
        expect("raddhn", narrow, narrow_want, sizeof narrow);
        uint16_t sum = vaddlvq_u8(vld1q_u8(a)), sum_want = 0;
        for (int i = 0; i < 16; i++)
                sum_want = (uint16_t)(sum_want + a[i]);
        expect("uaddlv", &sum, &sum_want, sizeof sum);
}

static void by_element_and_dot(void)
{
        int16_t a[8], b[8];
        int32_t acc[4], got[4], want[4];
        fill(a, sizeof a), fill(b, sizeof b), fill(acc, sizeof acc);
        vst1q_s32(got, vmlsl_laneq_s16(vld1q_s32(acc), vld1_s16(a), vld1q_s16(b), 6));
        for (int i = 0; i < 4; i++)
                want[i] = (int32_t)((uint32_t)acc[i] - (uint32_t)(a[i] * b[6]));
        expect("smlsl by element", got, want, sizeof got);
        int8_t x[16], y[16];
        fill(x, sizeof x), fill(y, sizeof y);
        vst1q_s32(got, vdotq_s32(vld1q_s32(acc), vld1q_s8(x), vld1q_s8(y)));
        for (int i = 0; i < 4; i++) {
                uint32_t sum = (uint32_t)acc[i];
                for (int k = 0; k < 4; k++)
                        sum += (uint32_t)(x[4 * i + k] * y[4 * i + k]);
                want[i] = (int32_t)sum;
        }
        expect("sdot", got, want, sizeof got);
}

static void counts(void)
{
        uint8_t a[16], got[16], want[16];
        fill(a, sizeof a);
        vst1q_u8(got, vcntq_u8(vld1q_u8(a)));
        for (int i = 0; i < 16; i++)
                want[i] = (uint8_t)__builtin_popcount(a[i]);
        expect("cnt", got, want, sizeof got);
        vst1q_u8(got, vclzq_u8(vld1q_u8(a)));
        for (int i = 0; i < 16; i++)
                want[i] = a[i] ? (uint8_t)(__builtin_clz(a[i]) - 24) : 8;
        expect("clz", got, want, sizeof got);
        vst1q_s8((int8_t *)got, vclsq_s8(vld1q_s8((int8_t *)a)));
        for (int i = 0; i < 16; i++)
                want[i] = (uint8_t)(__builtin_clrsb((int8_t)a[i]) - 24);
        expect("cls", got, want, sizeof got);
        vst1q_u8(got, vrbitq_u8(vld1q_u8(a)));
        for (int i = 0; i < 16; i++) {
                want[i] = 0;
                for (int k = 0; k < 8; k++)
                        want[i] = (uint8_t)(want[i] | (a[i] >> k & 1) << (7 - k));
        }
        expect("rbit", got, want, sizeof got);
}

int main(void)
{
        for (int round = 0; round < 200; round++) {
                two_operands();
                shifts_by_register();
                shifts_by_immediate();
                widening();
                by_element_and_dot();
                counts();
        }
        return 0;
}
