/* One page without anything from outside: a picture of the tree, coloured by verdict, and all findings. */
#include "cli/audit_view.h"

#include <stdlib.h>
#include <string.h>

#include "audit/artefact.h"
#include "base/util.h"

static const char style[] =
        "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:76em;padding:0 1em;color:#222}"
        "h1{font-size:1.4em}details{margin:.2em 0 .2em 1em}summary{cursor:pointer}"
        ".v{display:inline-block;min-width:8.5em;padding:0 .5em;margin-right:.6em;border-radius:.3em;color:#fff}"
        "ul{margin:.2em 0 .4em;padding-left:2.2em}li.note,.quiet{color:#666}code{background:#f2f2f2;padding:0 .2em}"
        "svg{width:100%;height:auto;border:1px solid #ccc}svg text{font:11px system-ui,sans-serif;fill:#fff;pointer-events:none}"
        ".legend span{margin-right:1em}.legend i{display:inline-block;width:.9em;height:.9em;margin-right:.3em;vertical-align:-.1em}";

static const struct {
        const char *verdict, *colour;
} colours[] = {
        { "portable", "#7a8b99" },
        { "harmless", "#7a8b99" },
        { "arm64", "#2e8b57" },
        { "not looked into", "#8a6d3b" },
        { "unknown", "#b58900" },
        { "floor too high", "#b58900" },
        { "partly covered", "#d97706" },
        { "needs porting", "#b83280" },
        { "needs rebuild", "#c2410c" },
        { "mislabelled", "#9b1c1c" },
};

static const char *colour_of(const char *verdict)
{
        for (size_t i = 0; i < ARRAY_LEN(colours); i++)
                if (!strcmp(verdict, colours[i].verdict))
                        return colours[i].colour;
        return "#7a8b99";
}

static void put(const char *s, FILE *to)
{
        for (; *s; s++) {
                switch (*s) {
                case '<': fputs("&lt;", to); break;
                case '>': fputs("&gt;", to); break;
                case '&': fputs("&amp;", to); break;
                case '"': fputs("&quot;", to); break;
                default: fputc((u8)*s < 0x20 ? '?' : *s, to);
                }
        }
}

/* ---- the picture: a row of boxes for each depth, as wide as they hold native files ---- */

enum { WIDTH = 1200, ROW = 26, DEPTH_MAX_SHOWN = 8 };

static double weight(const json_t *a)
{
        const json_t *parts = json_object_get(a, "parts");
        double w = (double)json_array_size(json_object_get(a, "native"));
        for (size_t i = 0; i < json_array_size(parts); i++)
                w += weight(json_array_get(parts, i));
        return w + 1;
}

static int depth_of(const json_t *a)
{
        const json_t *parts = json_object_get(a, "parts");
        int deepest = 0;
        for (size_t i = 0; i < json_array_size(parts); i++) {
                int d = depth_of(json_array_get(parts, i));
                deepest = d > deepest ? d : deepest;
        }
        return deepest < DEPTH_MAX_SHOWN ? deepest + 1 : DEPTH_MAX_SHOWN;
}

static void box(double x, double width, int depth, const char *colour, const char *name, const char *what, FILE *to)
{
        if (width < 0.4)
                return;
        fprintf(to, "<g><title>");
        put(name, to);
        fputs(": ", to);
        put(what, to);
        fprintf(to, "</title><rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"%s\" stroke=\"#fff\"/>", x, depth * ROW, width,
                ROW - 1, colour);
        int letters = (int)(width / 7);
        if (letters >= 4) {
                const char *slash = strrchr(name, '/');
                AUTO_FREE char *cut = format("%.*s", letters, slash && slash[1] ? slash + 1 : name);
                fprintf(to, "<text x=\"%.2f\" y=\"%d\">", x + 4, depth * ROW + 17);
                put(cut, to);
                fputs("</text>", to);
        }
        fputs("</g>", to);
}

static void boxes(const json_t *a, double x, double width, int depth, FILE *to)
{
        const json_t *parts = json_object_get(a, "parts");
        const char *verdict = view_text(a, "verdict");
        box(x, width, depth, colour_of(verdict), view_text(a, "path"), verdict, to);
        if (depth + 1 >= DEPTH_MAX_SHOWN)
                return;
        double unit = width / weight(a);
        for (size_t i = 0; i < json_array_size(parts); i++) {
                double w = unit * weight(json_array_get(parts, i));
                boxes(json_array_get(parts, i), x, w, depth + 1, to);
                x += w;
        }
}

