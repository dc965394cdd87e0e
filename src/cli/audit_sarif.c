/* SARIF 2.1.0 (OASIS): what code hosts show beside the sources. */
#include "cli/audit_view.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "audit/artefact.h"
#include "audit/registry.h"
#include "base/util.h"

/* A path as a URI reference (RFC 3986): what is not unreserved or a slash is encoded. An image's name is a URI as it is. */
static char *uri_of(const char *path)
{
        if (registry_is_name(path))
                return format("%s", path);
        char *uri = malloc(3 * strlen(path) + 1), *to = uri;
        if (!uri)
                abort();
        for (; *path; path++) {
                if (isalnum((u8)*path) || strchr("-._~/", *path))
                        *to++ = *path;
                else
                        to += sprintf(to, "%%%02X", (u8)*path);
        }
        *to = 0;
        return uri;
}

static json_t *rule_list(void)
{
        json_t *list = json_array();
        for (size_t i = 0; i < RULE_COUNT; i++)
                json_array_append_new(list, json_pack("{s:s, s:{s:s}, s:{s:s}, s:{s:s}}", "id", rules[i].code, "shortDescription", "text",
                                                    rules[i].title, "fullDescription", "text", rules[i].explain, "defaultConfiguration",
                                                    "level", severity_name(rules[i].severity)));
        return list;
}

static void put_result(json_t *results, const json_t *f, const char *target, const char *inner, bool folder)
{
        const char *path = view_text(f, "path");
        bool on_disk = folder && !*inner && *path;
        AUTO_FREE char *file = on_disk ? format("%s/%s", target, path) : format("%s", target);
        AUTO_FREE char *uri = uri_of(file);
        AUTO_FREE char *where = format("%s%s%s", inner, *inner && *path ? "!" : "", path);
        AUTO_FREE char *message =
                on_disk || !*where ? format("%s", view_text(f, "message")) : format("%s: %s", where, view_text(f, "message"));
        AUTO_FREE char *print = format("%s|%s|%s", view_text(f, "code"), target, where);
        json_t *physical = json_pack("{s:{s:s}}", "artifactLocation", "uri", uri);
        json_int_t line = json_integer_value(json_object_get(f, "line"));
        if (line)
                json_object_set_new(physical, "region", json_pack("{s:I}", "startLine", line));
        json_t *location = json_pack("{s:o}", "physicalLocation", physical);
        if (*where)
                json_object_set_new(location, "logicalLocations", json_pack("[{s:s}]", "fullyQualifiedName", where));
        json_array_append_new(
                results, json_pack("{s:s, s:s, s:{s:s}, s:[o], s:{s:s}}", "ruleId", view_text(f, "code"), "level", view_text(f, "severity"),
                                 "message", "text", message, "locations", location, "partialFingerprints", "crossarm/v1", print));
}

static void put_artefact(json_t *results, json_t *notes, const json_t *a, const char *target, const char *inner, bool folder)
{
        const json_t *findings = json_object_get(a, "findings"), *parts = json_object_get(a, "parts"),
                     *errors = json_object_get(a, "errors");
        for (size_t i = 0; i < json_array_size(findings); i++)
                put_result(results, json_array_get(findings, i), target, inner, folder);
        for (size_t i = 0; i < json_array_size(errors); i++) {
                AUTO_FREE char *text = format("%s%s%s: %s", target, *inner ? "!" : "", inner, json_string_value(json_array_get(errors, i)));
                json_array_append_new(notes, json_pack("{s:s, s:{s:s}}", "level", "error", "message", "text", text));
        }
        for (size_t i = 0; i < json_array_size(parts); i++) {
                const json_t *p = json_array_get(parts, i);
                AUTO_FREE char *below = format("%s%s%s", inner, *inner ? "!" : "", view_text(p, "path"));
                put_artefact(results, notes, p, target, below, folder);
        }
}

void view_sarif(const json_t *document, FILE *to)
{
        const json_t *targets = json_object_get(document, "targets");
        json_t *results = json_array(), *notes = json_array();
        for (size_t i = 0; i < json_array_size(targets); i++) {
                const json_t *t = json_array_get(targets, i);
                bool folder = !strcmp(view_text(t, "type"), "directory") || !strcmp(view_text(t, "type"), "image layout");
                put_artefact(results, notes, t, view_text(t, "path"), "", folder);
        }
        bool failed = json_array_size(notes);
        json_t *driver =
                json_pack("{s:s, s:s, s:o}", "name", "crossarm audit", "version", view_text(document, "version"), "rules", rule_list());
        json_t *run = json_pack("{s:{s:o}, s:o, s:[{s:b, s:o}]}", "tool", "driver", driver, "results", results, "invocations",
                "executionSuccessful", !failed, "toolExecutionNotifications", notes);
        json_t *root =
                json_pack("{s:s, s:s, s:[o]}", "$schema", "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs", run);
        json_dumpf(root, to, JSON_INDENT(1));
        fputc('\n', to);
        json_decref(root);
}
