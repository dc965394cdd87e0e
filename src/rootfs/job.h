/*
 * Work on a tree that may take minutes: in a user and process namespace of its own, in a working folder beside the target. Only what is
 * whole gets the target's name. When the caller dies in whatever way all processes of the job end and the working folder goes.
 */
#pragma once
#include "base/types.h"
#include "base/err.h"

struct job_news {
        char phase[80];  /* "unpacking"; "" for a line of a program's output */
        char text[400];  /* what is being done, or the line */
        u64 done, total; /* of the phase; total 0: not known */
};

struct notes {
        u32 devices; /* device nodes and sockets left out */
        u32 owners;  /* entries whose owner could not be kept */
        u32 others;  /* attributes and times that could not be kept */
        char first[160];
};

/* What the work sees. */
struct job {
        const char *work;   /* the working folder, absolute */
        const char *target; /* as the caller named it */
        int line;           /* to the caller */
        struct notes notes;
        u64 left;           /* bytes that may still be written */
        const void *plan;   /* the caller's */
        const char *engine; /* to register in the namespace; NULL: not needed */
};

/* Tell the caller, not more often than it can look. */
void job_tell(struct job *j, const char *phase, u64 done, u64 total, const char *text);

/* Pass on a line of a program's output. */
void job_line(struct job *j, const char *line);

/* The result, which the work leaves as this name in the working folder. */
#define JOB_RESULT "result"

struct job_options {
        const char *target, *engine;
        const void *plan;
        u64 max_size;
        void (*tell)(void *to, const struct job_news *n);
        void *to;
};

/* Run `work` so; it returns 0 or -1 and *e. The notes come back when all went well. */
int job_run(const struct job_options *o, int (*work)(struct job *j, struct err *e), struct notes *notes, struct err *e);

/* In the work: run `step` in a child that can see nothing but the folder `root`. A crash of it is an error like others. */
int job_confined(
        struct job *j, const char *root, int (*step)(struct job *j, void *arg, struct err *e), void *arg, const char *what, struct err *e);

/* A program at work. */
struct job_program {
        const char *name;
        int pid;
        int errors; /* what it prints to standard error: a file in memory, or when it is followed the pipe to read it from */
        bool followed;
};

/*
 * Start a program with the given standard input and output (-1: /dev/null). With `follow` the caller reads and closes p->errors. 0, or
 * -1 and *e.
 */
int job_start(char *const *argv, int in, int out, bool follow, struct job_program *p, struct err *e);

/* Wait for it. 0, or -1 and *e when it failed, with the first line that it printed about that. */
int job_wait(struct job_program *p, struct err *e);
