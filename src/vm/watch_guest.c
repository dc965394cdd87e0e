#include "vm/watch_guest.h"

#include <string.h>

enum { MAX_WAIT_MS = 60000 };

enum watch_cause watch_cause_of(const char *reason, const char **words)
{
        static const struct {
                const char *reason;
                enum watch_cause cause;
                const char *words;
        } reasons[] = {
#define REASON(reason, cause, words) { reason, cause, words },
#include "vm/watch_reason.def"
#undef REASON
        };
        for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
                if (!strcmp(reason, reasons[i].reason)) {
                        *words = reasons[i].words;
                        return reasons[i].cause;
                }
        *words = NULL;
        return WATCH_UNKNOWN;
}

void watch_started(struct watch_guest *g, i64 now, bool by_us)
{
        g->running = true;
        g->ours_to_start = g->proven = false;
        g->started_at = now;
        if (!by_us)
                g->short_runs = 0;
}

void watch_forget_cause(struct watch_guest *g)
{
        g->cause = WATCH_UNKNOWN;
        g->words = NULL;
}

/* Nothing before the first two restarts: an installation and an upgrade reboot early, too. */
static i64 wait_before(u32 short_runs, i64 wait)
{
        if (short_runs < 3)
                return 0;
        for (u32 i = 3; i < short_runs && wait < MAX_WAIT_MS; i++)
                wait *= 2;
        return wait < MAX_WAIT_MS ? wait : MAX_WAIT_MS;
}

enum watch_next watch_stopped(struct watch_guest *g, enum watch_cause cause, i64 now, const struct watch_limits *l)
{
        g->running = g->ours_to_start = false;
        watch_forget_cause(g);
        if (cause != WATCH_REBOOT)
                return WATCH_STAYS_OFF;
        g->short_runs = now - g->started_at >= l->steady_ms ? 0 : g->short_runs + 1;
        if (g->short_runs > l->most)
                return WATCH_GIVES_UP;
        g->ours_to_start = true;
        g->start_at = now + wait_before(g->short_runs, l->wait_ms);
        return WATCH_START;
}

i64 watch_due(const struct watch_guest *g, const struct watch_limits *l)
{
        if (g->ours_to_start)
                return g->start_at;
        return g->running && !g->proven ? g->started_at + l->steady_ms : -1;
}
