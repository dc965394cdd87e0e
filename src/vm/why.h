/* Why a machine does not come up: its state, its console's text, and what its definition tells about one that stays silent. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include "vm/console_verdict.h"
#include "vm/source.h"

struct why {
        char *console; /* where the text came from: a file, "its serial console" */
        struct console_report report;
        char *state;       /* "running", "off", "paused"; NULL for a file */
        char *what, *cure; /* the answer; what is never NULL */
        bool trouble;      /* something is wrong, or nothing is known */
};

#define AUTO_WHY __attribute__((cleanup(why_free)))
void why_free(struct why *w);

/* A console's text that was kept. 0, or -1 and *e with code 2. */
int why_of_file(const char *path, struct why *w, struct err *e);

/*
 * A machine that libvirt knows: its console's log file when it has one that can be read here, else its console for `seconds`, or until that
 * tells enough. Nothing is typed. Wants the event loop (console_events()). 0, or -1 and *e.
 */
int why_of_domain(struct vm_source *source, unsigned seconds, struct why *w, struct err *e);
