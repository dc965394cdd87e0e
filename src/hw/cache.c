/* Caches: the cache folders in /sys/devices/system/cpu, with sizes from SMBIOS type 7 where the kernel has none. */
#include "hw/reader.h"

#include <string.h>

#include "base/util.h"

enum { CACHE_MAX = 32, INDEX_MAX = 16 };

struct cache {
        u64 level, size, line, ways, sets;
        char *type, *shared; /* Data, Instruction, Unified; the CPUs that share the first one */
        u32 instances, cpus_each;
        bool from_smbios;
};

static bool same_kind(const struct cache *a, const struct cache *b)
{
        return a->level == b->level && !strcmp(a->type, b->type) && a->size == b->size && a->line == b->line && a->ways == b->ways &&
               a->sets == b->sets && a->cpus_each == b->cpus_each;
}

static bool read_index(struct reader *r, u32 cpu, u32 index, struct cache *c)
{
        struct hw_tree *t = r->t;
        *c = (struct cache){ .instances = 1 };
#define CACHE_PATH "/sys/devices/system/cpu/cpu%u/cache/index%u/"
        if (!hw_tree_number(t, &c->level, CACHE_PATH "level", cpu, index))
                return false;
        c->type = hw_tree_line(t, CACHE_PATH "type", cpu, index);
        c->shared = hw_tree_line(t, CACHE_PATH "shared_cpu_list", cpu, index);
        hw_tree_number(t, &c->size, CACHE_PATH "size", cpu, index);
        hw_tree_number(t, &c->line, CACHE_PATH "coherency_line_size", cpu, index);
        hw_tree_number(t, &c->ways, CACHE_PATH "ways_of_associativity", cpu, index);
        hw_tree_number(t, &c->sets, CACHE_PATH "number_of_sets", cpu, index);
#undef CACHE_PATH
        c->cpus_each = cpu_list_count(c->shared);
        if (!c->type)
                c->type = format("Unknown");
        return true;
}

static void drop(struct cache *c)
{
        free(c->type);
        free(c->shared);
}

static size_t collect(struct reader *r, struct cache *caches)
{
        size_t count = 0;
        for (size_t i = 0; i < r->cpus.count; i++) {
                const struct hw_cpu *cpu = &r->cpus.list[i];
                struct cache c;
                for (u32 index = 0; cpu->online && index < INDEX_MAX && read_index(r, cpu->id, index, &c); index++) {
                        size_t k = 0;
                        while (k < count && !same_kind(&caches[k], &c))
                                k++;
                        /* One that is shared is counted with the first CPU of those that share it. */
                        bool counted = c.shared && strtoul(c.shared, NULL, 10) != cpu->id;
                        if (k < count) {
                                caches[k].instances += !counted;
                                drop(&c);
                        } else if (count < CACHE_MAX) {
                                c.instances = !counted;
                                caches[count++] = c;
                        } else {
                                drop(&c);
                        }
                }
        }
        return count;
}

/* The size by the firmware's table: of the first processor's cache of a level (type 4 names the handles of L1, L2, L3). */
static u64 smbios_size(const struct reader *r, u64 level)
{
        struct smbios_entry cpu, cache;
        if (!r->dmi || level < 1 || level > 3 || !smbios_find(r->dmi, r->dmi_size, SMBIOS_PROCESSOR, &cpu))
                return 0;
        u64 handle = smbios_field(&cpu, (u8)(0x1a + 2 * (level - 1)), 2, 0xffff);
        if (handle == 0xffff || !smbios_find_handle(r->dmi, r->dmi_size, (u16)handle, &cache) || cache.type != SMBIOS_CACHE)
                return 0;
        return smbios_cache_bytes(&cache);
}

static void put_size(struct reader *r, const struct cache *c, u32 cpu)
{
        u64 total = smbios_size(r, c->level);
        if (c->size)
                hw_put_number(r->f, "size_bytes", c->size, "/sys/devices/system/cpu/cpu%u/cache", cpu);
        else
                hw_put_unknown(r->f, "size_bytes",
                        "the firmware's PPTT table or device tree gives the kernel no size: a firmware update may%s%s", total ? "" : "; ",
                        total ? "" : no_smbios_because(r));
        if (!c->size && total)
                hw_put_number(r->f, "socket_bytes", total,
                        "SMBIOS type 7 (/sys/firmware/dmi/tables/DMI): all caches of this level of the first socket");
}

static void put_cache(struct reader *r, size_t number, const struct cache *c, u32 cpu)
{
        hw_at(r->f, "cache.%zu", number);
        hw_put_number(r->f, "level", c->level, "/sys/devices/system/cpu/cpu%u/cache", cpu);
        hw_put_text(r->f, "type", c->type, "/sys/devices/system/cpu/cpu%u/cache", cpu);
        put_size(r, c, cpu);
        if (c->shared) {
                hw_put_number(r->f, "instances", c->instances, "different shared_cpu_list in /sys/devices/system/cpu/cpu*/cache");
                hw_put_number(r->f, "cpus_each", c->cpus_each, "/sys/devices/system/cpu/cpu%u/cache", cpu);
        } else {
                hw_put_unknown(r->f, "instances", "the kernel does not tell which CPUs share it");
        }
        if (c->line)
                hw_put_number(r->f, "line_bytes", c->line, "/sys/devices/system/cpu/cpu%u/cache", cpu);
        if (c->ways)
                hw_put_number(r->f, "ways", c->ways, "/sys/devices/system/cpu/cpu%u/cache", cpu);
        if (c->sets)
                hw_put_number(r->f, "sets", c->sets, "/sys/devices/system/cpu/cpu%u/cache", cpu);
}

/* Without a cache folder SMBIOS alone may tell. */
static void put_smbios_caches(struct reader *r)
{
        size_t number = 0;
        for (u64 level = 1; level <= 3; level++) {
                u64 size = smbios_size(r, level);
                if (!size)
                        continue;
                hw_at(r->f, "cache.%zu", number++);
                hw_put_number(r->f, "level", level, "SMBIOS type 7 (/sys/firmware/dmi/tables/DMI)");
                hw_put_number(r->f, "socket_bytes", size,
                        "SMBIOS type 7 (/sys/firmware/dmi/tables/DMI): all caches of this level of the first socket");
        }
        if (!number) {
                hw_at(r->f, "cache");
                hw_put_unknown(r->f, "0.level", "the kernel knows of no cache, and nothing from SMBIOS: %s", no_smbios_because(r));
        }
}

void read_caches(struct reader *r)
{
        struct cache caches[CACHE_MAX];
        size_t count = collect(r, caches);
        u32 first = r->cpus.count ? r->cpus.list[0].id : 0;
        for (size_t i = 0; i < count; i++) {
                put_cache(r, i, &caches[i], first);
                drop(&caches[i]);
        }
        if (!count)
                put_smbios_caches(r);
}
