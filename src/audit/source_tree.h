/*
 * What the files of a source tree have to do with each other: who includes whom, and what the build files compile. Kept as hashes, so that
 * it stays small on the largest trees: 24 bytes for a name, 16 for an inclusion.
 */
#pragma once
#include "base/types.h"

#include <stddef.h>

struct source_tree;

enum fact_kind {
        FACT_FILE,   /* a file's name without its folders */
        FACT_BUILT,  /* the same without its suffix, as build files name it */
        FACT_SUBDIR, /* the last component of a folder that build files go into */
        FACT_MACRO,  /* a name that the tree itself defines */
        FACT_FOLDER, /* of Go */
        FACT_FAMILY, /* a path with * for a processor */
};

enum {
        /* FACT_FILE */
        FILE_UNIT = 1,     /* is compiled by itself: .c, .cpp, .S */
        FILE_PLAIN = 2,    /* its path says nothing about processors, other systems or tests */
        FILE_INCLUDED = 4, /* somebody includes it */
        FILE_HERE = 8,     /* is in the tree */
        FILE_LIVE = 16,    /* made by tree_trace(): an arm64 build gets to it */
        /* FACT_BUILT, FACT_SUBDIR */
        BUILT_OPEN = 1,   /* for every processor */
        BUILT_ASKED = 2,  /* under a condition about processors or systems */
        BUILT_OPTION = 4, /* under another condition, or only put into releases */
        /* FACT_FAMILY */
        FAMILY_X86 = 1,
        FAMILY_ARM = 2,
        FAMILY_OTHER = 4,
        FAMILY_GENERIC = 8,
        /* FACT_FOLDER */
        FOLDER_X86 = 1,    /* has assembly for x86 */
        FOLDER_OTHERS = 2, /* has files that are for all but x86, or for arm64 */
        FOLDER_PLAIN = 4,  /* has files for every processor */
};

/* *t is made when it is NULL. Names may have folders and suffixes: what the kind does not want is cut off. */
void tree_fact(struct source_tree **t, enum fact_kind kind, const char *name, size_t len, u32 flags);
void tree_includes(struct source_tree **t, const char *from, const char *name, size_t len);
u32 tree_flags(const struct source_tree *t, enum fact_kind kind, const char *name, size_t len);

void tree_facts_merge(struct source_tree **to, struct source_tree *from); /* frees from */
void tree_facts_free(struct source_tree *t);

/*
 * Which files an arm64 build gets to: those that it compiles (named by a build file without asking for the processor, or by none in a tree
 * whose build files name few), and what they include without asking for it. Afterwards tree_live() tells.
 */
void tree_trace(struct source_tree *t);
bool tree_live(const struct source_tree *t, const char *path);
