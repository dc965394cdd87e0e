/* The host side seen from the run-time: IR block in, x86-64 code and its side table out. */
#pragma once
#include "engine/host/x64.h"
#include "engine/ir/ir.h"

/* Where the guest flags are at a point of the code. */
enum flags_at { FLAGS_IN_CPU, FLAGS_IN_EFLAGS, FLAGS_IN_EFLAGS_CARRY_INVERTED, FLAGS_IN_EFLAGS_UCOMIS, FLAGS_LOST };

/*
 * Side table, ascending by host offset: from `host` on (bytes from the block's entry) the code belongs to guest instruction
 * pc + 4 * insn. At an entry's first byte with boundary set all guest registers are in their homes (regmap.h); inside, too, until
 * the instruction's first SET, and faulting operations come before it.
 */
struct host_map {
        u32 host;
        u16 insn;
        u8 flags;       /* enum flags_at */
        u8 boundary;    /* 1: exactly here a guest instruction begins and state is in its homes */
};

struct host_block {
        u8 *entry;      /* first byte; 16-byte aligned; begins with a 5-byte nop that invalidation replaces by a jmp */
        u32 size;
        u32 map_count, map_cap;
        struct host_map *map; /* caller's array of map_cap entries */
        bool absolute;  /* it holds a guest address as a number: good for this process only */
};

/*
 * An exit that is not linked yet jumps to a stub `call [rbp + thunk_link]` directly followed by this record. Linking writes
 * the 4-byte field at (u8 *)record + patch so that its jmp/call reaches the target block's entry: *(i32 *)field = entry - (field + 4).
 */
struct exit_record {
        i32 patch;
        i64 target;     /* guest target = (u64)record + target */
} __attribute__((packed));

/* What host_compile works with: one for each thread that compiles at a time. */
struct emit;
struct arena;
struct emit *host_emitter(struct arena *a);

/* Compile b at c->p. false: c or the map is full; nothing was kept, make room and do it again. */
bool host_compile(struct emit *e, struct code *c, const struct ir_block *b, struct host_block *out);
