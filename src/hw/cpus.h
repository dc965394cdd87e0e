/* The processors of a tree: /proc/cpuinfo, /sys/devices/system/cpu and the device tree, one record each. */
#pragma once
#include "hw/tree.h"

struct hw_cpu {
        u32 id;
        bool online;
        i64 package, core; /* -1 when unknown */
        u64 midr;          /* 0 when unknown */
        const char *midr_from;
        u64 capacity;                                                           /* of a core in a big.LITTLE machine; 0 when unknown */
        u64 base_hz, cppc_hz, tree_hz, min_hz, max_hz, current_hz, governor_hz; /* cpufreq, ACPI CPPC, device tree; 0 when unknown */
        char *cluster;                                                          /* cluster_cpus_list */
        char *siblings;                                                         /* thread_siblings_list */
        char *features, *vendor, *model_name, *family, *model, *stepping, *microcode, *bogomips, *address_sizes; /* /proc/cpuinfo */
};

struct hw_cpus {
        struct hw_cpu *list;
        size_t count;
        char *online, *present; /* lists as the kernel writes them */
        char *hardware;         /* "Hardware" of old arm kernels */
};

void cpus_load(struct hw_cpus *cpus, struct hw_tree *t);
void cpus_free(struct hw_cpus *cpus);

/* Whether a number is in a list such as "0-3,8". */
bool cpu_list_has(const char *list, u32 id);

/* How many numbers such a list names; 0 when it is malformed. */
u32 cpu_list_count(const char *list);

/* Such a list from processors, malloced. */
char *cpu_list_text(const struct hw_cpu *const *cpus, size_t count);

/* The value of a cpuinfo line "name   : value" for a processor, malloced; of the lines that belong to none when it has none. */
char *cpuinfo_get(const char *cpuinfo, u32 id, const char *name);
