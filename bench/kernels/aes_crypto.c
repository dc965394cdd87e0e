/* AES-128 encryption by the processor's own instructions. bench-x86: -maes -msse4.1 bench-arm: -march=armv8-a+crypto */
#include "aes.h"

#ifdef __aarch64__
#include <arm_neon.h>

static void encrypt(uint8_t b[16])
{
        uint8x16_t s = vld1q_u8(b);
        for (int i = 0; i < 9; i++)
                s = vaesmcq_u8(vaeseq_u8(s, vld1q_u8(aes_keys[i])));
        vst1q_u8(b, veorq_u8(vaeseq_u8(s, vld1q_u8(aes_keys[9])), vld1q_u8(aes_keys[10])));
}
#else
#include <immintrin.h>

static void encrypt(uint8_t b[16])
{
        const __m128i *k = (const __m128i *)aes_keys;
        __m128i s = _mm_xor_si128(_mm_loadu_si128((const __m128i *)b), k[0]);
        for (int i = 1; i < 10; i++)
                s = _mm_aesenc_si128(s, k[i]);
        _mm_storeu_si128((__m128i *)b, _mm_aesenclast_si128(s, k[10]));
}
#endif

int main(int argc, char **argv)
{
        uint8_t b[16] = { 0 };
        aes_init();
        const long rounds = 20000000 * bench_scale(argc, argv);
        for (long i = 0; i < rounds; i++)
                encrypt(b);
        aes_print(b);
        return 0;
}
