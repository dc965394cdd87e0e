/* What was learned about single guest instructions (SITE_*). Process lock held by callers. */
#pragma once
#include "base/arena.h"
#include "engine/guest/lift.h"
#include "engine/run/process.h"

struct sites *sites_create(struct arena *a);
u8 site_get(struct process *p, gaddr pc);
void site_add(struct process *p, gaddr pc, u8 bits);
