#include "vm/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"

struct line {
        const char *text;
        size_t len;
};

struct lines {
        struct line *at;
        int count;
};

struct edit {
        enum diff_kind kind;
        int old, new; /* the lines' numbers, from 0, at which it stands */
};

static struct lines split(const char *text)
{
        struct lines l = { 0 };
        while (*text) {
                l.at = realloc(l.at, ((size_t)l.count + 1) * sizeof *l.at);
                check(l.at);
                size_t len = strcspn(text, "\n");
                l.at[l.count++] = (struct line){ text, len };
                text += len + (text[len] == '\n');
        }
        return l;
}

static bool same(struct line a, struct line b)
{
        return a.len == b.len && !memcmp(a.text, b.text, a.len);
}

/*
 * Myers' greedy walk: the furthest x on each diagonal k for each number of edits d; trace[d] keeps them. Texts that differ in more than
 * MOST lines are not worth a shortest script.
 */
enum { MOST = 3000 };

struct walk {
        struct lines a, b;
        int *trace[MOST + 1];
        int found; /* the number of edits, or -1 */
};

static int step(const struct walk *w, const int *v, int d, int k)
{
        bool down = k == -d || (k != d && v[k - 1] < v[k + 1]);
        int x = down ? v[k + 1] : v[k - 1] + 1;
        while (x < w->a.count && x - k < w->b.count && same(w->a.at[x], w->b.at[x - k]))
                x++;
        return x;
}

static void walk(struct walk *w)
{
        w->found = -1;
        for (int d = 0; d <= MOST && w->found < 0; d++) {
                int *row = calloc((size_t)(2 * d + 3), sizeof *row);
                check(row);
                const int *before = d ? w->trace[d - 1] + d : row + 1; /* diagonal 0 of the row before */
                w->trace[d] = row;
                for (int k = -d; k <= d; k += 2) {
                        int x = d ? step(w, before, d, k) : step(w, (const int[]){ 0, 0, 0 } + 1, 0, 0);
                        row[k + d + 1] = x;
                        if (k == w->a.count - w->b.count && x >= w->a.count)
                                w->found = d;
                }
        }
}

static int back(const struct walk *w, struct edit *edits, int at)
{
        int x = w->a.count, y = w->b.count;
        for (int d = w->found; d >= 0; d--) {
                const int *before = d ? w->trace[d - 1] + d : NULL;
                int k = x - y;
                bool down = d && (k == -d || (k != d && before[k - 1] < before[k + 1]));
                int from = !d ? 0 : down ? before[k + 1] : before[k - 1] + 1, top = d ? from - k : 0;
                while (x > from && y > top)
                        edits[--at] = (struct edit){ DIFF_SAME, --x, --y };
                if (d && down)
                        edits[--at] = (struct edit){ DIFF_NEW, x, --y };
                else if (d)
                        edits[--at] = (struct edit){ DIFF_OLD, --x, y };
        }
        return at;
}

static int whole(const struct walk *w, struct edit *edits, int at)
{
        for (int y = w->b.count; y > 0;)
                edits[--at] = (struct edit){ DIFF_NEW, w->a.count, --y };
        for (int x = w->a.count; x > 0;)
                edits[--at] = (struct edit){ DIFF_OLD, --x, 0 };
        return at;
}

enum { CONTEXT = 3 };

static bool near_change(const struct edit *edits, int from, int end, int at)
{
        for (int i = at - CONTEXT < from ? from : at - CONTEXT; i <= at + CONTEXT && i < end; i++)
                if (edits[i].kind != DIFF_SAME)
                        return true;
        return false;
}

static void hunk(const struct walk *w, const struct edit *edits, int from, int end, diff_line *line, void *arg)
{
        char head[80];
        int old = 0, new = 0;
        for (int i = from; i < end; i++) {
                old += edits[i].kind != DIFF_NEW;
                new += edits[i].kind != DIFF_OLD;
        }
        int len = snprintf(head, sizeof head, "@@ -%d,%d +%d,%d @@", edits[from].old + (old > 0), old, edits[from].new + (new > 0), new);
        line(arg, DIFF_HUNK, head, (size_t)len);
        for (int i = from; i < end; i++) {
                struct line l = edits[i].kind == DIFF_NEW ? w->b.at[edits[i].new] : w->a.at[edits[i].old];
                line(arg, edits[i].kind, l.text, l.len);
        }
}

void diff_unified(const char *old, const char *new, diff_line *line, void *arg)
{
        struct walk *w = calloc(1, sizeof *w);
        check(w);
        w->a = split(old);
        w->b = split(new);
        walk(w);
        int count = w->a.count + w->b.count;
        struct edit *edits = calloc((size_t)count + 1, sizeof *edits);
        check(edits);
        int from = w->found < 0 ? whole(w, edits, count) : back(w, edits, count);
        for (int i = from; i < count;) {
                int end = i;
                while (end < count && near_change(edits, from, count, end))
                        end++;
                if (end > i)
                        hunk(w, edits, i, end, line, arg);
                i = end > i ? end : i + 1;
        }
        for (int d = 0; d <= MOST; d++)
                free(w->trace[d]);
        free(edits);
        free(w->a.at);
        free(w->b.at);
        free(w);
}
