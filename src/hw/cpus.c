#include "hw/cpus.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "hw/midr.h"

enum { CPU_MAX = 8192 }; /* the largest CONFIG_NR_CPUS of any architecture */

/* ---- lists ---- */

/* The next range of a list; false at its end and at the first sign of something else. */
static bool next_range(const char **at, u32 *from, u32 *to)
{
        char *end;
        if (!isdigit((u8) * *at))
                return false;
        unsigned long low = strtoul(*at, &end, 10), high = low;
        if (*end == '-' && isdigit((u8)end[1]))
                high = strtoul(end + 1, &end, 10);
        if (high >= CPU_MAX || low > high || (*end && *end != ',' && !isspace((u8)*end)))
                return false;
        *from = (u32)low;
        *to = (u32)high;
        *at = *end == ',' ? end + 1 : end;
        return true;
}

bool cpu_list_has(const char *list, u32 id)
{
        for (u32 from, to; list && next_range(&list, &from, &to);)
                if (id >= from && id <= to)
                        return true;
        return false;
}

u32 cpu_list_count(const char *list)
{
        u32 count = 0;
        for (u32 from, to; list && next_range(&list, &from, &to);)
                count += to - from + 1;
        return count;
}

char *cpu_list_text(const struct hw_cpu *const *cpus, size_t count)
{
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        if (!out)
                abort();
        for (size_t i = 0; i < count;) {
                size_t last = i;
                while (last + 1 < count && cpus[last + 1]->id == cpus[last]->id + 1)
                        last++;
                fprintf(out, last == i ? "%s%u" : "%s%u-%u", i ? "," : "", cpus[i]->id, cpus[last]->id);
                i = last + 1;
        }
        fclose(out);
        return text;
}

/* ---- /proc/cpuinfo ---- */

/* A line's value when its name matches, not terminated; the line ends at its newline. */
static const char *line_value(const char *line, size_t length, const char *name, size_t *size)
{
        size_t n = strlen(name);
        if (length <= n || strncmp(line, name, n))
                return NULL;
        while (n < length && (line[n] == ' ' || line[n] == '\t'))
                n++;
        if (n == length || line[n++] != ':')
                return NULL;
        while (n < length && (line[n] == ' ' || line[n] == '\t'))
                n++;
        *size = length - n;
        return line + n;
}

char *cpuinfo_get(const char *cpuinfo, u32 id, const char *name)
{
        const char *shared = NULL, *value;
        size_t shared_size = 0, size;
        bool mine = false, of_none = true;
        for (const char *line = cpuinfo; line && *line;) {
                size_t length = strcspn(line, "\n");
                if (length == 0)
                        mine = false, of_none = true;
                value = line_value(line, length, "processor", &size);
                if (value && size && isdigit((u8)*value)) {
                        of_none = false;
                        mine = strtoul(value, NULL, 10) == id;
                }
                value = line_value(line, length, name, &size);
                if (value && mine)
                        return format("%.*s", (int)size, value);
                if (value && of_none)
                        shared = value, shared_size = size;
                line += length + (line[length] == '\n');
        }
        return shared ? format("%.*s", (int)shared_size, shared) : NULL;
}

/* One block of the file, so that 4096 processors are not 4096 searches of the whole file. */
struct block {
        const char *text;
        u32 id;
};

static size_t cut_blocks(const char *cpuinfo, struct block **blocks)
{
        size_t count = 0, room = 0, size;
        *blocks = NULL;
        for (const char *line = cpuinfo; line && *line;) {
                size_t length = strcspn(line, "\n");
                const char *value = line_value(line, length, "processor", &size);
                if (value && size && isdigit((u8)*value) && count < CPU_MAX) {
                        if (count == room) {
                                room = room ? 2 * room : 16;
                                *blocks = realloc(*blocks, room * sizeof **blocks);
                                if (!*blocks)
                                        abort();
                        }
                        (*blocks)[count++] = (struct block){ line, (u32)strtoul(value, NULL, 10) };
                }
                line += length + (line[length] == '\n');
        }
        return count;
}

