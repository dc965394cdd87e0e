/*
 * One case of the differential fuzzer, as the host's generator (cases.c) writes it and the guest's harness (guest.c) reads it.
 *
 * The harness puts the words into a slot of SLOT_WORDS:
 *      0                    mrs x30, tpidr_el0
 *      1 .. count           the words
 *      count + 1            b to the code that saves the state
 *      SLOT_END             b to the same: for branches
 *      SLOT_TAKEN           likewise, and notes that a branch came here
 *      SLOT_LITERAL ..      four words for literal loads
 */
#pragma once
#include <stdint.h>

enum { SLOT_WORDS = 32, CASE_WORDS = 20, SLOT_END = 21, SLOT_TAKEN = 22, SLOT_LITERAL = 24 };
enum { NO_REGISTER = 255, SP_REGISTER = 31 };
/* Where the harness maps its memory: a window between inaccessible pages; base registers point near its middle. */
#define WINDOW_ADDRESS 0x20000000ul
#define CODE_ADDRESS 0x4000000ul /* the harness is in reach of a B */
enum { WINDOW_SIZE = 8192, WINDOW_GUARD = 1 << 20 };

enum {
        CASE_MEMORY = 1,       /* the window belongs to the compared state */
        CASE_BASE_IN_SLOT = 2, /* base_value is relative to the slot */
        CASE_EDGE = 4,         /* the base register points near the window's end: an access may fault half-way */
        CASE_ALIGNED = 8,      /* the base register must stay a multiple of 16 */
};

struct fuzz_case {
        uint32_t word[CASE_WORDS];
        uint8_t count, base, index, flags; /* base, index: registers set to the values below, or NO_REGISTER */
        uint32_t fpcr;
        uint64_t seed; /* of all other registers, vectors and flags */
        uint64_t base_value, index_value;
};
