#include "hw/probe.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"

static u64 nanoseconds(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

/* The best of several runs of a chain, in nanoseconds: whatever else the machine does only makes it slower. */
static u64 time_chain(unsigned kind, u64 rounds)
{
        u64 best = UINT64_MAX;
        for (int i = 0; i < 7; i++) {
                u64 start = nanoseconds();
                probe_chain(kind, rounds);
                u64 took = nanoseconds() - start;
                best = took < best ? took : best;
        }
        return best ? best : 1;
}

/* Cycles that the processor itself counts against the clock: works where the PMU may be used. */
static u64 by_counter(u64 rounds)
{
        struct perf_event_attr a = {
                .type = PERF_TYPE_HARDWARE, .size = sizeof a, .config = PERF_COUNT_HW_CPU_CYCLES, .exclude_kernel = 1, .exclude_hv = 1
        };
        AUTO_CLOSE int fd = (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0UL);
        u64 before, after;
        if (fd < 0)
                return 0;
        probe_chain(0, rounds);
        u64 start = nanoseconds();
        if (read(fd, &before, sizeof before) != sizeof before)
                return 0;
        for (int i = 0; i < 7; i++)
                probe_chain(0, rounds);
        u64 took = nanoseconds() - start;
        if (read(fd, &after, sizeof after) != sizeof after || !took)
                return 0;
        /* An emulator's counter has nothing to do with its instructions, which take a cycle each here. */
        double each = (double)(after - before) / (double)(7 * rounds * HW_CHAIN);
        if (each < 0.97 || each > 1.1)
                return 0;
        return (u64)((double)(after - before) * 1e9 / (double)took);
}

/* The chains must agree: then an instruction of each is a cycle. Under an emulator the one with the carry takes longer. */
static u64 by_chains(u64 rounds)
{
        u64 times[HW_CHAINS], low = UINT64_MAX, high = 0;
        for (unsigned k = 0; k < HW_CHAINS; k++) {
                times[k] = time_chain(k, rounds);
                low = times[k] < low ? times[k] : low;
                high = times[k] > high ? times[k] : high;
        }
        if (high - low > high / 25)
                return 0;
        return (u64)((double)rounds * HW_CHAIN * 1e9 / (double)low);
}

void probe_speed(struct probe *p)
{
        enum { ROUNDS = 20000 }; /* 1.3 million cycles a run: below a millisecond, above the noise of the clock */
        u64 hz = by_counter(ROUNDS);
        if (hz > 100000000) {
                probe_put(p, "measured_hz", "%llu", (unsigned long long)hz);
                probe_put(p, "measured_by", "cycle counter");
                return;
        }
        /* On a busy machine one chain may have been disturbed in each of its runs: once more, then. */
        for (int i = 0; i < 4 && (hz = by_chains(ROUNDS)) == 0; i++)
                ;
        if (hz > 100000000) {
                probe_put(p, "measured_hz", "%llu", (unsigned long long)hz);
                probe_put(p, "measured_by", "timed chains of dependent instructions");
        } else {
                probe_put(p, "measured_by", "nothing: the chains disagree");
        }
}
