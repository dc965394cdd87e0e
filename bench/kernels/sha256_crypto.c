/* SHA-256 by the processor's own instructions. bench-x86: -msha -msse4.1 bench-arm: -march=armv8-a+crypto */
#include "sha256.h"

#ifdef __aarch64__
#include <arm_neon.h>

static void compress(uint32_t s[8], const uint8_t *p, long blocks)
{
        uint32x4_t abcd = vld1q_u32(s), efgh = vld1q_u32(s + 4);
        for (; blocks--; p += 64) {
                uint32x4_t w[4], a0 = abcd, e0 = efgh;
                for (int i = 0; i < 4; i++)
                        w[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(p + 16 * i)));
                for (int i = 0; i < 16; i++) {
                        uint32x4_t t = vaddq_u32(w[i & 3], vld1q_u32(sha256_k + 4 * i)), a = abcd;
                        if (i < 12)
                                w[i & 3] = vsha256su1q_u32(vsha256su0q_u32(w[i & 3], w[(i + 1) & 3]), w[(i + 2) & 3], w[(i + 3) & 3]);
                        abcd = vsha256hq_u32(abcd, efgh, t);
                        efgh = vsha256h2q_u32(efgh, a, t);
                }
                abcd = vaddq_u32(abcd, a0);
                efgh = vaddq_u32(efgh, e0);
        }
        vst1q_u32(s, abcd);
        vst1q_u32(s + 4, efgh);
}
#else
#include <immintrin.h>

static void compress(uint32_t s[8], const uint8_t *p, long blocks)
{
        const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bll, 0x0405060700010203ll);
        __m128i abef = _mm_set_epi32((int)s[0], (int)s[1], (int)s[4], (int)s[5]);
        __m128i cdgh = _mm_set_epi32((int)s[2], (int)s[3], (int)s[6], (int)s[7]);
        for (; blocks--; p += 64) {
                __m128i w[4], a0 = abef, c0 = cdgh;
                for (int i = 0; i < 4; i++)
                        w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(p + 16 * i)), swap);
                for (int i = 0; i < 16; i++) {
                        __m128i t = _mm_add_epi32(w[i & 3], _mm_load_si128((const __m128i *)(sha256_k + 4 * i)));
                        if (i < 12) {
                                __m128i next = _mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]);
                                next = _mm_add_epi32(next, _mm_alignr_epi8(w[(i + 3) & 3], w[(i + 2) & 3], 4));
                                w[i & 3] = _mm_sha256msg2_epu32(next, w[(i + 3) & 3]);
                        }
                        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, t);
                        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(t, 0x0e));
                }
                abef = _mm_add_epi32(abef, a0);
                cdgh = _mm_add_epi32(cdgh, c0);
        }
        s[0] = (uint32_t)_mm_extract_epi32(abef, 3), s[1] = (uint32_t)_mm_extract_epi32(abef, 2);
        s[4] = (uint32_t)_mm_extract_epi32(abef, 1), s[5] = (uint32_t)_mm_extract_epi32(abef, 0);
        s[2] = (uint32_t)_mm_extract_epi32(cdgh, 3), s[3] = (uint32_t)_mm_extract_epi32(cdgh, 2);
        s[6] = (uint32_t)_mm_extract_epi32(cdgh, 1), s[7] = (uint32_t)_mm_extract_epi32(cdgh, 0);
}
#endif

int main(int argc, char **argv)
{
        return sha256_bench(compress, 8000 * bench_scale(argc, argv));
}
