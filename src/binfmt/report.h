/* What works here and why: every architecture tried, and what the visible handlers have to do with it. Changes nothing. */
#pragma once
#include "binfmt/arch.h"
#include "binfmt/handler.h"
#include "binfmt/sample.h"

/* Where this process stands. */
struct binfmt_view {
        bool mounted; /* a binfmt_misc is visible at BINFMT_DIR */
        bool enabled; /* and switched on as a whole */
        bool initial; /* we are in the machine's own user namespace */
        bool foreign; /* the visible instance belongs to an outer user namespace */
        struct handler_list handlers;
};

struct binfmt_report {
        const struct arch *arch;
        bool appimage;
        struct sample sample;
        const struct handler *handler; /* the visible one that takes it, or NULL; of the view */
        char *owner;                   /* see owner_find(); NULL: none, or the handler is a private namespace's */
        bool owner_same;               /* the owner's file names the same interpreter */
        char version[160];             /* of the interpreter; "" when it does not tell */
        char *remark;                  /* a sentence about what is wrong or risky, or NULL */
};

void binfmt_view_read(struct binfmt_view *v, const char *dir);
void binfmt_view_free(struct binfmt_view *v);

void binfmt_report_make(struct binfmt_report *r, const struct binfmt_view *v, const struct arch *a, bool appimage);
void binfmt_report_free(struct binfmt_report *r);

/* "works", "no handler"...: two or three words. */
const char *binfmt_outcome_name(enum sample_outcome o);
