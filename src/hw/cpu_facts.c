/*
 * Facts of processors. Those that are alike (same socket, kind, clock, features) form a group: cpu.group.N.*; what all groups have in
 * common stands under cpu.* again.
 */
#include "hw/reader.h"

#include <string.h>

#include "base/util.h"
#include "hw/midr.h"
#include "hw/probe.h"

struct group {
        const struct hw_cpu **cpus;
        size_t count;
        const struct hw_cpu *first;
        struct smbios_entry socket; /* the SMBIOS structure of its processor; data NULL when there is none */
};

static bool has_word(const char *words, const char *word)
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
static size_t make_groups(const struct hw_cpus *cpus, struct group **groups)
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
                struct group *group = &(*groups)[g];
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

/* ---- names ---- */

#define TYPE4 "SMBIOS type 4 (/sys/firmware/dmi/tables/DMI)"

/* The firmware's name of the processor, malloced, if it is one. */
static char *firmware_name(const struct group *g)
{
        if (!g->socket.data)
                return NULL;
        char *name = smbios_text(&g->socket, 0x10);
        AUTO_FREE char *maker = smbios_text(&g->socket, 0x07);
        if (name && !smbios_is_placeholder(name) && !(maker && !strcasecmp(maker, "QEMU")))
                return name;
        free(name);
        return NULL;
}

static void put_arm_names(struct reader *r, const struct group *g)
{
        u64 midr = g->first->midr;
        const char *vendor = midr_implementer_name(midr_implementer(midr));
        const struct midr_part *part = midr_find(midr);
        AUTO_FREE char *firmware = firmware_name(g);
        AUTO_FREE char *maker = g->socket.data ? smbios_text(&g->socket, 0x07) : NULL;
        if (vendor)
                hw_put_text(r->f, "vendor", vendor, "implementer 0x%02x in MIDR_EL1 (%s)", midr_implementer(midr), g->first->midr_from);
        else
                hw_put_unknown(r->f, "vendor", "implementer 0x%02x is not in the table of this version", midr_implementer(midr));
        if (firmware)
                hw_put_text(r->f, "model", firmware, TYPE4 ", Processor Version");
        else if (part)
                hw_put_text(r->f, "model", part->name, "part 0x%03x in MIDR_EL1 (%s)%s%s", part->part, g->first->midr_from,
                        part->certain ? "" : "; several products share this number, and the firmware does not name it: ",
                        part->certain ? "" : no_smbios_because(r));
        else
                hw_put_unknown(r->f, "model",
                        "part 0x%03x of implementer 0x%02x is not in the table of this version, and the firmware does not name it: %s",
                        midr_number(midr), midr_implementer(midr), no_smbios_because(r));
        if (part) {
                AUTO_FREE char *core = part->also ? format("%s (%s)", part->name, part->also) : format("%s", part->name);
                hw_put_text(r->f, "core", core, "MIDR_EL1 (%s)", g->first->midr_from);
        }
        if (maker && !smbios_is_placeholder(maker))
                hw_put_text(r->f, "firmware_vendor", maker, TYPE4 ", Processor Manufacturer");
        AUTO_FREE char *number = g->socket.data ? smbios_text(&g->socket, 0x22) : NULL;
        if (number && !smbios_is_placeholder(number))
                hw_put_text(r->f, "firmware_part", number, TYPE4 ", Part Number");
        u64 family = g->socket.data ? smbios_field(&g->socket, 0x06, 1, 0) : 0;
        if (family == 0xfe)
                family = smbios_field(&g->socket, 0x28, 2, family);
        if (family)
                hw_put_number(r->f, "firmware_family", family, TYPE4 ", Processor Family: a number of DSP0134");
        AUTO_FREE char *text = format("0x%08llx", (unsigned long long)midr);
        hw_put_text(r->f, "midr", text, "%s", g->first->midr_from);
        AUTO_FREE char *stepping = format("r%up%u", midr_variant(midr), midr_revision(midr));
        hw_put_text(r->f, "stepping", stepping, "variant and revision in MIDR_EL1 (%s)", g->first->midr_from);
}

static void put_x86_names(struct reader *r, const struct group *g)
{
        const struct hw_cpu *cpu = g->first;
        if (!hw_put_text(r->f, "vendor", cpu->vendor, "vendor_id in /proc/cpuinfo"))
                hw_put_unknown(r->f, "vendor", "/proc/cpuinfo has no vendor_id");
        if (!hw_put_text(r->f, "model", cpu->model_name, "model name in /proc/cpuinfo"))
                hw_put_unknown(r->f, "model", "/proc/cpuinfo has no model name");
        hw_put_text(r->f, "family", cpu->family, "/proc/cpuinfo");
        hw_put_text(r->f, "model_number", cpu->model, "/proc/cpuinfo");
        hw_put_text(r->f, "stepping", cpu->stepping, "/proc/cpuinfo");
        hw_put_text(r->f, "microcode", cpu->microcode, "/proc/cpuinfo");
        hw_put_text(r->f, "address_sizes", cpu->address_sizes, "/proc/cpuinfo");
}

