/* Products between additions with carry, as sums of many words have them: the carry lives through MUL, UMULH and MADD. */
#include <stdint.h>
#include <stdio.h>

typedef unsigned __int128 u128;

/* The high words of x * y + z, for two-word x and z, with all multiplications inside the carry chain. */
static u128 chained(const uint64_t x[2], uint64_t y, const uint64_t z[2])
{
        uint64_t low, mid, high, t;

        asm("mul %0, %4, %6\n"
            "adds %0, %0, %7\n"
            "umulh %1, %4, %6\n"
            "mul %3, %5, %6\n"
            "adcs %1, %1, %8\n"
            "umulh %2, %5, %6\n"
            "mul x9, %6, %6\n" /* not needed, but may not touch the carry */
            "umulh x9, x9, x9\n"
            "madd w10, w9, w9, w9\n"
            "adc %2, %2, xzr\n"
            "adds %1, %1, %3\n"
            "adc %2, %2, xzr\n"
            : "=&r"(low), "=&r"(mid), "=&r"(high), "=&r"(t)
            : "r"(x[0]), "r"(x[1]), "r"(y), "r"(z[0]), "r"(z[1])
            : "cc", "x9", "x10");
        return (u128)high << 64 | mid;
}

static u128 expected(const uint64_t x[2], uint64_t y, const uint64_t z[2])
{
        u128 low = (u128)x[0] * y, high = (u128)x[1] * y;
        u128 sum = (u128)(uint64_t)low + z[0];
        u128 mid = (low >> 64) + z[1] + (uint64_t)(sum >> 64);

        return mid + high;
}

int main(void)
{
        uint64_t s = 88172645463325252ull, v[5];

        for (int n = 0; n < 20000; n++) {
                for (int k = 0; k < 5; k++) {
                        s ^= s << 13, s ^= s >> 7, s ^= s << 17;
                        v[k] = (s & 7) == 0 ? ~0ull : (s & 7) == 1 ? 0 : s;
                }
                if (chained(v, v[2], v + 3) != expected(v, v[2], v + 3))
                        return 1;
        }
        puts("ok");
        return 0;
}
