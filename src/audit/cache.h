/*
 * What walks found before (facts.h), under a key that stands for what was looked at: a file's content (SHA-256), which is kept under its
 * inode, size and times, so that a file is read again only when these changed; or the inodes, sizes and times of many files.
 */
#pragma once
#include <jansson.h>

#include "audit/audit.h"
#include "audit/tree.h"

struct cache;

/* $XDG_CACHE_HOME/crossarm/audit.db, or below ~/.cache. NULL when neither is there. Malloced. */
char *cache_default_path(void);

/* Open or make it. `generation` stands for everything that facts depend on beside the files: program and options. NULL and *e. */
struct cache *cache_open(const char *path, const char *generation, struct err *e);

/* What was not asked for in the last months goes. */
void cache_close(struct cache *c);

/*
 * The key of a file's content, seen as `name` (names say things, too). Reads it when it was not seen before. Of content whose SHA-256 is
 * known: the same key. Malloced; NULL when it cannot be read.
 */
char *cache_key_of_file(struct cache *c, int fd, const char *name);
char *cache_key_of_digest(struct cache *c, const char *sha256, const char *name);

/* The key of some files of a tree, by their identities; `how` stands for what else matters. Malloced. */
char *cache_key_of_files(struct cache *c, const struct tree_file *files, size_t count, const char *how);

/* The facts, or NULL when there are none. */
struct artefact *cache_get(struct cache *c, const char *key);

/* Keep them, unless they have errors: what was in the way may be gone next time. */
void cache_put(struct cache *c, const char *key, const struct artefact *facts);
