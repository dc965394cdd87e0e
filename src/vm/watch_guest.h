/*
 * What becomes of a guest that has stopped: the decisions of `crossarm vm watch`, without libvirt and without a clock. Times are
 * milliseconds of any clock that does not go back.
 */
#pragma once
#include "base/types.h"

enum watch_cause { WATCH_UNKNOWN, WATCH_REBOOT, WATCH_OFF };

struct watch_limits {
        i64 steady_ms; /* who has run that long has started well */
        i64 wait_ms;   /* before the third start in a row that did not; doubled each time */
        u32 most;      /* so many short runs in a row, and no more starts */
};

struct watch_guest {
        char uuid[37];
        char *name;
        bool running, ours_to_start; /* ours_to_start: at start_at */
        bool proven;                 /* this run was a steady one, and that has been noted */
        i64 started_at, start_at;
        u32 short_runs;
        enum watch_cause cause; /* what QEMU said before it ended */
        const char *words;
        int cause_id; /* of which run, by libvirt's count of starts */
};

/* The row of watch_reason.def for QEMU's word; WATCH_UNKNOWN for a new one. *words may be NULL then. */
enum watch_cause watch_cause_of(const char *reason, const char **words);

/* QEMU has started. by_us: it is one of our restarts, and what went before counts. The cause of its end may have been told already. */
void watch_started(struct watch_guest *g, i64 now, bool by_us);

enum watch_next { WATCH_STAYS_OFF, WATCH_START, WATCH_GIVES_UP };

/* The guest is off, for `cause`. WATCH_START: start it at g->start_at. */
enum watch_next watch_stopped(struct watch_guest *g, enum watch_cause cause, i64 now, const struct watch_limits *l);

/* What QEMU said belongs to a run that is over. */
void watch_forget_cause(struct watch_guest *g);

/* When something is to be done with the guest next; -1: nothing. */
i64 watch_due(const struct watch_guest *g, const struct watch_limits *l);
