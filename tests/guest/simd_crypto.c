/* The cryptographic extensions: published vectors (FIPS 197, FIPS 180-4), and plain C for carry-less products and SHA-3 steps. */
/* test: static cflags=-march=armv8.2-a+crypto+sha3 */
#include "simd.h"

static void compare_hex(const char *what, const uint8_t *got, const char *hex)
{
        uint8_t want[64];
        unsigned n = (unsigned)strlen(hex) / 2;
        for (unsigned i = 0; i < n; i++)
                sscanf(hex + 2 * i, "%2hhx", &want[i]);
        expect(what, got, want, n);
}

static uint8_t gf_multiply(uint8_t a, uint8_t b)
{
        uint8_t r = 0;
        for (; b; b >>= 1, a = (uint8_t)(a << 1 ^ (a & 0x80 ? 0x1b : 0)))
                r ^= b & 1 ? a : 0;
        return r;
}

/* SubBytes of one byte through AESE with a zero key: all 16 bytes alike, so that ShiftRows changes nothing. */
static uint8_t sub_byte(uint8_t x) { return vgetq_lane_u8(vaeseq_u8(vdupq_n_u8(x), vdupq_n_u8(0)), 0); }

/* AES-128 of FIPS 197 appendix C.1, there and back. */
static void aes(void)
{
        uint8_t key[11][16], text[16], out[16];
        for (int i = 0; i < 16; i++)
                key[0][i] = (uint8_t)i, text[i] = (uint8_t)(i * 0x11);
        uint8_t rcon = 1, *k = key[0];
        for (int i = 16; i < 176; i++) {
                uint8_t t = k[i - 4];
                if (i % 16 < 4)
                        t = (uint8_t)(sub_byte(k[i % 4 == 3 ? i - 7 : i - 3]) ^ (i % 16 == 0 ? rcon : 0));
                k[i] = k[i - 16] ^ t;
                if (i % 16 == 0)
                        rcon = gf_multiply(rcon, 2);
        }
        uint8x16_t s = vld1q_u8(text);
        for (int r = 0; r < 9; r++)
                s = vaesmcq_u8(vaeseq_u8(s, vld1q_u8(key[r])));
        s = veorq_u8(vaeseq_u8(s, vld1q_u8(key[9])), vld1q_u8(key[10]));
        vst1q_u8(out, s);
        compare_hex("aes encrypt", out, "69c4e0d86a7b0430d8cdb78070b4c55a");
        s = vaesdq_u8(s, vld1q_u8(key[10]));
        for (int r = 9; r > 0; r--)
                s = vaesdq_u8(vaesimcq_u8(s), vaesimcq_u8(vld1q_u8(key[r])));
        vst1q_u8(out, veorq_u8(s, vld1q_u8(key[0])));
        compare_hex("aes decrypt", out, "00112233445566778899aabbccddeeff");
}

/* "abc" padded to one block of 16 words. */
static const uint32_t block32[16] = { 0x61626380, [15] = 24 };

