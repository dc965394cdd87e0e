#include "cli/bench_view.h"

#include "cli/json.h"

static void put_runner(struct json *j, const struct bench_runner *r)
{
        static const char *const kinds[] = { [RUNNER_NATIVE] = "native", [RUNNER_OURS] = "crossarm", [RUNNER_QEMU] = "qemu" };
        json_open(j, NULL, '{');
        json_put_string(j, "name", r->name);
        json_put_string(j, "kind", kinds[r->kind]);
        json_put_string(j, "program", r->program);
        json_put_string(j, "version", r->version && *r->version ? r->version : NULL);
        json_put_string(j, "skipped", r->skipped);
        json_close(j, '}');
}

static void put_ratio(struct json *j, const char *key, double ratio)
{
        if (ratio > 0)
                json_put_decimal(j, key, ratio);
        else
                json_put_string(j, key, NULL);
}

static void put_times(struct json *j, const char *key, const struct bench_result *r, bool cpu)
{
        json_open(j, key, '[');
        for (size_t i = 0; !r->skipped && i < r->done; i++)
                json_put_number(j, NULL, (i64)(cpu ? r->samples[i].cpu : r->samples[i].wall));
        json_close(j, ']');
}

static void put_result(struct json *j, const struct bench *b, size_t w, size_t i)
{
        const struct bench_result *r = bench_at(b, w, i);
        bool have = r->done && !r->skipped;
        json_open(j, NULL, '{');
        json_put_string(j, "runner", b->runners[i].name);
        json_put_string(j, "skipped", r->skipped);
        put_times(j, "wall_ns", r, false);
        put_times(j, "cpu_ns", r, true);
        put_ratio(j, "wall_ratio", bench_ratio(b, w, i, false));
        put_ratio(j, "cpu_ratio", bench_ratio(b, w, i, true));
        if (have)
                json_put_number(j, "status", r->status);
        else
                json_put_string(j, "status", NULL);
        json_put_bool(j, "steady", !r->unsteady);
        json_put_string(j, "differs", r->differs);
        json_close(j, '}');
}

static void put_work(struct json *j, const struct bench *b, size_t w)
{
        size_t base = bench_baseline(b, w);
        json_open(j, NULL, '{');
        json_put_string(j, "name", b->work[w].name);
        json_open(j, "command", '[');
        for (char *const *a = b->work[w].argv; *a; a++)
                json_put_string(j, NULL, *a);
        json_close(j, ']');
        json_put_string(j, "baseline", base < b->runner_count ? b->runners[base].name : NULL);
        json_open(j, "results", '[');
        for (size_t i = 0; i < b->runner_count; i++)
                put_result(j, b, w, i);
        json_close(j, ']');
        json_close(j, '}');
}

void bench_view_json(const struct bench *b, const struct bench_title *t)
{
        struct json j = { .to = stdout };
        json_open(&j, NULL, '{');
        json_put_number(&j, "format", 1);
        json_put_string(&j, "tree", t->tree);
        json_put_string(&j, "native", t->native);
        json_put_number(&j, "rounds", b->rounds);
        json_open(&j, "runners", '[');
        for (size_t i = 0; i < b->runner_count; i++)
                put_runner(&j, &b->runners[i]);
        json_close(&j, ']');
        json_open(&j, "work", '[');
        for (size_t w = 0; w < b->work_count; w++)
                put_work(&j, b, w);
        json_close(&j, ']');
        json_open(&j, "geometric_mean", '[');
        for (size_t i = 0; i < b->runner_count; i++) {
                json_open(&j, NULL, '{');
                json_put_string(&j, "runner", b->runners[i].name);
                put_ratio(&j, "wall_ratio", bench_mean(b, i, false));
                put_ratio(&j, "cpu_ratio", bench_mean(b, i, true));
                json_close(&j, '}');
        }
        json_close(&j, ']');
        json_close(&j, '}');
}
