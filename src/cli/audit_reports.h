/* Reports as files: merging those of several machines, and leaving out what was known before. */
#pragma once
#include <jansson.h>

#include "base/err.h"

/* {"crossarm_audit": 1, "version": ..., "against": ..., "targets": []} */
json_t *reports_new(const char *against);

/* Read one; NULL and *e. */
json_t *reports_load(const char *file, struct err *e);

/* Put the targets of `from` into `to`, those that are there already left out. */
void reports_merge(json_t *to, const json_t *from);

/* Sort targets by path: the order does not depend on who was first. */
void reports_sort(json_t *document);

/* Take out of `document` every finding that `baseline` has, too. Lines of sources may have moved. */
void reports_subtract(json_t *document, const json_t *baseline);
