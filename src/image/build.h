/*
 * Builds by buildah (chroot isolation) in a namespace of ours that has our engine, one process and one buildah storage per platform: images
 * of one name and several platforms would replace each other in a common one.
 */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/platform.h"
#include "image/store.h"

struct build_step {
        char *text; /* "[1/2] STEP 3/5: RUN make" */
        double seconds;
};

/* One platform's build: buildah builds, then writes the image to a layout. */
struct build {
        struct platform platform;
        int pid, output; /* of the running buildah; 0: none */
        bool exporting;
        const char *advice; /* what may help when it failed, or NULL */
        double started, ended;
        int status; /* as a shell has it */
        struct build_step *steps;
        size_t step_count;
        char line[4096]; /* what of the last line has come */
        size_t line_len;
        double step_started;
};

struct build_options {
        const struct store *store;
        const char *engine;
        const char *file, *context; /* the Containerfile and the folder */
        char *const *pass;          /* further options for buildah, NULL-terminated */
        bool no_verify;
        u32 uid, gid; /* the user's, outside of the namespace: buildah's files are found by them */
        u32 jobs;
        /* A whole line of a build's output. */
        void (*line)(void *arg, const struct build *b, const char *text);
        void *arg;
};

/* Run all builds, at most `jobs` at once. 0 when all went well; the statuses are in them. */
int build_all(struct build *builds, size_t count, const struct build_options *o, struct err *e);
void build_free(struct build *b);

/* The layout with the image of a build that went well, a folder that is the caller's to remove. Malloced. */
char *build_layout(const struct build *b, const struct build_options *o);

/* A further step, which the caller does. */
void build_step_begin(struct build *b, const char *text);
void build_step_end(struct build *b);
