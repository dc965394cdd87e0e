/* Permutes, table look-ups, and loads and stores of structures against plain C. */
/* test: static */
#include "simd.h"

static void permutes(void)
{
        uint8_t a[16], b[16], got[16], want[16];
        fill(a, sizeof a), fill(b, sizeof b);
        uint8x16_t va = vld1q_u8(a), vb = vld1q_u8(b);
        vst1q_u8(got, vuzp2q_u8(va, vb));
        for (int i = 0; i < 8; i++)
                want[i] = a[2 * i + 1], want[8 + i] = b[2 * i + 1];
        expect("uzp2", got, want, 16);
        vst1q_u8(got, vzip2q_u8(va, vb));
        for (int i = 0; i < 8; i++)
                want[2 * i] = a[8 + i], want[2 * i + 1] = b[8 + i];
        expect("zip2", got, want, 16);
        vst1q_u8(got, vtrn1q_u8(va, vb));
        for (int i = 0; i < 8; i++)
                want[2 * i] = a[2 * i], want[2 * i + 1] = b[2 * i];
        expect("trn1", got, want, 16);
        vst1q_u8(got, vextq_u8(va, vb, 5));
        for (int i = 0; i < 16; i++)
                want[i] = i < 11 ? a[i + 5] : b[i - 11];
        expect("ext", got, want, 16);
        vst1q_u8(got, vreinterpretq_u8_u16(vrev64q_u16(vreinterpretq_u16_u8(va))));
        for (int i = 0; i < 16; i++)
                want[i] = a[(i & 8) + 6 - (i & 6) + (i & 1)];
        expect("rev64 h", got, want, 16);
}

static void tables(void)
{
        uint8_t t[64], idx[16], d[16], got[16], want[16];
        fill(t, sizeof t), fill(d, sizeof d);
        for (int i = 0; i < 16; i++)
                idx[i] = (uint8_t)(rng() % 80);
        idx[3] = 0xff;
        uint8x16_t vi = vld1q_u8(idx), vd = vld1q_u8(d);
        uint8x16x4_t t4 = vld1q_u8_x4(t);
        uint8x16x3_t t3 = vld1q_u8_x3(t);
        uint8x16x2_t t2 = vld1q_u8_x2(t);
        uint8x16_t r[8] = { vqtbl1q_u8(t2.val[0], vi), vqtbl2q_u8(t2, vi), vqtbl3q_u8(t3, vi), vqtbl4q_u8(t4, vi),
                            vqtbx1q_u8(vd, t2.val[0], vi), vqtbx2q_u8(vd, t2, vi), vqtbx3q_u8(vd, t3, vi), vqtbx4q_u8(vd, t4, vi) };
        for (int k = 0; k < 8; k++) {
                for (int i = 0; i < 16; i++)
                        want[i] = idx[i] < 16 * (k % 4 + 1) ? t[idx[i]] : k < 4 ? 0 : d[i];
                vst1q_u8(got, r[k]);
                expect(k < 4 ? "tbl" : "tbx", got, want, 16);
        }
}

/* LDn and STn of lanes of type T: element i of register c is number i * n + c in memory. */
#define STRUCTURES(n, suffix, V, T, N)                                          \
        do {                                                                    \
                T m[n * N], copy[n * N], got[N], want[N];                       \
                fill(m, sizeof m);                                              \
                V v = vld##n##suffix(m);                                        \
                for (int c = 0; c < n; c++) {                                   \
                        memcpy(got, &v.val[c], sizeof got);                     \
                        for (int i = 0; i < N; i++)                             \
                                want[i] = m[i * n + c];                         \
                        expect("ld" #n #suffix, got, want, sizeof got);         \
                }                                                               \
                __asm__ volatile("" : : : "memory");                            \
                vst##n##suffix(copy, v);                                        \
                expect("st" #n #suffix, copy, m, sizeof m);                     \
        } while (0)

static void structures(void)
{
        STRUCTURES(2, _u8, uint8x8x2_t, uint8_t, 8);
        STRUCTURES(2, q_u16, uint16x8x2_t, uint16_t, 8);
        STRUCTURES(2, q_u64, uint64x2x2_t, uint64_t, 2);
        STRUCTURES(3, _u8, uint8x8x3_t, uint8_t, 8);
        STRUCTURES(3, _u16, uint16x4x3_t, uint16_t, 4);
        STRUCTURES(3, _u32, uint32x2x3_t, uint32_t, 2);
        STRUCTURES(3, q_u8, uint8x16x3_t, uint8_t, 16);
        STRUCTURES(3, q_u16, uint16x8x3_t, uint16_t, 8);
        STRUCTURES(3, q_u32, uint32x4x3_t, uint32_t, 4);
        STRUCTURES(3, q_u64, uint64x2x3_t, uint64_t, 2);
        STRUCTURES(4, _u8, uint8x8x4_t, uint8_t, 8);
        STRUCTURES(4, _u32, uint32x2x4_t, uint32_t, 2);
        STRUCTURES(4, q_u8, uint8x16x4_t, uint8_t, 16);
        STRUCTURES(4, q_u32, uint32x4x4_t, uint32_t, 4);
        STRUCTURES(4, q_u64, uint64x2x4_t, uint64_t, 2);
}

static void lanes(void)
{
        uint16_t m[24], copy[3], got[8];
        uint16x8x3_t v;
        fill(m, sizeof m);
        for (int c = 0; c < 3; c++)
                v.val[c] = vdupq_n_u16((uint16_t)c);
        v = vld3q_lane_u16(m, v, 6);
        for (int c = 0; c < 3; c++) {
                uint16_t want[8] = { c, c, c, c, c, c, m[c], c };
                vst1q_u16(got, v.val[c]);
                expect("ld3 lane", got, want, sizeof got);
        }
        vst3q_lane_u16(copy, v, 6);
        expect("st3 lane", copy, m, sizeof copy);
        uint16x8x4_t r = vld4q_dup_u16(m);
        for (int c = 0; c < 4; c++) {
                uint16_t want[8] = { m[c], m[c], m[c], m[c], m[c], m[c], m[c], m[c] };
                vst1q_u16(got, r.val[c]);
                expect("ld4r", got, want, sizeof got);
        }
}

/* The address register moves by the bytes, or by a register, and SP can be it. */
static void post_index(void)
{
        uint8_t m[128], got[32];
        fill(m, sizeof m);
        const uint8_t *p = m;
        uint64_t step = 40;
        __asm__ volatile("ld2 {v4.16b, v5.16b}, [%0], #32\n\t"
                         "ld1 {v6.h}[3], [%0], %1\n\t"
                         "st1 {v4.16b, v5.16b}, [%2]"
                         : "+r"(p) : "r"(step), "r"(got) : "v4", "v5", "v6", "memory");
        uint64_t moved = (uint64_t)(p - m), want = 72;
        expect("post-index", &moved, &want, sizeof want);
        for (int i = 0; i < 16; i++)
                if (got[i] != m[2 * i] || got[16 + i] != m[2 * i + 1])
                        exit(2);
        __asm__ volatile("sub sp, sp, #64\n\t"
                         "st1 {v4.16b-v7.16b}, [sp], #64" : : : "memory");
}

int main(void)
{
        for (int round = 0; round < 200; round++) {
                permutes();
                tables();
                structures();
                lanes();
                post_index();
        }
        return 0;
}
