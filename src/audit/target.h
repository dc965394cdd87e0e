/* The system that arm64 files are to run on: what its libraries offer. */
#pragma once
#include "audit/elf_facts.h"
#include "base/err.h"

struct target {
        const char *name;
        version glibc, glibcxx, cxxabi, kernel; /* 0: not known */
        const char *source;
        char **libraries; /* of a sysroot: sorted names and paths; NULL: not looked at */
        size_t library_count;
        bool musl; /* the C library is musl */
};

/* By name ("centos7", "ubuntu22.04"); NULL when there is none such. */
const struct target *target_find(const char *name);

/* "amazonlinux2, centos7, ...": malloced. */
char *target_names(void);

/* From a root folder: the versions its arm64 libraries define, and which libraries there are. 0, or -1 and *e. */
int target_of_sysroot(const char *dir, struct target *t, struct err *e);
void target_free(struct target *t);
bool target_has_library(const struct target *t, const char *name_or_path);
