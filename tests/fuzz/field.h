/* Fields of an A64 word by their names in the tables. */
#pragma once
#include "base/types.h"

/* Does the row have a field of that name that comes from the word's bits? */
bool field_exists(unsigned row, const char *name);
/* Its bits as a number, without sign and scale; -1 when there is none. */
int field_get(u32 word, unsigned row, const char *name);
/* Sets its low bits; nothing when there is none. */
void field_put(u32 *word, unsigned row, const char *name, u32 value);
