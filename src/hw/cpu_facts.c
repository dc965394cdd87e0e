/*
 * Facts of processors. Those that are alike (same socket, kind, clock, features) form a group: cpu.group.N.*; what all groups have in
 * common stands under cpu.* again.
 */
#include "hw/cpu_group.h"

#include <string.h>

#include "base/util.h"
#include "hw/probe.h"

bool cpu_has_word(const char *words, const char *word)
{
        size_t n = strlen(word);
        for (const char *at = words; at && (at = strstr(at, word)) != NULL; at += n)
                if ((at == words || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
                        return true;
        return false;
}

static bool same_text(const char *a, const char *b)
{
        return a == b || (a && b && !strcmp(a, b));
}

static bool alike(const struct hw_cpu *a, const struct hw_cpu *b)
{
        return a->package == b->package && a->midr == b->midr && a->capacity == b->capacity && a->base_hz == b->base_hz &&
               a->cppc_hz == b->cppc_hz && a->tree_hz == b->tree_hz && a->min_hz == b->min_hz && a->max_hz == b->max_hz &&
               same_text(a->features, b->features) && same_text(a->model_name, b->model_name) && same_text(a->stepping, b->stepping);
}

/* Processors that are switched off tell nothing and belong to no group. */
static size_t make_groups(const struct hw_cpus *cpus, struct cpu_group **groups)
{
        size_t count = 0;
        *groups = calloc(cpus->count + 1, sizeof **groups);
        if (!*groups)
                abort();
        for (size_t i = 0; i < cpus->count; i++) {
                const struct hw_cpu *cpu = &cpus->list[i];
                size_t g = 0;
                if (!cpu->online)
                        continue;
                while (g < count && !alike((*groups)[g].first, cpu))
                        g++;
                struct cpu_group *group = &(*groups)[g];
                if (g == count) {
                        count++;
                        group->first = cpu;
                        group->cpus = calloc(cpus->count, sizeof *group->cpus);
                        if (!group->cpus)
                                abort();
                }
                group->cpus[group->count++] = cpu;
        }
        return count;
}

/* ---- sockets and SMBIOS ---- */

/* The n-th smallest different package number, counted from 0, of a processor. */
static size_t package_rank(const struct hw_cpus *cpus, i64 package)
{
        size_t rank = 0;
        for (i64 last = INT64_MIN;;) {
                i64 next = INT64_MAX;
                for (size_t i = 0; i < cpus->count; i++)
                        if (cpus->list[i].online && cpus->list[i].package > last && cpus->list[i].package < next)
                                next = cpus->list[i].package;
                if (next >= package)
                        return rank;
                last = next;
                rank++;
        }
}

static size_t package_count(const struct hw_cpus *cpus)
{
        return cpus->count ? package_rank(cpus, INT64_MAX) : 0;
}

/* Bit 6 of the status says whether there is a processor in the socket; bytes 5 tells other processors (DSP, video) apart. */
static bool is_populated_cpu(const struct smbios_entry *e)
{
        return e->type == SMBIOS_PROCESSOR && smbios_field(e, 0x05, 1, 3) == 3 && smbios_field(e, 0x18, 1, 0x40) & 0x40;
}

static size_t populated_sockets(const struct reader *r)
{
        struct smbios_entry e;
        size_t at = 0, count = 0;
        while (r->dmi && smbios_next(r->dmi, r->dmi_size, &at, &e))
                count += is_populated_cpu(&e);
        return count;
}

/*
 * The structure of a package: by order when there are as many as packages. Firmware that has one structure for all sockets, or one for
 * each core, is believed only if all of its structures say the same speed and name.
 */
static struct smbios_entry socket_of(const struct reader *r, i64 package)
{
        struct smbios_entry e, found = { 0 };
        size_t at = 0, n = 0, wanted = package_rank(&r->cpus, package);
        bool by_order = populated_sockets(r) == package_count(&r->cpus);
        while (r->dmi && smbios_next(r->dmi, r->dmi_size, &at, &e)) {
                if (!is_populated_cpu(&e))
                        continue;
                if (by_order && n++ == wanted)
                        return e;
                if (by_order)
                        continue;
                AUTO_FREE char *a = found.data ? smbios_text(&found, 0x10) : NULL, *b = smbios_text(&e, 0x10);
                if (found.data && (smbios_current_hz(&found) != smbios_current_hz(&e) || !same_text(a, b)))
                        return (struct smbios_entry){ 0 };
                found = e;
        }
        return found;
}

/* ---- features ---- */

static const struct {
        const char *word, *name;
} features[] = {
#define FEATURE(word, name) { word, name },
#include "hw/features.def"
#undef FEATURE
};

static const char *feature_name(const char *word, size_t length)
{
        for (size_t i = 0; i < ARRAY_LEN(features); i++)
                if (strlen(features[i].word) == length && !strncmp(features[i].word, word, length))
                        return features[i].name;
        return NULL;
}

/* The architecture's names for what has one, without repetition. */
static void put_architecture_names(struct reader *r, const char *words)
{
        AUTO_FREE char *names = format("%s", "");
        for (const char *word = words; *word;) {
                size_t n = strcspn(word, " ");
                const char *name = feature_name(word, n);
                if (name && !strncmp(name, "FEAT_", 5)) {
                        AUTO_FREE char *only = format("%.*s", (int)strcspn(name, " "), name);
                        AUTO_FREE char *padded = format(" %s ", names), *wanted = format(" %s ", only);
                        if (!strstr(padded, wanted)) {
                                char *longer = format("%s%s%s", names, *names ? " " : "", only);
                                free(names);
                                names = longer;
                        }
                }
                word += n + strspn(word + n, " ");
        }
        hw_put_list(r->f, "feat", names, "the kernel's words by the Arm Architecture Reference Manual's names");
}

static void put_features(struct reader *r, const struct cpu_group *g)
{
        const char *words = g->first->features;
        if (!hw_put_list(r->f, "features", words, "%s in /proc/cpuinfo", g->first->midr ? "Features" : "flags")) {
                hw_put_unknown(r->f, "features", "/proc/cpuinfo has no line of them for this CPU");
                return;
        }
        if (g->first->midr)
                put_architecture_names(r, words);
}

static void put_vector_length(struct reader *r, const struct cpu_group *g)
{
        u64 bits;
        static const struct {
                const char *word, *key;
        } kinds[] = { { "sve", "sve_bits" }, { "sme", "sme_bits" } };
        for (size_t i = 0; i < ARRAY_LEN(kinds) && g->first->midr; i++) {
                if (!g->first->features)
                        hw_put_unknown(r->f, kinds[i].key, "/proc/cpuinfo has no features for this CPU");
                else if (!cpu_has_word(g->first->features, kinds[i].word))
                        hw_put_number(r->f, kinds[i].key, 0, "no %s in /proc/cpuinfo", kinds[i].word);
                else if (probe_number(r->probe, kinds[i].key, &bits))
                        hw_put_number(r->f, kinds[i].key, bits, "the largest length that prctl(2) grants a program");
                else
                        hw_put_unknown(r->f, kinds[i].key, "%s",
                                r->probe ? "prctl(2) refuses to tell" : "only the machine itself tells: `crossarm hw capture` asks it");
        }
}

/* ---- all of it ---- */

static void put_group(struct reader *r, size_t number, const struct cpu_group *g)
{
        AUTO_FREE char *ids = cpu_list_text(g->cpus, g->count);
        hw_at(r->f, "cpu.group.%zu", number);
        hw_put_text(r->f, "cpus", ids, "/sys/devices/system/cpu");
        hw_put_number(r->f, "count", g->count, "/sys/devices/system/cpu");
        if (g->first->package >= 0)
                hw_put_number(
                        r->f, "socket", (u64)g->first->package, "/sys/devices/system/cpu/cpu%u/topology/physical_package_id", g->first->id);
        if (g->first->midr)
                cpu_put_arm_names(r, g);
        else
                cpu_put_x86_names(r, g);
        cpu_put_frequencies(r, g);
        if (g->first->capacity)
                hw_put_number(r->f, "capacity", g->first->capacity,
                        "/sys/devices/system/cpu/cpu%u/cpu_capacity: of 1024, against the fastest", g->first->id);
        if (hw_put_text(r->f, "bogomips", g->first->bogomips, "/proc/cpuinfo: the kernel's delay loop, no measure of speed"))
                hw_mark(r->f, HW_VOLATILE);
        put_features(r, g);
        put_vector_length(r, g);
}

/* What all groups say is said once more under "cpu."; where they differ the fact is unknown there. */
static void put_common(struct hw_facts *f, const struct hw_facts *groups, size_t group_count)
{
        static const char *const own[] = { "cpus", "count", "socket" };
        hw_at(f, "cpu");
        for (size_t i = 0; i < groups->count; i++) {
                const struct hw_fact *fact = &groups->list[i];
                const char *name = !strncmp(fact->key, "cpu.group.0.", 12) ? fact->key + 12 : NULL;
                bool skip = !name, same = true;
                for (size_t k = 0; k < ARRAY_LEN(own) && name; k++)
                        skip |= !strcmp(name, own[k]);
                if (skip)
                        continue;
                for (size_t g = 1; g < group_count && same; g++) {
                        AUTO_FREE char *key = format("cpu.group.%zu.%s", g, name);
                        same = hw_same(fact, hw_find(groups, key));
                }
                if (same)
                        hw_put_copy(f, name, fact);
                else
                        hw_put_unknown(f, name, "differs between the groups of CPUs: see cpu.group.0.%s to cpu.group.%zu.%s", name,
                                group_count - 1, name);
        }
}

static size_t distinct_cores(const struct hw_cpus *cpus)
{
        size_t count = 0;
        for (size_t i = 0; i < cpus->count; i++) {
                const struct hw_cpu *cpu = &cpus->list[i];
                /* A core is counted where its list of threads begins with this very one. */
                if (cpu->online && cpu->siblings)
                        count += strtoul(cpu->siblings, NULL, 10) == cpu->id;
        }
        return count;
}

/* Kernels that know of no clusters give each core as its own: then there is nothing to tell. */
static void put_clusters(struct reader *r)
{
        const struct hw_cpus *cpus = &r->cpus;
        size_t count = 0, larger = 0;
        for (size_t i = 0; i < cpus->count; i++) {
                const struct hw_cpu *cpu = &cpus->list[i];
                if (!cpu->online || !cpu->cluster)
                        continue;
                count += strtoul(cpu->cluster, NULL, 10) == cpu->id;
                larger += cpu_list_count(cpu->cluster) > cpu_list_count(cpu->siblings);
        }
        if (larger)
                hw_put_number(r->f, "clusters", count, "different topology/cluster_cpus_list in /sys/devices/system/cpu");
}

static void put_counts(struct reader *r, size_t group_count)
{
        const struct hw_cpus *cpus = &r->cpus;
        size_t online = 0, cores = distinct_cores(cpus), packages = package_count(cpus), sockets = populated_sockets(r);
        for (size_t i = 0; i < cpus->count; i++)
                online += cpus->list[i].online;
        hw_at(r->f, "cpu");
        hw_put_number(r->f, "count", online, "%s", cpus->online ? "/sys/devices/system/cpu/online" : "/proc/cpuinfo");
        if (!hw_put_text(r->f, "online", cpus->online, "/sys/devices/system/cpu/online"))
                hw_put_unknown(r->f, "online", "/sys/devices/system/cpu/online is missing");
        hw_put_text(r->f, "present", cpus->present, "/sys/devices/system/cpu/present");
        bool known = packages && cpus->list[0].package >= 0;
        if (sockets && (!known || sockets == packages))
                hw_put_number(r->f, "sockets", sockets, "populated sockets in SMBIOS type 4%s",
                        known ? "; topology/physical_package_id agrees" : "");
        else if (known)
                hw_put_number(r->f, "sockets", packages, "different topology/physical_package_id in /sys/devices/system/cpu%s",
                        sockets ? "; SMBIOS type 4 has another number of sockets" : "");
        else
                hw_put_unknown(r->f, "sockets", "the kernel has no package numbers, and nothing from SMBIOS: %s", no_smbios_because(r));
        if (cores) {
                hw_put_number(r->f, "cores", cores, "different topology/thread_siblings_list in /sys/devices/system/cpu");
                hw_put_number(r->f, "threads_per_core", online / cores, "topology/thread_siblings_list in /sys/devices/system/cpu");
        } else {
                hw_put_unknown(r->f, "cores", "/sys/devices/system/cpu/cpu*/topology is missing");
        }
        put_clusters(r);
        hw_put_number(r->f, "groups", group_count, "processors that are alike: see cpu.group");
}

static void put_aarch32(struct reader *r)
{
        if (r->x86)
                return;
        AUTO_FREE char *el0 = probe_get(r->probe, "aarch32_el0");
        AUTO_FREE char *some = hw_tree_line(r->t, "/sys/devices/system/cpu/aarch32_el0");
        u64 el1;
        hw_at(r->f, "cpu");
        if (some)
                hw_put_text(r->f, "aarch32_el0_cpus", some, "/sys/devices/system/cpu/aarch32_el0: only these run 32-bit programs");
        if (el0 && (!strcmp(el0, "yes") || !strcmp(el0, "no")))
                hw_put_bool(r->f, "aarch32_el0", !strcmp(el0, "yes"), "personality(PER_LINUX32): whether 32-bit Arm programs run");
        else
                hw_put_unknown(r->f, "aarch32_el0", "%s", el0 ? el0 : "only the machine itself tells: `crossarm hw capture` asks it");
        if (probe_number(r->probe, "kvm.arm_el1_32bit", &el1))
                hw_put_bool(r->f, "aarch32_el1", el1, "KVM_CAP_ARM_EL1_32BIT: whether 32-bit guests run under KVM");
        else
                hw_put_unknown(r->f, "aarch32_el1", "%s",
                        r->probe ? "needs /dev/kvm: see virtualization.kvm"
                                 : "only the machine itself tells: `crossarm hw capture` asks it");
}

void read_cpus(struct reader *r)
{
        struct cpu_group *groups;
        struct hw_facts own = { 0 }, *all = r->f;
        size_t count = make_groups(&r->cpus, &groups);
        u64 hz;
        put_counts(r, count);
        r->f = &own;
        for (size_t i = 0; i < count; i++) {
                groups[i].socket = socket_of(r, groups[i].first->package);
                put_group(r, i, &groups[i]);
        }
        r->f = all;
        put_common(all, &own, count);
        if (probe_number(r->probe, "timer_hz", &hz))
                hw_put_number(all, "timer_hz", hz,
                        r->x86 ? "CPUID leaf 0x15: the time stamp counter" : "CNTFRQ_EL0: the generic timer, unrelated to the CPU's clock");
        put_aarch32(r);
        *all->prefix = 0;
        for (size_t i = 0; i < own.count; i++)
                hw_put_copy(all, own.list[i].key, &own.list[i]);
        hw_facts_free(&own);
        for (size_t i = 0; i < count; i++)
                free(groups[i].cpus);
        free(groups);
}
