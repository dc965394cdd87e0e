/* What is looked at: one program, and the root it belongs to. */
#pragma once
#include "binfmt/report.h"
#include "box/probe.h"
#include "doctor/doctor.h"

#include <sys/stat.h>

struct subject {
        const char *name;   /* what sentences call it */
        const char *path;   /* on this machine */
        const char *tree;   /* the tree it belongs to; NULL: this machine's own */
        const char *run;    /* the operand of `crossarm run` that runs it */
        const char *engine; /* path of crossarm-aarch64 */
        int fd, root;       /* the file, and the folder that is its / */
        struct stat st;
        struct program program;
        char interp[256]; /* the loader that an ELF file names; "" without one */
        u8 head[256];
        size_t len;
        const struct arch *arch; /* NULL: no ELF file, or of a machine we do not know */
        struct binfmt_view view;
        struct binfmt_report report; /* of `arch` */
        int depth;                   /* how many scripts led here */
};

/* One cause. look() fills text and fix when it is there; it may choose another mark than FINDING_WRONG and a nearer cause. */
struct cause {
        const char *name;
        bool last; /* what comes after it cannot be told when this is found */
        bool (*look)(const struct subject *s, struct finding *out);
};

/* Each ends with a row without a name. */
extern const struct cause file_causes[];    /* of the file as such: rights, mount, content */
extern const struct cause handler_causes[]; /* of what the kernel does with its architecture */
extern const struct cause tree_causes[];    /* of what is around it in its root */
extern const struct cause library_causes[]; /* of what it needs under any handler, and under `crossarm run` */

/* s->fd, root, names and engine are given; the rest is read from the file. -1 with errno. */
int subject_read(struct subject *s);
void subject_free(struct subject *s);

/* All causes, for the interpreter of a script as well. */
void subject_judge(const struct subject *s, struct findings *f);

/* "sudo " for those who are not root. */
const char *as_root(void);

/* The command that installs a package in the subject's root; NULL when its package manager is not known. Malloced. */
char *install_command(const struct subject *s, const char *package);

/* The same for the package that has a shared library. */
char *install_library_command(const struct subject *s, const char *library);

/* Opens `path` as the subject sees it; -1 with errno. */
int subject_open(const struct subject *s, const char *path);
