/*
 * Reports that were made before. A file is known by its content (SHA-256), and its content by its inode, size and times, so that it is read
 * again only when these changed; a folder is known by all of its files' inodes, sizes and times.
 */
#pragma once
#include <jansson.h>

#include "audit/audit.h"

struct cache;

/* $XDG_CACHE_HOME/crossarm/audit.db, or below ~/.cache. NULL when neither is there. Malloced. */
char *cache_default_path(void);

/* Open or make it. `generation` stands for everything that a report depends on beside the target: program and options. NULL and *e. */
struct cache *cache_open(const char *path, const char *generation, struct err *e);
void cache_close(struct cache *c);

/* The name under which the target's report is kept, or NULL when it cannot be kept. Reads the file when it was not seen before. Malloced.
 */
char *cache_key(struct cache *c, const char *target);

/* The report, with `target` as its path; NULL when there is none. */
json_t *cache_get(struct cache *c, const char *key, const char *target);

/* Keep it. Reports with errors are not kept: what was in the way may be gone next time. */
void cache_put(struct cache *c, const char *key, const json_t *report);
