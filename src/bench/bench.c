#include "bench/bench.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bench/compare.h"
#include "base/util.h"

enum { LINE_MAX_SHOWN = 60 };

struct turn {
        struct bench *b;
        size_t work, runner;
        int stop;
};

static void skip(struct bench_result *r, char *why)
{
        free(r->skipped);
        r->skipped = why;
}

/* What our engine cannot run gives nothing to compare: nobody runs it then. */
static void look_at_ours(struct bench *b, size_t w)
{
        const char *why = NULL;
        for (size_t i = 0; i < b->runner_count; i++)
                if (b->runners[i].kind == RUNNER_OURS)
                        why = bench_at(b, w, i)->skipped;
        for (size_t i = 0; why && i < b->runner_count; i++)
                if (!bench_at(b, w, i)->skipped)
                        skip(bench_at(b, w, i), format("%s", why));
}

/* What is known without running anything. */
static void look_ahead(struct bench *b)
{
        for (size_t w = 0; w < b->work_count; w++) {
                for (size_t i = 0; i < b->runner_count; i++) {
                        const struct bench_runner *runner = &b->runners[i];
                        struct bench_result *r = bench_at(b, w, i);
                        r->out = -1;
                        if (runner->skipped) {
                                skip(r, format("%s", runner->skipped));
                                continue;
                        }
                        AUTO_FREE char *missing = work_lacks(&b->work[w], runner->look_in);
                        if (missing)
                                skip(r, format("there is no %s in %s", missing, runner->look_in));
                }
                look_at_ours(b, w);
        }
}

static void keep_first(struct bench_result *r, const struct sample *s, int *out, int err)
{
        r->status = s->status;
        r->out = *out;
        *out = -1;
        if (s->status)
                r->stderr_says = compare_line(err, 1, 200);
}

/* The work's command as this runner has it; the words are borrowed. */
static char **command_of(const struct bench_runner *runner, const struct bench_work *work)
{
        size_t n = 0;
        while (work->argv[n])
                n++;
        char **argv = calloc(n + 1, sizeof *argv);
        if (!argv)
                abort();
        memcpy(argv, work->argv, n * sizeof *argv);
        if (runner->argv0)
                argv[0] = (char *)runner->argv0;
        return argv;
}

static int take_turn(const struct turn *t, struct err *e)
{
        const struct bench_runner *runner = &t->b->runners[t->runner];
        struct bench_result *r = bench_at(t->b, t->work, t->runner);
        AUTO_CLOSE int out = memfd_create("stdout", MFD_CLOEXEC), err = memfd_create("stderr", MFD_CLOEXEC);
        if (out < 0 || err < 0)
                return err_set(e, 126, "cannot make a file in memory for the output: %s", strerror(errno));
        struct box box = runner->box;
        AUTO_FREE char **argv = command_of(runner, &t->b->work[t->work]);
        box.argv = argv;
        struct sample_request q = { .box = &box,
                .need_binfmt = runner->kind == RUNNER_QEMU,
                .out = out,
                .err = err,
                .stop = t->stop,
                .timeout_ms = t->b->timeout_ms };
        struct sample s;
        struct err why = { 0 };
        switch (sample_take(&q, &s, &why)) {
        case SAMPLE_STOPPED: return 1;
        case SAMPLE_REFUSED: skip(r, format("%s", why.text)); return 0;
        case SAMPLE_TIMEOUT: skip(r, format("it took more than %d s", t->b->timeout_ms / 1000)); return 0;
        case SAMPLE_DONE: break;
        }
        if (r->done == 0)
                keep_first(r, &s, &out, err);
        else if (s.status != r->status || compare_files(r->out, out))
                r->unsteady = true;
        r->samples[r->done++] = s;
        return 0;
}

static int take_all(struct bench *b, const struct bench_progress *p, int stop, struct err *e)
{
        for (int round = 0; round < b->rounds; round++)
                for (size_t w = 0; w < b->work_count; w++)
                        for (size_t i = 0; i < b->runner_count; i++) {
                                struct turn t = { .b = b, .work = w, .runner = i, .stop = stop };
                                if (bench_at(b, w, i)->skipped)
                                        continue;
                                if (p && p->tell)
                                        p->tell(p->arg, round, b->work[w].name, b->runners[i].name);
                                int n = take_turn(&t, e);
                                if (n)
                                        return n;
                        }
        return 0;
}

static char *difference(const struct bench_result *r, const struct bench_result *base, const char *name)
{
        if (r->status != base->status)
                return format("exit status %d, and %d %s", r->status, base->status, name);
        long line = compare_files(r->out, base->out);
        if (line <= 0)
                return line ? format("its output cannot be read: %s", strerror(errno)) : NULL;
        AUTO_FREE char *ours = compare_line(r->out, line, LINE_MAX_SHOWN), *theirs = compare_line(base->out, line, LINE_MAX_SHOWN);
        return format("line %ld of its output is '%s', and '%s' %s", line, ours ? ours : "", theirs ? theirs : "", name);
}

