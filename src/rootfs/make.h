/* The two jobs that make a tree, and the forms it can have. */
#pragma once
#include "rootfs/job.h"
#include "rootfs/source.h"

/* By the target's name: .tar (.gz, .xz, .zst), .squashfs, .ext4; everything else is a folder. */
enum make_form { MAKE_FOLDER, MAKE_TAR, MAKE_SQUASHFS, MAKE_EXT4 };
enum make_form make_form(const char *target);

/* What pours entries into where a form takes them from. */
typedef int make_pour_fn(struct job *j, const void *what, const struct import_to *to, struct err *e);

/* The job's result, in the form that its target's name asks for, from what `pour` pours. */
int make_result(struct job *j, make_pour_fn *pour, const void *what, struct err *e);

/* A file `result` with an ext4 file system that has what is in the folder `tree`. */
int make_ext4(struct job *j, const char *tree, const char *result, struct err *e);

/* Work for job_run(); the plan is a struct import_plan. */
int make_import(struct job *j, struct err *e);

struct create_plan {
        const char *arch, *suite, *variant, *include, *components, *keyring; /* the last three may be NULL */
        const char *mirror;                                                  /* NULL: the distribution's own */
};

/* The mirror of the distribution that has this suite. */
const char *make_mirror(const char *suite, const char *arch);

/* Work for job_run(); the plan is a struct create_plan. mmdebstrap does it. */
int make_create(struct job *j, struct err *e);
