/* What people and programs see of audit reports. Each view takes {"crossarm_audit": 1, ..., "targets": [...]} (doc/audit.md). */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct view_options {
        bool all;    /* every finding, notes too */
        bool colour; /* the output is a terminal */
};

void view_table(const json_t *document, const struct view_options *o, FILE *to);
void view_sarif(const json_t *document, FILE *to);
void view_html(const json_t *document, FILE *to);

/* The string under a key, "" when there is none. */
const char *view_text(const json_t *object, const char *key);

/* Whether an artefact or something in it has a finding above notes, or an error. */
bool view_matters(const json_t *artefact);
