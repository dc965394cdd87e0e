/* What every kernel shares: one argument scales the work, the last line printed is a checksum that all builds must agree on. */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline long bench_scale(int argc, char **argv)
{
        return argc > 1 ? atol(argv[1]) : 1;
}

static inline uint64_t bench_random(uint64_t *state)
{
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        return *state;
}
