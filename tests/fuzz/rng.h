/* The generator's random numbers: one xorshift64* state for the whole program, so that a seed gives the same cases again. */
#pragma once
#include <stdint.h>

extern uint64_t rng_state;

uint64_t rng_next(void);
/* 0 .. n-1 */
unsigned rng_below(unsigned n);
