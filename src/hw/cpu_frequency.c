/* How fast a processor is, from the best source that there is. */
#include "hw/cpu_group.h"

#include <string.h>

#include "base/util.h"
#include "hw/probe.h"

/* What SMBIOS says of the nominal speed: a sentence for when it says nothing usable. */
static const char *smbios_silence(const struct reader *r, const struct cpu_group *g)
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
        if (!cpu_has_word(cpu->features, "constant_tsc") || !(bogomips > 200 && bogomips < 40000))
                return 0;
        return (u64)(bogomips / 2 / 10 + 0.5) * 10000000;
}

static void put_nominal(struct reader *r, const struct cpu_group *g)
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
static void put_current(struct reader *r, const struct cpu_group *g, const char *why_not)
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

void cpu_put_frequencies(struct reader *r, const struct cpu_group *g)
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
