/* The oldest system that arm64 files run on. */
#pragma once
#include "audit/artefact.h"
#include "audit/target.h"

/* Findings FLOOR, MISSING, FLOOR_ABOVE_X86 of one artefact. `t` may be NULL. */
void floor_judge(struct artefact *a, const struct target *t);
