#include "engine/run/block.h"
#include "base/out.h"

/*
 * The packed side table: for each entry the distances from the entry before as LEB128 numbers (host bytes, guest instructions),
 * then a byte with flags and, in bit 7, the boundary mark.
 */
enum { BOUNDARY = 0x80, MAX_PACKED = 5 + 5 + 1 };

static u8 *put_number(u8 *p, u32 v)
{
        for (; v >= 0x80; v >>= 7)
                *p++ = (u8)(v | 0x80);
        *p++ = (u8)v;
        return p;
}

static const u8 *get_number(const u8 *p, u32 *v)
{
        unsigned shift = 0;

        *v = 0;
        do
                *v |= (u32)(*p & 0x7f) << shift, shift += 7;
        while (*p++ & 0x80);
        return p;
}

struct block_ref block_add(struct region *r, const struct host_block *h, gaddr pc, u32 guest_size)
{
        struct block *b;
        u32 host = 0, insn = 0;
        u8 *p = r->maps + r->map_used;

        if (r->block_count == r->block_cap || r->map_cap - r->map_used < h->map_count * MAX_PACKED)
                return (struct block_ref){ 0 };
        b = &r->blocks[r->block_count];
        *b = (struct block){ .pc = (i64)(pc - (gaddr)r->base), .entry = (u32)(h->entry - r->base), .host_size = h->size,
                .guest_size = guest_size, .map = r->map_used, .map_count = (u16)h->map_count, .valid = true };
        for (u32 i = 0; i < h->map_count; i++) {
                const struct host_map *m = &h->map[i];

                p = put_number(p, m->host - host);
                p = put_number(p, (u32)m->insn - insn);
                *p++ = (u8)(m->flags | (m->boundary ? BOUNDARY : 0));
                host = m->host;
                insn = m->insn;
        }
        r->map_used = (u32)(p - r->maps);
        __atomic_store_n(&r->block_count, r->block_count + 1, __ATOMIC_RELEASE);
        return (struct block_ref){ r, b };
}

struct block_ref block_of(struct process *p, u64 host)
{
        struct region *r = code_mem_find(p, host);
        u32 low = 0, high, offset;

        if (!r)
                return (struct block_ref){ 0 };
        offset = (u32)(host - (u64)r->base);
        high = __atomic_load_n(&r->block_count, __ATOMIC_ACQUIRE);
        while (low < high) {
                u32 mid = low + (high - low) / 2;

                if (r->blocks[mid].entry <= offset)
                        low = mid + 1;
                else
                        high = mid;
        }
        if (low == 0 || offset - r->blocks[low - 1].entry >= r->blocks[low - 1].host_size)
                return (struct block_ref){ 0 };
        return (struct block_ref){ r, &r->blocks[low - 1] };
}

bool block_locate(struct process *p, u64 host, struct block_position *at)
{
        struct block_ref b = block_of(p, host);
        const u8 *map;
        u32 offset, sum_host = 0, sum_insn = 0;

        if (!b.block)
                return false;
        offset = (u32)(host - (u64)block_entry(b));
        *at = (struct block_position){ .pc = block_pc(b), .flags = FLAGS_IN_CPU };
        map = b.region->maps + b.block->map;
        for (u32 i = 0; i < b.block->map_count; i++) {
                u32 host_step, insn_step;

                map = get_number(get_number(map, &host_step), &insn_step);
                sum_host += host_step;
                sum_insn += insn_step; /* wraps when the code is not in guest order */
                if (sum_host > offset)
                        break;
                at->pc = block_pc(b) + 4 * (u64)(u16)sum_insn;
                at->flags = *map & ~BOUNDARY;
                at->boundary = sum_host == offset && (*map & BOUNDARY);
                map++;
        }
        return true;
}