/* The paragraphs that belong to no processor: old kernels say there what all have in common. */
static char *shared_lines(const char *cpuinfo)
{
        char *text = NULL;
        size_t size, length, value_size;
        FILE *out = open_memstream(&text, &size);
        if (!out)
                abort();
        for (const char *at = cpuinfo; at && *at;) {
                const char *end = strstr(at, "\n\n"), *line = at;
                bool owned = false;
                end = end ? end + 2 : at + strlen(at);
                for (; line < end && !owned; line += length + 1) {
                        length = strcspn(line, "\n");
                        const char *value = line_value(line, length, "processor", &value_size);
                        owned = value && value_size && isdigit((u8)*value);
                }
                if (!owned)
                        fwrite(at, 1, (size_t)(end - at), out);
                at = end;
        }
        fclose(out);
        return text;
}

/* The value in a processor's lines, else in the shared ones. */
static char *block_get(const struct block *b, const char *shared, const char *name)
{
        size_t size;
        for (const char *line = b->text; *line && *line != '\n';) {
                size_t length = strcspn(line, "\n");
                const char *value = line_value(line, length, name, &size);
                if (value)
                        return format("%.*s", (int)size, value);
                line += length + (line[length] == '\n');
        }
        return cpuinfo_get(shared, UINT32_MAX, name);
}

static u64 block_number(const struct block *b, const char *shared, const char *name)
{
        AUTO_FREE char *text = block_get(b, shared, name);
        u64 value;
        return text && hw_parse_number(text, &value) ? value : 0;
}

/* MIDR_EL1 from the five lines that are its fields; the architecture field is 15 in all of these, "8" or "7" is the kernel's word. */
static u64 midr_from_cpuinfo(const struct block *b, const char *shared)
{
        u64 implementer = block_number(b, shared, "CPU implementer");
        AUTO_FREE char *part = block_get(b, shared, "CPU part");
        /* Implementer 0 is the one of software models. */
        if (!part)
                return 0;
        return (implementer & 0xff) << 24 | (block_number(b, shared, "CPU variant") & 0xf) << 20 | 0xf << 16 |
               (block_number(b, shared, "CPU part") & 0xfff) << 4 | (block_number(b, shared, "CPU revision") & 0xf);
}

static void from_cpuinfo(struct hw_cpu *cpu, const struct block *b, const char *shared)
{
        cpu->midr = midr_from_cpuinfo(b, shared);
        cpu->midr_from = "/proc/cpuinfo";
        cpu->features = block_get(b, shared, cpu->midr ? "Features" : "flags");
        cpu->vendor = block_get(b, shared, "vendor_id");
        cpu->model_name = block_get(b, shared, "model name");
        cpu->family = block_get(b, shared, "cpu family");
        cpu->model = block_get(b, shared, "model");
        cpu->stepping = block_get(b, shared, "stepping");
        cpu->microcode = block_get(b, shared, "microcode");
        cpu->address_sizes = block_get(b, shared, "address sizes");
        cpu->bogomips = block_get(b, shared, cpu->midr ? "BogoMIPS" : "bogomips");
}

/* ---- sysfs ---- */

static u64 scaled(struct hw_tree *t, u32 id, const char *file, u64 unit)
{
        u64 value;
        return hw_tree_number(t, &value, "/sys/devices/system/cpu/cpu%u/%s", id, file) && value < UINT64_MAX / 1000000 ? value * unit : 0;
}

static i64 place(struct hw_tree *t, u32 id, const char *file)
{
        u64 value;
        return hw_tree_number(t, &value, "/sys/devices/system/cpu/cpu%u/topology/%s", id, file) && value < INT32_MAX ? (i64)value : -1;
}

/* clock-frequency is one or two big-endian cells (Devicetree Specification 3.8). */
static u64 tree_clock(struct hw_tree *t, u32 id)
{
        AUTO_FREE char *path = format("/sys/devices/system/cpu/cpu%u/of_node/clock-frequency", id);
        size_t size;
        AUTO_FREE char *cells = hw_tree_read(t, path, &size);
        u64 value = 0;
        for (size_t i = 0; cells && i < size; i++)
                value = value << 8 | (u8)cells[i];
        return cells && (size == 4 || size == 8) ? value : 0;
}