static void picture(const json_t *targets, FILE *to)
{
        double all = 0, x = 0;
        int rows = 0;
        for (size_t i = 0; i < json_array_size(targets); i++) {
                int d = depth_of(json_array_get(targets, i));
                all += weight(json_array_get(targets, i));
                rows = d > rows ? d : rows;
        }
        fprintf(to, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"the tree by verdict\">", WIDTH, rows * ROW);
        for (size_t i = 0; i < json_array_size(targets); i++) {
                double w = WIDTH * weight(json_array_get(targets, i)) / all;
                boxes(json_array_get(targets, i), x, w, 0, to);
                x += w;
        }
        fputs("</svg><p class=legend>", to);
        for (size_t i = 1; i < ARRAY_LEN(colours); i++)
                fprintf(to, "<span><i style=\"background:%s\"></i>%s</span>", colours[i].colour, colours[i].verdict);
        fputs("</p>", to);
}

/* ---- the list ---- */

static void finding(const json_t *f, FILE *to)
{
        const struct rule *r = rule_find(view_text(f, "code"));
        fprintf(to, "<li class=%s title=\"", view_text(f, "severity"));
        put(r ? r->explain : "", to);
        fprintf(to, "\">%s <code>", view_text(f, "severity"));
        put(view_text(f, "code"), to);
        fputs("</code> ", to);
        put(view_text(f, "path"), to);
        if (json_object_get(f, "line"))
                fprintf(to, ":%lld", (long long)json_integer_value(json_object_get(f, "line")));
        fputs(*view_text(f, "path") ? ": " : "", to);
        put(view_text(f, "message"), to);
        fputs("</li>\n", to);
}

static void artefact(const json_t *a, FILE *to);

/* The parts with, or those without findings: a package of a hundred good jars and one bad shows the bad one. */
static void parts_that(bool matter, const json_t *parts, FILE *to)
{
        for (size_t i = 0; i < json_array_size(parts); i++)
                if (view_matters(json_array_get(parts, i)) == matter)
                        artefact(json_array_get(parts, i), to);
}

static void artefact(const json_t *a, FILE *to)
{
        const json_t *findings = json_object_get(a, "findings"), *parts = json_object_get(a, "parts"),
                     *errors = json_object_get(a, "errors");
        fprintf(to, "<details%s><summary><span class=v style=\"background:%s\">%s</span>", view_matters(a) ? " open" : "",
                colour_of(view_text(a, "verdict")), view_text(a, "verdict"));
        put(view_text(a, "path"), to);
        fprintf(to, " (%s, %lld files)</summary><ul>\n", view_text(a, "type"), (long long)json_integer_value(json_object_get(a, "files")));
        for (size_t i = 0; i < json_array_size(errors); i++) {
                fputs("<li class=error>unreadable: ", to);
                put(json_string_value(json_array_get(errors, i)), to);
                fputs("</li>\n", to);
        }
        for (size_t i = 0; i < json_array_size(findings); i++)
                finding(json_array_get(findings, i), to);
        fputs("</ul>", to);
        parts_that(true, parts, to);
        size_t quiet = 0;
        for (size_t i = 0; i < json_array_size(parts); i++)
                quiet += !view_matters(json_array_get(parts, i));
        if (quiet) {
                fprintf(to, "<details><summary class=quiet>%zu part%s without findings</summary>\n", quiet, quiet == 1 ? "" : "s");
                parts_that(false, parts, to);
                fputs("</details>\n", to);
        }
        fputs("</details>\n", to);
}

/* How many targets have which verdict, the worst first. */
static void counts(const json_t *targets, FILE *to)
{
        const char *before = ": ";
        for (size_t c = ARRAY_LEN(colours); c--;) {
                size_t n = 0;
                for (size_t i = 0; i < json_array_size(targets); i++)
                        n += !strcmp(view_text(json_array_get(targets, i), "verdict"), colours[c].verdict);
                if (n)
                        fprintf(to, "%s%zu %s", before, n, colours[c].verdict);
                before = n ? ", " : before;
        }
}

void view_html(const json_t *document, FILE *to)
{
        const json_t *targets = json_object_get(document, "targets");
        fprintf(to,
                "<!doctype html><html lang=en><meta charset=utf-8><title>crossarm audit</title><style>%s</style><h1>crossarm audit</h1>\n",
                style);
        fprintf(to, "<p>%zu target%s", json_array_size(targets), json_array_size(targets) == 1 ? "" : "s");
        counts(targets, to);
        if (*view_text(document, "against")) {
                fputs(", against ", to);
                put(view_text(document, "against"), to);
        }
        fputs(".</p>\n", to);
        picture(targets, to);
        for (size_t i = 0; i < json_array_size(targets); i++)
                artefact(json_array_get(targets, i), to);
        fputs("</html>\n", to);
}
