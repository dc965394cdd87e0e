/*
 * What a sequence of instructions is about: few rows and few registers, so that its instructions depend on each other, that the
 * lifters' and emitters' fusions find their pairs, and that flags stay live across other things.
 */
#pragma once
#include "base/types.h"

enum { THEME_ROWS = 32, THEME_X = 6, THEME_V = 5 };

struct theme {
        unsigned row[THEME_ROWS], row_count;
        u8 x[THEME_X], v[THEME_V];
        unsigned x_count, v_count;
};

/* Rows out of `rows`: some neighbours in the tables, often with instructions that set and use the flags. */
void theme_choose_rows(struct theme *t, const unsigned *rows, unsigned row_count);
/* Registers, without the `reserved_count` integer ones in `reserved`. */
void theme_choose_registers(struct theme *t, const u8 *reserved, unsigned reserved_count);
/* The word with most of its register fields replaced by registers of the theme. */
u32 theme_apply(const struct theme *t, u32 word, unsigned row);