/* ---- frequencies ---- */

/* What SMBIOS says of the nominal speed: a sentence for when it says nothing usable. */
static const char *smbios_silence(const struct reader *r, const struct group *g)
{
        if (!r->dmi)
                return no_smbios_because(r);
        if (!g->socket.data)
                return "SMBIOS has no type 4 for this socket, or several that differ";
        if (smbios_speed_is_placeholder(&g->socket))
                return "SMBIOS says 2000/2000 MHz, which QEMU fills in; the maker of the virtual machine can set the real one (-smbios "
                       "type=4)";
        return "Current Speed of SMBIOS type 4 is 0: a firmware update may fill it in";
}

/* "... @ 2.30GHz" at the end of an x86 name. */
static u64 hz_in_name(const char *name)
{
        const char *at = name ? strstr(name, "@ ") : NULL;
        char *end;
        double value = at ? strtod(at + 2, &end) : 0;
        return value > 0 && value < 100 && !strncasecmp(end, "GHz", 3) ? (u64)(value * 1000 + 0.5) * 1000000 : 0;
}

/* One processor was measured: where they are of several kinds it says nothing of the others. */
static u64 measured_hz(const struct reader *r)
{
        const struct hw_cpu *first = &r->cpus.list[0];
        u64 hz = 0;
        for (size_t i = 1; i < r->cpus.count; i++)
                if (r->cpus.list[i].online && (r->cpus.list[i].midr != first->midr || r->cpus.list[i].capacity != first->capacity))
                        return 0;
        return probe_number(r->probe, "measured_hz", &hz) ? hz : 0;
}

/*
 * With a constant time stamp counter x86 kernels take the delay loop from its rate: bogomips is twice that. The counter runs at the nominal
 * frequency (Intel SDM 3, 18.17; AMD APM 2, 13.2.4), within what its calibration misses.
 */
static u64 tsc_hz(const struct hw_cpu *cpu)
{
        double bogomips = cpu->bogomips && !cpu->midr ? strtod(cpu->bogomips, NULL) : 0;
        if (!has_word(cpu->features, "constant_tsc") || !(bogomips > 200 && bogomips < 40000))
                return 0;
        return (u64)(bogomips / 2 / 10 + 0.5) * 10000000;
}

static void put_nominal(struct reader *r, const struct group *g)
{
        const struct hw_cpu *cpu = g->first;
        u64 smbios = g->socket.data && !smbios_speed_is_placeholder(&g->socket) ? smbios_current_hz(&g->socket) : 0;
        u64 cpuid = 0, measured = measured_hz(r);
        AUTO_FREE char *how = probe_get(r->probe, "measured_by");
        probe_number(r->probe, "cpuid.base_mhz", &cpuid);
        if (cpu->base_hz)
                hw_put_number(r->f, "nominal_hz", cpu->base_hz, "/sys/devices/system/cpu/cpu%u/cpufreq/base_frequency", cpu->id);
        else if (cpu->cppc_hz)
                hw_put_number(r->f, "nominal_hz", cpu->cppc_hz, "/sys/devices/system/cpu/cpu%u/acpi_cppc/nominal_freq", cpu->id);
        else if (smbios)
                hw_put_number(r->f, "nominal_hz", smbios, TYPE4 ", Current Speed");
        else if (cpu->tree_hz)
                hw_put_number(r->f, "nominal_hz", cpu->tree_hz, "device tree, clock-frequency of cpu%u", cpu->id);
        else if (cpuid)
                hw_put_number(r->f, "nominal_hz", cpuid * 1000000, "CPUID leaf 0x16, base frequency");
        else if (hz_in_name(cpu->model_name))
                hw_put_number(r->f, "nominal_hz", hz_in_name(cpu->model_name), "the model name in /proc/cpuinfo");
        else if (tsc_hz(cpu))
                hw_put_number(
                        r->f, "nominal_hz", tsc_hz(cpu), "bogomips in /proc/cpuinfo with constant_tsc: the rate of the time stamp counter");
        else if (measured) {
                /* A measurement has seven digits, a nameplate four at most. */
                hw_put_number(r->f, "nominal_hz", (measured + 5000000) / 10000000 * 10000000,
                        "measured (%s): what one CPU ran at, which turbo or power saving may move; %s", how ? how : "",
                        smbios_silence(r, g));
                hw_mark(r->f, HW_VOLATILE);
        } else
                hw_put_unknown(r->f, "nominal_hz", "neither cpufreq base_frequency nor acpi_cppc nominal_freq; %s", smbios_silence(r, g));
}

