#include "cli/audit_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/types.h"
#include "base/util.h"

enum { SHOWN = 8 }; /* findings of one kind in one artefact, unless all are asked for */

const char *view_text(const json_t *object, const char *key)
{
        const char *s = json_string_value(json_object_get(object, key));
        return s ? s : "";
}

/* Notes are only shown when all is asked for, but for what was not looked into. */
static bool is_note(const json_t *finding)
{
        return !strcmp(view_text(finding, "severity"), "note") && strcmp(view_text(finding, "code"), "not-read");
}

bool view_matters(const json_t *artefact)
{
        const json_t *findings = json_object_get(artefact, "findings"), *parts = json_object_get(artefact, "parts");
        if (json_array_size(json_object_get(artefact, "errors")))
                return true;
        for (size_t i = 0; i < json_array_size(findings); i++)
                if (!is_note(json_array_get(findings, i)))
                        return true;
        for (size_t i = 0; i < json_array_size(parts); i++)
                if (view_matters(json_array_get(parts, i)))
                        return true;
        return false;
}

static const char *colour_of(const char *word)
{
        static const struct {
                const char *word, *colour;
        } rows[] = {
                { "portable", "32" },
                { "harmless", "32" },
                { "arm64", "32" },
                { "not looked into", "33" },
                { "unknown", "33" },
                { "floor too high", "33" },
                { "partly covered", "33" },
                { "needs porting", "31" },
                { "needs rebuild", "31" },
                { "mislabelled", "31;1" },
                { "error", "31" },
                { "warning", "33" },
        };
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (!strcmp(word, rows[i].word))
                        return rows[i].colour;
        return "0";
}

/* A word in a column, in its colour; the spaces are not coloured, so that columns stay as wide. */
static void word(const char *text, int width, const struct view_options *o, FILE *to)
{
        int spaces = width > (int)strlen(text) ? width - (int)strlen(text) : 0;
        if (o->colour)
                fprintf(to, "\033[%sm%s\033[0m%*s ", colour_of(text), text, spaces, "");
        else
                fprintf(to, "%s%*s ", text, spaces, "");
}

/* Names come from outside: control characters must not reach the terminal. */
static void safe(const char *text, FILE *to)
{
        for (; *text; text++)
                fputc((u8)*text < 0x20 || *text == 0x7f ? '?' : *text, to);
}

static void machines(const json_t *artefact, FILE *to)
{
        const char *name, *before = "";
        json_t *count;
        json_object_foreach(json_object_get(artefact, "machines"), name, count)
        {
                fprintf(to, "%s%lld %s", before, (long long)json_integer_value(count), name);
                before = ", ";
        }
}

/* Findings of the same code stand together; after the first ones only their number. */
static void findings(const json_t *artefact, const struct view_options *o, int indent, FILE *to)
{
        const json_t *list = json_object_get(artefact, "findings");
        const char *last = "";
        size_t shown = 0, more = 0;
        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *f = json_array_get(list, i);
                const char *code = view_text(f, "code");
                if (is_note(f) && !o->all)
                        continue;
                if (strcmp(code, last)) {
                        if (more)
                                fprintf(to, "%*s... and %zu more of %s (--all shows them)\n", indent, "", more, last);
                        shown = more = 0;
                }
                last = code;
                if (shown++ >= SHOWN && !o->all) {
                        more++;
                        continue;
                }
                fprintf(to, "%*s", indent, "");
                word(view_text(f, "severity"), 7, o, to);
                fprintf(to, "%s: ", code);
                safe(view_text(f, "path"), to);
                if (json_object_get(f, "line"))
                        fprintf(to, ":%lld", (long long)json_integer_value(json_object_get(f, "line")));
                fputs(*view_text(f, "path") ? ": " : "", to);
                safe(view_text(f, "message"), to);
                fputc('\n', to);
        }
        if (more)
                fprintf(to, "%*s... and %zu more of %s (--all shows them)\n", indent, "", more, last);
}

static void floors(const json_t *artefact, FILE *to)
{
        static const struct {
                const char *key, *name;
        } rows[] = { { "glibc", "GLIBC" }, { "glibcxx", "GLIBCXX" }, { "cxxabi", "CXXABI" } };
        const json_t *f = json_object_get(artefact, "floor");
        const char *before = "; arm64 needs ";
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (*view_text(f, rows[i].key)) {
                        fprintf(to, "%s%s %s", before, rows[i].name, view_text(f, rows[i].key));
                        before = ", ";
                }
}

static void artefact_row(const json_t *a, const struct view_options *o, int depth, FILE *to)
{
        const json_t *errors = json_object_get(a, "errors"), *parts = json_object_get(a, "parts");
        int indent = 2 * depth;
        fprintf(to, "%*s", indent, "");
        word(view_text(a, "verdict"), 15, o, to);
        safe(view_text(a, "path"), to);
        fprintf(to, " (%s", view_text(a, "type"));
        if (json_object_size(json_object_get(a, "machines")))
                fputs(": ", to);
        machines(a, to);
        floors(a, to);
        fputs(")\n", to);
        for (size_t i = 0; i < json_array_size(errors); i++) {
                fprintf(to, "%*s", indent + 4, "");
                word("error", 7, o, to);
                fputs("unreadable: ", to);
                safe(json_string_value(json_array_get(errors, i)), to);
                fputc('\n', to);
        }
        findings(a, o, indent + 4, to);
        for (size_t i = 0; i < json_array_size(parts); i++)
                if (o->all || view_matters(json_array_get(parts, i)))
                        artefact_row(json_array_get(parts, i), o, depth + 1, to);
}

void view_table(const json_t *document, const struct view_options *o, FILE *to)
{
        const json_t *targets = json_object_get(document, "targets");
        for (size_t i = 0; i < json_array_size(targets); i++)
                artefact_row(json_array_get(targets, i), o, 0, to);
}
