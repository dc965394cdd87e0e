/* What an artefact says against what it is. */
#pragma once
#include "audit/artefact.h"
#include "audit/target.h"

/* Why native code at this path does no harm, whatever processor it is for; HARMLESS_NO when it may. */
enum harmless harmless_of(const char *path);

/* Findings and verdicts of the artefact and all its parts. `t` may be NULL: no floor is asked for. */
void judge(struct artefact *a, const struct target *t);
