#include <stdio.h>
#include <string.h>

#include "cli/bench_view.h"

#include "base/util.h"

static char *time_text(u64 ns)
{
        return ns < 10000000u     ? format("%.2f ms", (double)ns / 1e6)
               : ns < 1000000000u ? format("%.0f ms", (double)ns / 1e6)
                                  : format("%.2f s", (double)ns / 1e9);
}

static bool shown(const struct bench *b, size_t runner)
{
        return !b->runners[runner].skipped;
}

/* What stands in one place of the table: a time where the ratio is one by definition, else ratios. Malloced. */
static char *cell(const struct bench *b, size_t w, size_t i)
{
        const struct bench_result *r = bench_at(b, w, i);
        if (r->skipped || !r->done)
                return format("-");
        if (bench_baseline(b, w) == i)
                return time_text(bench_least(r, false));
        return format("%.2f (%.2f)", bench_ratio(b, w, i, false), bench_ratio(b, w, i, true));
}

static char *mean_cell(const struct bench *b, size_t i)
{
        double wall = bench_mean(b, i, false), cpu = bench_mean(b, i, true);
        return wall > 0 && cpu > 0 ? format("%.2f (%.2f)", wall, cpu) : format("-");
}

static bool mixed(const struct bench *b, const struct bench_title *t, size_t w)
{
        size_t base = bench_baseline(b, w);
        return t->native && base < b->runner_count && b->runners[base].kind != RUNNER_NATIVE;
}

static int name_width(const struct bench *b)
{
        size_t width = strlen("geometric mean");
        for (size_t w = 0; w < b->work_count; w++)
                width = strlen(b->work[w].name) + 1 > width ? strlen(b->work[w].name) + 1 : width;
        return (int)(width < 40 ? width : 40);
}

/* The reason why nobody runs this row; NULL: somebody does, or each has a reason of its own. */
static const char *all_skip(const struct bench *b, size_t w)
{
        const char *why = NULL;
        for (size_t i = 0; i < b->runner_count; i++) {
                const char *own = bench_at(b, w, i)->skipped;
                if (shown(b, i) && (!own || (why && strcmp(why, own))))
                        return NULL;
                if (shown(b, i))
                        why = own;
        }
        return why;
}

static void row_note(const struct bench *b, size_t w, size_t i)
{
        const struct bench_result *r = bench_at(b, w, i);
        const char *runner = b->runners[i].name;
        if (!shown(b, i))
                return;
        /* With one command alone it is clear which one is meant. */
        AUTO_FREE char *where = b->work_count > 1 ? format("%s, %s", b->work[w].name, runner) : format("%s", runner);
        if (r->skipped)
                printf("%s: skipped: %s\n", where, r->skipped);
        else if (r->differs)
                printf("%s: ANOTHER RESULT: %s\n", where, r->differs);
        else if (r->unsteady)
                printf("%s: the result changes from run to run, so that it was not compared\n", where);
        if (r->done && !r->skipped && r->status)
                printf("%s: exit status %d%s%s\n", where, r->status, r->stderr_says ? ": " : "", r->stderr_says ? r->stderr_says : "");
}

static void notes(const struct bench *b, const struct bench_title *t)
{
        bool any = false;
        for (size_t w = 0; w < b->work_count; w++)
                any |= mixed(b, t, w);
        if (any)
                puts("* times crossarm's, for want of a native time");
        for (size_t i = 0; i < b->runner_count; i++)
                if (b->runners[i].skipped)
                        printf("%s%s%s%s: skipped: %s\n", b->runners[i].name, b->runners[i].program ? " (" : "",
                                b->runners[i].program ? b->runners[i].program : "", b->runners[i].program ? ")" : "",
                                b->runners[i].skipped);
        for (size_t w = 0; w < b->work_count; w++) {
                const char *why = all_skip(b, w);
                if (why)
                        printf("%s: skipped: %s\n", b->work[w].name, why);
                for (size_t i = 0; !why && i < b->runner_count; i++)
                        row_note(b, w, i);
        }
}

void bench_view_text(const struct bench *b, const struct bench_title *t)
{
        int width = name_width(b);
        printf("%s%s%s; the least of %d round%s\n", t->tree, t->native ? "; native: " : "", t->native ? t->native : "", b->rounds,
                b->rounds == 1 ? "" : "s");
        printf("Times %s: by the clock (of the processors)\n\n%-*s", t->native ? "the native time" : "crossarm's time", width, "");
        for (size_t i = 0; i < b->runner_count; i++)
                if (shown(b, i))
                        printf("  %15.15s", b->runners[i].name);
        putchar('\n');
        for (size_t w = 0; w < b->work_count; w++) {
                AUTO_FREE char *name = format("%.*s%s", width - 1, b->work[w].name, mixed(b, t, w) ? "*" : "");
                printf("%-*s", width, name);
                for (size_t i = 0; i < b->runner_count; i++) {
                        AUTO_FREE char *text = cell(b, w, i);
                        if (shown(b, i))
                                printf("  %15s", text);
                }
                putchar('\n');
        }
        if (b->work_count > 1) {
                printf("%-*s", width, "geometric mean");
                for (size_t i = 0; i < b->runner_count; i++) {
                        AUTO_FREE char *text = mean_cell(b, i);
                        if (shown(b, i))
                                printf("  %15s", text);
                }
                putchar('\n');
        }
        putchar('\n');
        notes(b, t);
}
