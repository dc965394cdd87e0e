#include "cli/bench_view.h"

#include <string.h>

/* Lengths in pixels. A bar longer than CLIP times the baseline is cut there: else one slow runner would flatten all others. */
enum { WIDTH = 900, LEFT = 170, RIGHT = 90, TOP = 96, BAR = 16, GAP = 14, CLIP = 20 };

static const char *const colours[] = { "#7f8790", "#1565c0", "#ef6c00", "#ffa726", "#8e24aa", "#6d4c41" };

/* Around numbers, so that the line at 1 does not cross them. */
#define HALO "stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\""

/* Text for XML 1.0: what means something there is escaped, control characters and broken UTF-8 are not passed on. */
static void put_text(FILE *to, const char *text)
{
        static const char *const names[] = { ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;" };
        for (const u8 *c = (const u8 *)text; *c; c++)
                if (*c < sizeof names / sizeof *names && names[*c])
                        fputs(names[*c], to);
                else
                        fputc(*c < ' ' || *c > '~' ? '?' : *c, to);
}

static bool shown(const struct bench *b, size_t runner)
{
        return !b->runners[runner].skipped;
}

static size_t shown_count(const struct bench *b)
{
        size_t n = 0;
        for (size_t i = 0; i < b->runner_count; i++)
                n += shown(b, i);
        return n;
}

/* The scale's end, 2 at least, CLIP at most. */
static double longest(const struct bench *b)
{
        double most = 2;
        for (size_t w = 0; w < b->work_count; w++)
                for (size_t i = 0; i < b->runner_count; i++) {
                        double r = bench_ratio(b, w, i, false);
                        most = r > most ? r : most;
                }
        return most > CLIP ? CLIP : most;
}

static double x_of(double ratio, double end)
{
        return LEFT + (WIDTH - LEFT - RIGHT) * (ratio < end ? ratio : end) / end;
}

static void put_head(FILE *to, const struct bench *b, const struct bench_title *t, int height)
{
        fprintf(to,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" "
                "font-family=\"sans-serif\" font-size=\"12\">\n<title>",
                WIDTH, height, WIDTH, height);
        put_text(to, t->tree);
        fprintf(to, ": run times</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", WIDTH, height);
        fprintf(to,
                "<text x=\"16\" y=\"26\" font-size=\"16\" font-weight=\"bold\">Times %s (shorter is better)</text>\n<text x=\"16\" "
                "y=\"46\" fill=\"#555555\">",
                t->native ? "the native time" : "crossarm's time");
        put_text(to, t->tree);
        if (t->native) {
                fputs("; native: ", to);
                put_text(to, t->native);
        }
        fprintf(to, "; wall clock, the least of %d</text>\n", b->rounds);
}

static void put_legend(FILE *to, const struct bench *b)
{
        int x = LEFT;
        for (size_t i = 0; i < b->runner_count; i++) {
                if (!shown(b, i))
                        continue;
                fprintf(to, "<rect x=\"%d\" y=\"60\" width=\"12\" height=\"12\" fill=\"%s\"/><text x=\"%d\" y=\"70\">", x,
                        colours[i % ARRAY_LEN(colours)], x + 17);
                put_text(to, b->runners[i].name);
                fputs("</text>\n", to);
                x += 40 + 8 * (int)strlen(b->runners[i].name);
        }
}

static void put_scale(FILE *to, double end, int bottom)
{
        int step = end > 10 ? 5 : end > 4 ? 2 : 1;
        for (int at = 0; at <= (int)end; at += step)
                fprintf(to,
                        "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#e0e0e0\"/>"
                        "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#555555\">%d</text>\n",
                        x_of(at, end), TOP - 10, x_of(at, end), bottom, x_of(at, end), bottom + 16, at);
        fprintf(to, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#333333\" stroke-dasharray=\"4 3\"/>\n", x_of(1, end),
                TOP - 10, x_of(1, end), bottom);
}

static void put_bar(FILE *to, const struct bench *b, size_t w, size_t i, int y, double end)
{
        double ratio = bench_ratio(b, w, i, false), x = x_of(ratio, end);
        if (ratio <= 0) {
                fprintf(to, "<text x=\"%d\" y=\"%d\" fill=\"#999999\" " HALO ">no result</text>\n", LEFT + 4, y + BAR - 4);
                return;
        }
        fprintf(to, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>", LEFT, y, x - LEFT, BAR - 2,
                colours[i % ARRAY_LEN(colours)]);
        if (ratio > end)
                fprintf(to, "<path d=\"M%.1f %d l6 -%d\" stroke=\"#ffffff\" stroke-width=\"4\"/>", x - 18, y + BAR, BAR + 2);
        fprintf(to, "<text x=\"%.1f\" y=\"%d\" " HALO ">%.2f%s</text>\n", x + 5, y + BAR - 4, ratio,
                bench_at(b, w, i)->differs ? " (another result)" : "");
}

int bench_view_svg(const struct bench *b, const struct bench_title *t, FILE *to)
{
        int group = (int)shown_count(b) * BAR + GAP, bottom = TOP + (int)b->work_count * group;
        double end = longest(b);
        put_head(to, b, t, bottom + 30);
        put_legend(to, b);
        put_scale(to, end, bottom);
        for (size_t w = 0; w < b->work_count; w++) {
                int y = TOP + (int)w * group;
                fprintf(to, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT - 10, y + (group - GAP) / 2 + 4);
                put_text(to, b->work[w].name);
                fputs("</text>\n", to);
                for (size_t i = 0; i < b->runner_count; i++) {
                        if (!shown(b, i))
                                continue;
                        put_bar(to, b, w, i, y, end);
                        y += BAR;
                }
        }
        fputs("</svg>\n", to);
        return ferror(to) ? -1 : 0;
}
