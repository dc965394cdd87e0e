/*
 * The same work by several runners, in turns, so that what slows the machine down for a while slows all of them down. Nothing is printed
 * here; see doc/bench.md.
 */
#pragma once
#include "bench/sample.h"
#include "bench/work.h"

#include <signal.h>

enum runner_kind { RUNNER_NATIVE, RUNNER_OURS, RUNNER_QEMU };

struct bench_runner {
        enum runner_kind kind;
        const char *name;    /* "native", "crossarm", "QEMU 7.2" */
        const char *program; /* the engine; NULL for native */
        const char *version;
        const char *skipped; /* why it takes no part; NULL: it does */
        const char *look_in; /* the tree as programs are looked for in it beforehand */
        const char *argv0;   /* instead of the work's program; NULL: that one */
        struct box box;      /* argv is the work's */
};

struct bench_result {
        struct sample *samples; /* `done` of them */
        size_t done;
        int status;        /* of the first run */
        char *skipped;     /* why there are no samples; NULL when there are */
        char *differs;     /* how the result is not that of the one it is compared with; NULL: it is the same */
        char *stderr_says; /* the first line there of a run that failed; NULL: nothing */
        bool unsteady;     /* its own runs do not give the same result */
        int out;           /* the first run's output; -1: none */
};

struct bench {
        const struct bench_runner *runners;
        size_t runner_count;
        const struct bench_work *work;
        size_t work_count;
        int rounds, timeout_ms;
        struct bench_result *results; /* by work, then runner: bench_at(); made by bench_run() */
};

/* Called before each run. */
struct bench_progress {
        void (*tell)(void *arg, int round, const char *work, const char *runner);
        void *arg;
};

/* The signals that end it early: SIGINT, SIGTERM, SIGHUP. */
sigset_t bench_stops(void);

/* 0, or the number of one of those signals when it ended early: nothing of it runs any more then. -1 and *e. Call it with them blocked. */
int bench_run(struct bench *b, const struct bench_progress *p, struct err *e);
void bench_free(struct bench *b);

static inline struct bench_result *bench_at(const struct bench *b, size_t work, size_t runner)
{
        return &b->results[work * b->runner_count + runner];
}

/* The least of the rounds, in ns; 0 when there is none. */
u64 bench_least(const struct bench_result *r, bool cpu);

/* The runner that this row's times are compared with: native when it has a result, else ours, else none: runner_count. */
size_t bench_baseline(const struct bench *b, size_t work);

/* How many times the baseline's; 0 when there is no answer. */
double bench_ratio(const struct bench *b, size_t work, size_t runner, bool cpu);

/* The geometric mean of a runner's ratios over the rows that all runners with any result have; 0 when there are fewer than two. */
double bench_mean(const struct bench *b, size_t runner, bool cpu);
