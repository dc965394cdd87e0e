/* Saturating instructions against plain C: results, and FPSR.QC set exactly when a lane saturated. */
/* test: static cflags=-march=armv8.1-a */
#include "simd.h"

static int saturated;

static int64_t clamp(int64_t x, int64_t min, int64_t max)
{
        int64_t y = x < min ? min : x > max ? max : x;
        saturated |= x != y;
        return y;
}
static int16_t s16(int64_t x) { return (int16_t)clamp(x, INT16_MIN, INT16_MAX); }
static uint8_t u8(int64_t x) { return (uint8_t)clamp(x, 0, UINT8_MAX); }
static int8_t s8(int64_t x) { return (int8_t)clamp(x, INT8_MIN, INT8_MAX); }
static int32_t s32(int64_t x) { return (int32_t)clamp(x, INT32_MIN, INT32_MAX); }

static void begin(void)
{
        saturated = 0;
        write_fpsr(0);
}

static void end(const char *what, const void *got, const void *want, unsigned n)
{
        uint64_t qc = read_fpsr() & FPSR_QC;
        expect(what, got, want, n);
        if (!qc == !saturated)
                return;
        printf("%s: FPSR.QC is %d, saturated %d\n", what, qc != 0, saturated);
        exit(1);
}

/* One operation on eight 16-bit lanes: `call` from the vectors va, vb, vd; `expr` from the lanes a[i], b[i], d[i]. */
#define LANES(call, expr)                                                       \
        do {                                                                    \
                begin();                                                        \
                __asm__ volatile("" : "+w"(va), "+w"(vb), "+w"(vd));            \
                int16x8_t r = call;                                             \
                __asm__ volatile("" : "+w"(r));                                 \
                vst1q_s16(got, r);                                              \
                for (int i = 0; i < 8; i++)                                     \
                        want[i] = (int16_t)(expr);                              \
                end(#call, got, want, sizeof got);                              \
        } while (0)

static void lanes_of_16(int mild)
{
        int16_t a[8], b[8], d[8], got[8], want[8];
        fill(a, sizeof a), fill(b, sizeof b), fill(d, sizeof d);
        for (int i = 0; mild && i < 8; i++) /* operands that saturate nothing */
                a[i] /= 64, b[i] &= 63, d[i] /= 4;
        int16x8_t va = vld1q_s16(a), vb = vld1q_s16(b), vd = vld1q_s16(d);
        LANES(vqaddq_s16(va, vb), s16(a[i] + b[i]));
        LANES(vqsubq_s16(va, vb), s16(a[i] - b[i]));
        LANES(vqabsq_s16(va), s16(abs(a[i])));
        LANES(vqnegq_s16(va), s16(-a[i]));
        LANES(vqdmulhq_s16(va, vb), s16((2ll * a[i] * b[i]) >> 16));
        LANES(vqrdmulhq_s16(va, vb), s16((2ll * a[i] * b[i] + 0x8000) >> 16));
        LANES(vqrdmlahq_s16(vd, va, vb), s16((d[i] * 65536ll + 2ll * a[i] * b[i] + 0x8000) >> 16));
        LANES(vqrdmlshq_s16(vd, va, vb), s16((d[i] * 65536ll - 2ll * a[i] * b[i] + 0x8000) >> 16));
        LANES(vuqaddq_s16(va, vreinterpretq_u16_s16(vb)), s16(a[i] + (int64_t)(uint16_t)b[i]));
        LANES(vqshlq_n_s16(va, 3), s16(a[i] * 8ll));
        for (int i = 0; i < 8; i++)
                b[i] = (int16_t)((int)(rng() % 24) - 12);
        vb = vld1q_s16(b);
        LANES(vqshlq_s16(va, vb), s16(b[i] >= 0 ? a[i] * (1ll << b[i]) : a[i] >> -b[i]));
        LANES(vqrshlq_s16(va, vb), s16(b[i] >= 0 ? a[i] * (1ll << b[i]) : (a[i] + (1ll << (-b[i] - 1))) >> -b[i]));
}

#define NARROW(call, V, expr)                                                   \
        do {                                                                    \
                begin();                                                        \
                __asm__ volatile("" : "+w"(va));                                \
                V r = call;                                                     \
                __asm__ volatile("" : "+w"(r));                                 \
                memcpy(got, &r, 8);                                             \
                for (int i = 0; i < 8; i++)                                     \
                        want[i] = (uint8_t)(expr);                              \
                end(#call, got, want, sizeof got);                              \
        } while (0)

static void narrowing(int mild)
{
        int16_t a[8];
        uint8_t got[8], want[8];
        fill(a, sizeof a);
        for (int i = 0; mild && i < 8; i++)
                a[i] &= 127;
        int16x8_t va = vld1q_s16(a);
        NARROW(vqmovn_s16(va), int8x8_t, s8(a[i]));
        NARROW(vqmovun_s16(va), uint8x8_t, u8(a[i]));
        NARROW(vqmovn_u16(vreinterpretq_u16_s16(va)), uint8x8_t, u8((uint16_t)a[i]));
        NARROW(vqshrn_n_s16(va, 3), int8x8_t, s8(a[i] >> 3));
        NARROW(vqrshrn_n_s16(va, 8), int8x8_t, s8((a[i] + 128) >> 8));
        NARROW(vqrshrun_n_s16(va, 4), uint8x8_t, u8((a[i] + 8) >> 4));
        NARROW(vqrshrn_n_u16(vreinterpretq_u16_s16(va), 1), uint8x8_t, u8(((uint16_t)a[i] + 1) >> 1));
        NARROW(vrshrn_n_s16(va, 5), int8x8_t, (a[i] + 16) >> 5);
}

static void doubling(void)
{
        int16_t a[4], b[4];
        int32_t acc[4], got[4], want[4];
        fill(a, sizeof a), fill(b, sizeof b), fill(acc, sizeof acc);
        a[0] = b[0] = rng() & 1 ? INT16_MIN : 5;
        begin();
        vst1q_s32(got, vqdmlal_s16(vld1q_s32(acc), vld1_s16(a), vld1_s16(b)));
        for (int i = 0; i < 4; i++)
                want[i] = s32((int64_t)acc[i] + s32(2ll * a[i] * b[i]));
        end("sqdmlal", got, want, sizeof got);
        begin();
        int16_t scalar = vqaddh_s16(a[0], b[1]), scalar_want = s16(a[0] + b[1]);
        __asm__ volatile("" : "+w"(scalar));
        end("sqadd h", &scalar, &scalar_want, 2);
}

int main(void)
{
        for (int round = 0; round < 400; round++) {
                lanes_of_16(round & 1);
                narrowing(round & 1);
                doubling();
        }
        return 0;
}
