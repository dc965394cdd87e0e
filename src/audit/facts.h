/*
 * What a walk found, as text, and back: everything that judging needs, so that it need not be looked for again. Only for the cache: the
 * form is that of one build of the program.
 */
#pragma once
#include "audit/artefact.h"

/* JSON, malloced; NULL when it must not be kept: something could not be read, and may be readable next time. */
char *facts_of(const struct artefact *a);

/* NULL when it is no such text. */
struct artefact *facts_read(const char *text);
