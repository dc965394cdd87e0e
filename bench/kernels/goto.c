/* A bytecode interpreter with computed goto: indirect branches that the predictor has to tell apart by history. */
#include "bench.h"

int main(int argc, char **argv)
{
        static void *const labels[] = { &&op_add, &&op_xor, &&op_shift, &&op_load, &&op_mul, &&op_skip, &&op_loop };
        uint8_t code[64];
        uint64_t seed = 99, acc = 1, cell[16] = { 3, 1, 4, 1, 5, 9, 2, 6 };
        for (int i = 0; i < 63; i++)
                code[i] = (uint8_t)(bench_random(&seed) % 6);
        code[61] = code[62] = 0;
        code[63] = 6;
        long left = 2500000 * bench_scale(argc, argv);
        const uint8_t *pc = code;
#define NEXT goto *labels[*pc++]
        NEXT;
op_add:
        acc += 0x1234567;
        NEXT;
op_xor:
        acc ^= cell[acc & 15];
        NEXT;
op_shift:
        acc = (acc << 5) | (acc >> 59);
        NEXT;
op_load:
        cell[(acc >> 8) & 15] += acc;
        NEXT;
op_mul:
        acc *= 0x5851f42d4c957f2du;
        NEXT;
op_skip:
        acc -= cell[(acc >> 3) & 15];
        NEXT;
op_loop:
        pc = code;
        if (left--)
                NEXT;
        printf("%llx\n", (unsigned long long)acc);
        return 0;
}