static void sha1(void)
{
        static const uint32_t k[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
        static const uint32_t start[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
        uint32x4_t w[20], abcd = vld1q_u32(start);
        uint32_t e = start[4], out[5];
        for (int i = 0; i < 4; i++)
                w[i] = vld1q_u32(block32 + 4 * i);
        for (int i = 4; i < 20; i++)
                w[i] = vsha1su1q_u32(vsha1su0q_u32(w[i - 4], w[i - 3], w[i - 2]), w[i - 1]);
        for (int i = 0; i < 20; i++) {
                uint32x4_t x = vaddq_u32(w[i], vdupq_n_u32(k[i / 5]));
                uint32_t next = vsha1h_u32(vgetq_lane_u32(abcd, 0));
                abcd = i < 5 ? vsha1cq_u32(abcd, e, x) : i / 5 == 2 ? vsha1mq_u32(abcd, e, x) : vsha1pq_u32(abcd, e, x);
                e = next;
        }
        vst1q_u32(out, vaddq_u32(abcd, vld1q_u32(start)));
        out[4] = e + start[4];
        for (int i = 0; i < 5; i++)
                out[i] = __builtin_bswap32(out[i]);
        compare_hex("sha1", (uint8_t *)out, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

/* Cube root of p times 2^64, without the integer part: the round constants of SHA-512; their high halves are those of SHA-256. */
static uint64_t cube_root_fraction(unsigned p)
{
        unsigned whole = 1;
        while ((whole + 1) * (whole + 1) * (whole + 1) <= p)
                whole++;
        /* Bit by bit: r^3 <= p << 192 with r = whole.fraction; products in 32-bit limbs. */
        uint64_t fraction = 0;
        for (int bit = 63; bit >= 0; bit--) {
                uint64_t f = fraction | 1ull << bit;
                uint32_t r[3] = { (uint32_t)f, (uint32_t)(f >> 32), whole }, sq[6] = { 0 }, cu[9] = { 0 };
                for (int i = 0; i < 3; i++)
                        for (int j = 0, c = 0; j < 3 || c; j++) {
                                unsigned __int128 t = (j < 3 ? (unsigned __int128)r[i] * r[j] : 0) + sq[i + j] + (uint32_t)c;
                                sq[i + j] = (uint32_t)t;
                                c = (int)(uint32_t)(t >> 32);
                        }
                for (int i = 0; i < 3; i++)
                        for (int j = 0, c = 0; j < 6 || c; j++) {
                                unsigned __int128 t = (j < 6 ? (unsigned __int128)r[i] * sq[j] : 0) + cu[i + j] + (uint32_t)c;
                                cu[i + j] = (uint32_t)t;
                                c = (int)(uint32_t)(t >> 32);
                        }
                if (cu[6] < p && !cu[7] && !cu[8])
                        fraction = f;
        }
        return fraction;
}

static void constants(uint64_t k[80])
{
        unsigned n = 0;
        for (unsigned p = 2; n < 80; p++) {
                unsigned d = 2;
                while (d * d <= p && p % d)
                        d++;
                if (d * d > p)
                        k[n++] = cube_root_fraction(p);
        }
}

static const uint64_t start64[8] = { 0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                     0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179 };

static void sha256(const uint64_t k[80])
{
        uint32_t start[8], out[8], k32[64];
        for (int i = 0; i < 8; i++)
                start[i] = (uint32_t)(start64[i] >> 32);
        for (int i = 0; i < 64; i++)
                k32[i] = (uint32_t)(k[i] >> 32);
        uint32x4_t w[16], a = vld1q_u32(start), b = vld1q_u32(start + 4);
        for (int i = 0; i < 4; i++)
                w[i] = vld1q_u32(block32 + 4 * i);
        for (int i = 4; i < 16; i++)
                w[i] = vsha256su1q_u32(vsha256su0q_u32(w[i - 4], w[i - 3]), w[i - 2], w[i - 1]);
        for (int i = 0; i < 16; i++) {
                uint32x4_t x = vaddq_u32(w[i], vld1q_u32(k32 + 4 * i)), old = a;
                a = vsha256hq_u32(a, b, x);
                b = vsha256h2q_u32(b, old, x);
        }
        vst1q_u32(out, vaddq_u32(a, vld1q_u32(start)));
        vst1q_u32(out + 4, vaddq_u32(b, vld1q_u32(start + 4)));
        for (int i = 0; i < 8; i++)
                out[i] = __builtin_bswap32(out[i]);
        compare_hex("sha256", (uint8_t *)out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void sha512(const uint64_t k[80])
{
        static const uint64_t block[16] = { 0x6162638000000000, [15] = 24 };
        uint64x2_t w[40], s[4];
        uint64_t out[8];
        for (int i = 0; i < 8; i++)
                w[i] = vld1q_u64(block + 2 * i);
        for (int i = 8; i < 40; i++)
                w[i] = vsha512su1q_u64(vsha512su0q_u64(w[i - 8], w[i - 7]), w[i - 1], vextq_u64(w[i - 4], w[i - 3], 1));
        for (int i = 0; i < 4; i++)
                s[i] = vld1q_u64(start64 + 2 * i); /* ab cd ef gh */
        for (int i = 0; i < 40; i++) {
                uint64x2_t x = vaddq_u64(w[i], vld1q_u64(k + 2 * i));
                uint64x2_t sum = vaddq_u64(vextq_u64(x, x, 1), s[3]);
                sum = vsha512hq_u64(sum, vextq_u64(s[2], s[3], 1), vextq_u64(s[1], s[2], 1));
                uint64x2_t top = vsha512h2q_u64(sum, s[1], s[0]);
                s[3] = s[2];
                s[2] = vaddq_u64(s[1], sum);
                s[1] = s[0];
                s[0] = top;
        }
        for (int i = 0; i < 4; i++)
                vst1q_u64(out + 2 * i, vaddq_u64(s[i], vld1q_u64(start64 + 2 * i)));
        for (int i = 0; i < 8; i++)
                out[i] = __builtin_bswap64(out[i]);
        compare_hex("sha512", (uint8_t *)out,
                    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

static uint64_t rotate(uint64_t x, unsigned n) { return x << n | x >> (64 - n); }

static void sha3_steps(void)
{
        uint64_t a[2], b[2], c[2], got[2], want[2];
        fill(a, sizeof a), fill(b, sizeof b), fill(c, sizeof c);
        uint64x2_t va = vld1q_u64(a), vb = vld1q_u64(b), vc = vld1q_u64(c);
        vst1q_u64(got, veor3q_u64(va, vb, vc));
        for (int i = 0; i < 2; i++)
                want[i] = a[i] ^ b[i] ^ c[i];
        expect("eor3", got, want, 16);
        vst1q_u64(got, vbcaxq_u64(va, vb, vc));
        for (int i = 0; i < 2; i++)
                want[i] = a[i] ^ (b[i] & ~c[i]);
        expect("bcax", got, want, 16);
        vst1q_u64(got, vrax1q_u64(va, vb));
        for (int i = 0; i < 2; i++)
                want[i] = a[i] ^ rotate(b[i], 1);
        expect("rax1", got, want, 16);
        vst1q_u64(got, vxarq_u64(va, vb, 20));
        for (int i = 0; i < 2; i++)
                want[i] = rotate(a[i] ^ b[i], 44);
        expect("xar", got, want, 16);
}

static void polynomials(void)
{
        uint64_t a[2], b[2];
        unsigned __int128 want = 0;
        fill(a, sizeof a), fill(b, sizeof b);
        poly128_t got = vmull_high_p64(vreinterpretq_p64_u64(vld1q_u64(a)), vreinterpretq_p64_u64(vld1q_u64(b)));
        for (int i = 0; i < 64; i++)
                want ^= b[1] >> i & 1 ? (unsigned __int128)a[1] << i : 0;
        expect("pmull2 1q", &got, &want, 16);
        uint16_t got8[8], want8[8] = { 0 };
        vst1q_u16(got8, vreinterpretq_u16_p16(vmull_p8(vreinterpret_p8_u64(vld1_u64(a)), vreinterpret_p8_u64(vld1_u64(b)))));
        for (int i = 0; i < 64; i++)
                want8[i / 8] ^= (uint16_t)(b[0] >> i & 1 ? (a[0] >> i / 8 * 8 & 0xff) << i % 8 : 0);
        expect("pmull 8h", got8, want8, 16);
}

int main(void)
{
        uint64_t k[80];
        constants(k);
        aes();
        sha1();
        sha256(k);
        sha512(k);
        for (int round = 0; round < 200; round++) {
                sha3_steps();
                polynomials();
        }
        return 0;
}
