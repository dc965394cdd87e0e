/* One run of one command in a box, measured from the moment the box is ready to the end of the command. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "box/box.h"

struct sample_request {
        const struct box *box; /* its `ready` is taken for the measurement */
        bool need_binfmt;      /* children must be emulated by the box's engine too: only the kernel's binfmt_misc sees to that */
        int out, err;          /* descriptors that take the command's output */
        int stop;              /* becomes readable (a signalfd) when the run is to be given up */
        int timeout_ms;
};

enum sample_end {
        SAMPLE_DONE,
        SAMPLE_REFUSED, /* the command could not be started, and *e says why */
        SAMPLE_TIMEOUT,
        SAMPLE_STOPPED,
};

struct sample {
        u64 wall, cpu; /* ns; cpu with that of the children it waited for */
        int status;    /* as shells have it: 128 + N for the signal N */
};

/* When this returns, the command and its process group have ended. Standard input is empty. */
enum sample_end sample_take(const struct sample_request *q, struct sample *s, struct err *e);
