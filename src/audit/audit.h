/*
 * `crossarm audit`: targets in, reports out. A report is JSON (doc/audit.md); all views, the cache and merging work on it. This library
 * never prints and never exits.
 */
#pragma once
#include <jansson.h>

#include "audit/target.h"
#include "audit/walk.h"
#include "image/http.h"
#include "image/platform.h"

enum sources { SOURCES_AUTO, SOURCES_YES, SOURCES_NO };

struct audit_options {
        enum sources sources;
        const struct target *target; /* NULL: no floor is asked for */
        /* Of images in registries: */
        struct platform platform; /* which image of an index */
        bool platform_said;       /* by the user: not to have it is an error */
        bool all_platforms;
        struct http_options http;
        const char *scratch; /* a folder that file systems in archives may be unpacked to; NULL: none */
        unsigned threads;
        struct audit_progress *progress; /* may be NULL */
        struct cache *cache;             /* may be NULL */
};

/* The report about one target. Never NULL: what could not be read is in its "errors". */
json_t *audit_target(const char *name, const struct audit_options *o);

/* What one number tells: 0 nothing, 3 something was not looked into, 1 findings above notes, 2 something could not be read; each outweighs
 * those before. */
int audit_status(const json_t *report);
int audit_worse(int a, int b);
