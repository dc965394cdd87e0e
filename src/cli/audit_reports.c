#include "cli/audit_reports.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/audit_view.h"

enum { FORMAT_NUMBER = 1 };

json_t *reports_new(const char *against)
{
        return json_pack(
                "{s:i, s:s, s:s?, s:[]}", "crossarm_audit", FORMAT_NUMBER, "version", CROSSARM_VERSION, "against", against, "targets");
}

json_t *reports_load(const char *file, struct err *e)
{
        json_error_t why;
        json_t *root = json_load_file(file, 0, &why);
        if (!root) {
                err_set(e, 2, "%s is no report: %s (line %d)", file, why.text, why.line);
                return NULL;
        }
        if (json_integer_value(json_object_get(root, "crossarm_audit")) != FORMAT_NUMBER ||
                !json_is_array(json_object_get(root, "targets"))) {
                json_decref(root);
                err_set(e, 2, "%s is no report of crossarm audit --json of this format (%d)", file, FORMAT_NUMBER);
                return NULL;
        }
        return root;
}

static bool has_target(const json_t *targets, const char *path)
{
        for (size_t i = 0; i < json_array_size(targets); i++)
                if (!strcmp(view_text(json_array_get(targets, i), "path"), path))
                        return true;
        return false;
}

void reports_merge(json_t *to, const json_t *from)
{
        json_t *targets = json_object_get(to, "targets");
        const json_t *more = json_object_get(from, "targets");
        if (json_is_null(json_object_get(to, "against")) && *view_text(from, "against"))
                json_object_set(to, "against", json_object_get(from, "against"));
        for (size_t i = 0; i < json_array_size(more); i++)
                if (!has_target(targets, view_text(json_array_get(more, i), "path")))
                        json_array_append(targets, json_array_get(more, i));
}

static int by_path(const void *a, const void *b)
{
        return strcmp(view_text(*(json_t *const *)a, "path"), view_text(*(json_t *const *)b, "path"));
}

void reports_sort(json_t *document)
{
        json_t *targets = json_object_get(document, "targets"), *sorted = json_array();
        size_t count = json_array_size(targets);
        json_t **list = calloc(count + 1, sizeof *list);
        if (!list)
                abort();
        for (size_t i = 0; i < count; i++)
                list[i] = json_array_get(targets, i);
        qsort(list, count, sizeof *list, by_path);
        for (size_t i = 0; i < count; i++)
                json_array_append(sorted, list[i]);
        free(list);
        json_object_set_new(document, "targets", sorted);
}

/* ---- baselines ---- */

static char *identity(const char *place, const json_t *f)
{
        return format("%s|%s|%s|%s", place, view_text(f, "code"), view_text(f, "path"), view_text(f, "message"));
}

static void remember(json_t *known, const json_t *artefact, const char *place)
{
        const json_t *findings = json_object_get(artefact, "findings"), *parts = json_object_get(artefact, "parts");
        AUTO_FREE char *here = format("%s!%s", place, view_text(artefact, "path"));
        for (size_t i = 0; i < json_array_size(findings); i++) {
                AUTO_FREE char *id = identity(here, json_array_get(findings, i));
                json_object_set_new(known, id, json_true());
        }
        for (size_t i = 0; i < json_array_size(parts); i++)
                remember(known, json_array_get(parts, i), here);
}

static void forget(const json_t *known, json_t *artefact, const char *place)
{
        json_t *findings = json_object_get(artefact, "findings"), *parts = json_object_get(artefact, "parts");
        AUTO_FREE char *here = format("%s!%s", place, view_text(artefact, "path"));
        for (size_t i = json_array_size(findings); i--;) {
                AUTO_FREE char *id = identity(here, json_array_get(findings, i));
                if (json_object_get(known, id))
                        json_array_remove(findings, i);
        }
        for (size_t i = 0; i < json_array_size(parts); i++)
                forget(known, json_array_get(parts, i), here);
}

void reports_subtract(json_t *document, const json_t *baseline)
{
        json_t *known = json_object(), *targets = json_object_get(document, "targets");
        const json_t *old = json_object_get(baseline, "targets");
        for (size_t i = 0; i < json_array_size(old); i++)
                remember(known, json_array_get(old, i), "");
        for (size_t i = 0; i < json_array_size(targets); i++)
                forget(known, json_array_get(targets, i), "");
        json_decref(known);
}
