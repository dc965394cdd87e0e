/* One block from guest bytes to host code. */
#pragma once
#include "base/arena.h"
#include "engine/run/process.h"

enum fetch_result { FETCH_OK, FETCH_UNMAPPED, FETCH_NOT_EXECUTABLE, FETCH_BUS_ERROR, FETCH_NO_MEMORY };

struct translator *translator_create(struct arena *a);

/* The host code for guest address pc, from the cache or made now. NULL: *why says what the fetch met. */
void *code_get(struct cpu *cpu, gaddr pc, enum fetch_result *why);

/* Read one instruction word with the guest's permissions. */
enum fetch_result fetch_word(struct process *p, gaddr pc, u32 *word);