static void compare_row(struct bench *b, size_t w)
{
        size_t base = bench_baseline(b, w);
        for (size_t i = 0; base < b->runner_count && i < b->runner_count; i++) {
                struct bench_result *r = bench_at(b, w, i), *with = bench_at(b, w, base);
                AUTO_FREE char *name = format("%s %s", b->runners[base].kind == RUNNER_NATIVE ? "is what is" : "by", b->runners[base].name);
                if (i != base && r->done && !r->skipped && !r->unsteady && !with->unsteady)
                        r->differs = difference(r, with, name);
        }
}

sigset_t bench_stops(void)
{
        sigset_t stops;
        sigemptyset(&stops);
        sigaddset(&stops, SIGINT);
        sigaddset(&stops, SIGTERM);
        sigaddset(&stops, SIGHUP);
        return stops;
}

int bench_run(struct bench *b, const struct bench_progress *p, struct err *e)
{
        b->results = calloc(b->work_count * b->runner_count, sizeof *b->results);
        if (!b->results)
                abort();
        look_ahead(b);
        for (size_t i = 0; i < b->work_count * b->runner_count; i++)
                if (!(b->results[i].samples = calloc((size_t)b->rounds, sizeof *b->results[i].samples)))
                        abort();
        sigset_t stops = bench_stops();
        AUTO_CLOSE int stop = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
        if (stop < 0)
                return err_set(e, 126, "cannot watch for signals: %s", strerror(errno));
        int result = take_all(b, p, stop, e);
        struct signalfd_siginfo info;
        if (result > 0)
                result = read(stop, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : SIGINT;
        for (size_t w = 0; result == 0 && w < b->work_count; w++)
                compare_row(b, w);
        return result;
}

void bench_free(struct bench *b)
{
        for (size_t i = 0; b->results && i < b->work_count * b->runner_count; i++) {
                struct bench_result *r = &b->results[i];
                close_fd_var(&r->out);
                free(r->samples);
                free(r->skipped);
                free(r->differs);
                free(r->stderr_says);
        }
        free(b->results);
        b->results = NULL;
}

u64 bench_least(const struct bench_result *r, bool cpu)
{
        u64 least = 0;
        for (size_t i = 0; !r->skipped && i < r->done; i++) {
                u64 t = cpu ? r->samples[i].cpu : r->samples[i].wall;
                least = i == 0 || t < least ? t : least;
        }
        return least;
}

static bool has_result(const struct bench *b, size_t work, size_t runner)
{
        const struct bench_result *r = bench_at(b, work, runner);
        return r->done && !r->skipped;
}

size_t bench_baseline(const struct bench *b, size_t work)
{
        for (enum runner_kind kind = RUNNER_NATIVE; kind <= RUNNER_OURS; kind++)
                for (size_t i = 0; i < b->runner_count; i++)
                        if (b->runners[i].kind == kind && has_result(b, work, i))
                                return i;
        return b->runner_count;
}

double bench_ratio(const struct bench *b, size_t work, size_t runner, bool cpu)
{
        size_t base = bench_baseline(b, work);
        if (base == b->runner_count || !has_result(b, work, runner))
                return 0;
        u64 whole = bench_least(bench_at(b, work, base), cpu);
        return whole ? (double)bench_least(bench_at(b, work, runner), cpu) / (double)whole : 0;
}

static bool has_any(const struct bench *b, size_t runner)
{
        for (size_t w = 0; w < b->work_count; w++)
                if (has_result(b, w, runner))
                        return true;
        return false;
}

static bool is_complete(const struct bench *b, size_t work, bool cpu)
{
        for (size_t i = 0; i < b->runner_count; i++)
                if (has_any(b, i) && bench_ratio(b, work, i, cpu) <= 0)
                        return false;
        return true;
}

/* By halving, since libm would make each start of crossarm longer. */
static double geometric_mean(const double *at, size_t count)
{
        double low = at[0], high = at[0];
        for (size_t i = 1; i < count; i++) {
                low = at[i] < low ? at[i] : low;
                high = at[i] > high ? at[i] : high;
        }
        for (int step = 0; step < 60; step++) {
                double middle = (low + high) / 2, product = 1;
                for (size_t i = 0; i < count; i++)
                        product *= at[i] / middle;
                if (product > 1)
                        low = middle;
                else
                        high = middle;
        }
        return (low + high) / 2;
}

double bench_mean(const struct bench *b, size_t runner, bool cpu)
{
        AUTO_FREE double *ratios = calloc(b->work_count, sizeof *ratios);
        size_t rows = 0;
        if (!ratios)
                abort();
        for (size_t w = 0; has_any(b, runner) && w < b->work_count; w++)
                if (is_complete(b, w, cpu))
                        ratios[rows++] = bench_ratio(b, w, runner, cpu);
        return rows > 1 ? geometric_mean(ratios, rows) : 0;
}
