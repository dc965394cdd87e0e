/* AES-128 as FIPS 197 has it: S-box and key schedule, made at start. */
#pragma once
#include "bench.h"

static uint8_t aes_sbox[256];
static uint8_t aes_keys[11][16] __attribute__((aligned(16)));

static inline uint8_t aes_double(uint8_t x)
{
        return (uint8_t)(x << 1 ^ (x & 0x80 ? 0x1b : 0));
}

static inline void aes_init(void)
{
        uint8_t p = 1, q = 1;
        do { /* p runs through all elements, q through their inverses */
                p = (uint8_t)(p ^ aes_double(p));
                q ^= (uint8_t)(q << 1);
                q ^= (uint8_t)(q << 2);
                q ^= (uint8_t)(q << 4);
                if (q & 0x80)
                        q ^= 0x09;
                aes_sbox[p] = (uint8_t)(q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^ (q << 4 | q >> 4) ^ 0x63);
        } while (p != 1);
        aes_sbox[0] = 0x63;
        uint8_t *k = aes_keys[0], rcon = 1;
        for (int i = 0; i < 16; i++)
                k[i] = (uint8_t)(i * 17);
        for (int i = 16; i < 176; i += 4) {
                uint8_t t[4] = { k[i - 4], k[i - 3], k[i - 2], k[i - 1] };
                if (i % 16 == 0) {
                        uint8_t first = t[0];
                        t[0] = (uint8_t)(aes_sbox[t[1]] ^ rcon), t[1] = aes_sbox[t[2]], t[2] = aes_sbox[t[3]], t[3] = aes_sbox[first];
                        rcon = aes_double(rcon);
                }
                for (int j = 0; j < 4; j++)
                        k[i + j] = k[i - 16 + j] ^ t[j];
        }
}

static inline void aes_print(const uint8_t b[16])
{
        for (int i = 0; i < 16; i++)
                printf("%02x", b[i]);
        putchar('\n');
}