static void from_sysfs(struct hw_cpu *cpu, struct hw_tree *t)
{
        u64 midr;
        u32 id = cpu->id;
        if (hw_tree_number(t, &midr, "/sys/devices/system/cpu/cpu%u/regs/identification/midr_el1", id) && midr) {
                cpu->midr = midr & 0xffffffff;
                cpu->midr_from = "/sys/devices/system/cpu/cpu*/regs/identification/midr_el1";
        }
        cpu->package = place(t, id, "physical_package_id");
        cpu->core = place(t, id, "core_id");
        cpu->siblings = hw_tree_line(t, "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", id);
        cpu->cluster = hw_tree_line(t, "/sys/devices/system/cpu/cpu%u/topology/cluster_cpus_list", id);
        cpu->capacity = scaled(t, id, "cpu_capacity", 1);
        cpu->base_hz = scaled(t, id, "cpufreq/base_frequency", 1000);
        cpu->cppc_hz = scaled(t, id, "acpi_cppc/nominal_freq", 1000000);
        cpu->tree_hz = tree_clock(t, id);
        cpu->min_hz = scaled(t, id, "cpufreq/cpuinfo_min_freq", 1000);
        cpu->max_hz = scaled(t, id, "cpufreq/cpuinfo_max_freq", 1000);
        cpu->current_hz = scaled(t, id, "cpufreq/cpuinfo_cur_freq", 1000);
        cpu->governor_hz = scaled(t, id, "cpufreq/scaling_cur_freq", 1000);
}

/* The processors: those of sysfs, and when there is no sysfs those of /proc/cpuinfo. */
static void enumerate(struct hw_cpus *cpus, struct hw_tree *t, const struct block *blocks, size_t block_count)
{
        char **names = hw_tree_list(t, "/sys/devices/system/cpu");
        size_t room = block_count;
        for (size_t i = 0; names[i]; i++)
                room++;
        cpus->list = calloc(room + 1, sizeof *cpus->list);
        if (!cpus->list)
                abort();
        for (size_t i = 0; names[i] && cpus->count < CPU_MAX; i++) {
                char *end;
                if (strncmp(names[i], "cpu", 3) || !isdigit((u8)names[i][3]))
                        continue;
                unsigned long id = strtoul(names[i] + 3, &end, 10);
                if (*end == 0 && id < CPU_MAX)
                        cpus->list[cpus->count++] = (struct hw_cpu){ .id = (u32)id, .package = -1, .core = -1 };
        }
        free(names);
        if (cpus->count)
                return;
        for (size_t i = 0; i < block_count; i++)
                cpus->list[cpus->count++] = (struct hw_cpu){ .id = blocks[i].id, .package = -1, .core = -1 };
}

void cpus_load(struct hw_cpus *cpus, struct hw_tree *t)
{
        size_t size;
        AUTO_FREE char *cpuinfo = hw_tree_read(t, "/proc/cpuinfo", &size);
        AUTO_FREE char *shared = shared_lines(cpuinfo);
        AUTO_FREE struct block *blocks = NULL;
        size_t block_count = cut_blocks(cpuinfo, &blocks);
        *cpus = (struct hw_cpus){ 0 };
        cpus->online = hw_tree_line(t, "/sys/devices/system/cpu/online");
        cpus->present = hw_tree_line(t, "/sys/devices/system/cpu/present");
        cpus->hardware = cpuinfo ? cpuinfo_get(cpuinfo, UINT32_MAX, "Hardware") : NULL;
        enumerate(cpus, t, blocks, block_count);
        for (size_t i = 0, b = 0; i < cpus->count; i++) {
                struct hw_cpu *cpu = &cpus->list[i];
                cpu->online = !cpus->online || cpu_list_has(cpus->online, cpu->id);
                /* Both are in the same order, but for strange trees. */
                for (size_t tries = 0; tries < block_count && blocks[b].id != cpu->id; tries++)
                        b = (b + 1) % block_count;
                if (block_count && blocks[b].id == cpu->id)
                        from_cpuinfo(cpu, &blocks[b], shared);
                from_sysfs(cpu, t);
        }
}

void cpus_free(struct hw_cpus *cpus)
{
        for (size_t i = 0; i < cpus->count; i++) {
                struct hw_cpu *c = &cpus->list[i];
                char *texts[] = { c->siblings, c->cluster, c->features, c->vendor, c->model_name, c->family, c->model, c->stepping,
                        c->microcode, c->bogomips, c->address_sizes };
                for (size_t k = 0; k < ARRAY_LEN(texts); k++)
                        free(texts[k]);
        }
        free(cpus->list);
        free(cpus->online);
        free(cpus->present);
        free(cpus->hardware);
        *cpus = (struct hw_cpus){ 0 };
}