/* The mean of the group, and how far its processors are apart. */
static void put_current(struct reader *r, const struct group *g, const char *why_not)
{
        bool by_hardware = g->first->current_hz != 0;
        u64 sum = 0, low = UINT64_MAX, high = 0, measured = measured_hz(r);
        AUTO_FREE char *how = probe_get(r->probe, "measured_by");
        for (size_t i = 0; i < g->count; i++) {
                u64 hz = by_hardware ? g->cpus[i]->current_hz : g->cpus[i]->governor_hz;
                sum += hz;
                low = hz < low ? hz : low;
                high = hz > high ? hz : high;
        }
        if (high)
                hw_put_number(r->f, "current_hz", sum / g->count,
                        "mean of %zu, from %llu to %llu MHz: cpufreq/%s in /sys/devices/system/cpu", g->count,
                        (unsigned long long)low / 1000000, (unsigned long long)high / 1000000,
                        by_hardware ? "cpuinfo_cur_freq" : "scaling_cur_freq (with some drivers only what was asked for)");
        else if (measured)
                hw_put_number(r->f, "current_hz", measured, "measured (%s)", how ? how : "");
        else
                hw_put_unknown(r->f, "current_hz", "%s", why_not);
        hw_mark(r->f, HW_VOLATILE);
}

static void put_frequencies(struct reader *r, const struct group *g)
{
        const struct hw_cpu *cpu = g->first;
        static const char no_cpufreq[] =
                "no cpufreq driver: load one (cppc_cpufreq on ACPI servers), unless the hypervisor hides frequencies";
        put_nominal(r, g);
        if (cpu->max_hz)
                hw_put_number(r->f, "max_hz", cpu->max_hz, "/sys/devices/system/cpu/cpu%u/cpufreq/cpuinfo_max_freq", cpu->id);
        else
                hw_put_unknown(r->f, "max_hz", "%s", no_cpufreq);
        if (cpu->min_hz)
                hw_put_number(r->f, "min_hz", cpu->min_hz, "/sys/devices/system/cpu/cpu%u/cpufreq/cpuinfo_min_freq", cpu->id);
        else
                hw_put_unknown(r->f, "min_hz", "%s", no_cpufreq);
        put_current(r, g, no_cpufreq);
        if (g->socket.data && smbios_max_hz(&g->socket) && !smbios_speed_is_placeholder(&g->socket))
                hw_put_number(
                        r->f, "board_max_hz", smbios_max_hz(&g->socket), TYPE4 ", Max Speed: what the socket takes, not what the CPU does");
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

static void put_features(struct reader *r, const struct group *g)
{
        const char *words = g->first->features;
        if (!hw_put_list(r->f, "features", words, "%s in /proc/cpuinfo", g->first->midr ? "Features" : "flags")) {
                hw_put_unknown(r->f, "features", "/proc/cpuinfo has no line of them for this CPU");
                return;
        }
        if (g->first->midr)
                put_architecture_names(r, words);
}

static void put_vector_length(struct reader *r, const struct group *g)
{
        u64 bits;
        static const struct {
                const char *word, *key;
        } kinds[] = { { "sve", "sve_bits" }, { "sme", "sme_bits" } };
        for (size_t i = 0; i < ARRAY_LEN(kinds) && g->first->midr; i++) {
                if (!g->first->features)
                        hw_put_unknown(r->f, kinds[i].key, "/proc/cpuinfo has no features for this CPU");
                else if (!has_word(g->first->features, kinds[i].word))
                        hw_put_number(r->f, kinds[i].key, 0, "no %s in /proc/cpuinfo", kinds[i].word);
                else if (probe_number(r->probe, kinds[i].key, &bits))
                        hw_put_number(r->f, kinds[i].key, bits, "the largest length that prctl(2) grants a program");
                else
                        hw_put_unknown(r->f, kinds[i].key, "%s",
                                r->probe ? "prctl(2) refuses to tell" : "only the machine itself tells: `crossarm hw capture` asks it");
        }
}

/* ---- all of it ---- */

static void put_group(struct reader *r, size_t number, const struct group *g)
{
        AUTO_FREE char *ids = cpu_list_text(g->cpus, g->count);
        hw_at(r->f, "cpu.group.%zu", number);
        hw_put_text(r->f, "cpus", ids, "/sys/devices/system/cpu");
        hw_put_number(r->f, "count", g->count, "/sys/devices/system/cpu");
        if (g->first->package >= 0)
                hw_put_number(
                        r->f, "socket", (u64)g->first->package, "/sys/devices/system/cpu/cpu%u/topology/physical_package_id", g->first->id);
        if (g->first->midr)
                put_arm_names(r, g);
        else
                put_x86_names(r, g);
        put_frequencies(r, g);
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
        struct group *groups;
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
