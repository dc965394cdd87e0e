/* SHA-256 in plain C. */
#include "sha256.h"

#define ROR(x, n) ((x) >> (n) | (x) << (32 - (n)))

static void compress(uint32_t s[8], const uint8_t *p, long blocks)
{
        for (; blocks--; p += 64) {
                uint32_t w[64], v[8];
                for (int i = 0; i < 16; i++) {
                        memcpy(&w[i], p + 4 * i, 4);
                        w[i] = __builtin_bswap32(w[i]);
                }
                for (int i = 16; i < 64; i++) {
                        uint32_t a = w[i - 15], b = w[i - 2];
                        w[i] = w[i - 16] + w[i - 7] + (ROR(a, 7) ^ ROR(a, 18) ^ a >> 3) + (ROR(b, 17) ^ ROR(b, 19) ^ b >> 10);
                }
                memcpy(v, s, sizeof v);
                for (int i = 0; i < 64; i++) {
                        uint32_t t1 = v[7] + (ROR(v[4], 6) ^ ROR(v[4], 11) ^ ROR(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) +
                                      sha256_k[i] + w[i];
                        uint32_t t2 = (ROR(v[0], 2) ^ ROR(v[0], 13) ^ ROR(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
                        memmove(v + 1, v, 7 * sizeof *v);
                        v[4] += t1;
                        v[0] = t1 + t2;
                }
                for (int i = 0; i < 8; i++)
                        s[i] += v[i];
        }
}

int main(int argc, char **argv)
{
        return sha256_bench(compress, 2000 * bench_scale(argc, argv));
}
