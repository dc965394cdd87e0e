/* Which native files for x86 Linux have an arm64 twin. */
#pragma once
#include "audit/artefact.h"

/* Among the files of one artefact: findings X86_ONLY, PARTLY, NO_MUSL, OTHER_ONLY. */
void cover_judge(struct artefact *a);

/* Among its parts (foo_amd64.deb beside foo_arm64.deb): marks those that have one. */
void cover_twins(struct artefact *a);

/* That there is nothing for arm64 in here is no fault: it becomes a note. */
void cover_excuse(struct artefact *a);

/* Files of the same name but for processor, system and C library. */
struct cover_group {
        const char *key;
        const struct native *x86, *arm64, *other;          /* one of each; NULL: there is none */
        bool x86_musl, arm64_musl, x86_plain, arm64_plain; /* plain: glibc, or no C library at all */
        version x86_glibc, arm64_glibc, x86_glibcxx, arm64_glibcxx;
        bool x86_amd64;
};

/* All groups of an artefact, sorted by key; `keys` owns their names. */
struct cover {
        struct cover_group *groups;
        size_t count;
        char **keys;
        size_t key_count;
};
void cover_read(const struct artefact *a, struct cover *c);
void cover_free(struct cover *c);
