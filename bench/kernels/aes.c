/* AES-128 encryption in plain C, with the usual four-table form. */
#include "aes.h"

static uint32_t table[4][256];

static void make_tables(void)
{
        for (int i = 0; i < 256; i++) {
                uint32_t s = aes_sbox[i], d = aes_double((uint8_t)s), t = d | s << 8 | s << 16 | (d ^ s) << 24;
                for (int j = 0; j < 4; j++, t = t << 8 | t >> 24)
                        table[j][i] = t;
        }
}

static void encrypt(uint8_t b[16])
{
        uint32_t s[4], n[4], k[4];
        memcpy(s, b, 16);
        memcpy(k, aes_keys[0], 16);
        for (int i = 0; i < 4; i++)
                s[i] ^= k[i];
        for (int round = 1; round < 10; round++) {
                memcpy(k, aes_keys[round], 16);
                for (int i = 0; i < 4; i++)
                        n[i] = table[0][s[i] & 255] ^ table[1][s[(i + 1) & 3] >> 8 & 255] ^ table[2][s[(i + 2) & 3] >> 16 & 255] ^
                               table[3][s[(i + 3) & 3] >> 24] ^ k[i];
                memcpy(s, n, 16);
        }
        memcpy(k, aes_keys[10], 16);
        for (int i = 0; i < 4; i++)
                n[i] = (aes_sbox[s[i] & 255] | (uint32_t)aes_sbox[s[(i + 1) & 3] >> 8 & 255] << 8 |
                               (uint32_t)aes_sbox[s[(i + 2) & 3] >> 16 & 255] << 16 | (uint32_t)aes_sbox[s[(i + 3) & 3] >> 24] << 24) ^
                       k[i];
        memcpy(b, n, 16);
}

int main(int argc, char **argv)
{
        uint8_t b[16] = { 0 };
        aes_init();
        make_tables();
        const long rounds = 7000000 * bench_scale(argc, argv);
        for (long i = 0; i < rounds; i++)
                encrypt(b);
        aes_print(b);
        return 0;
}
