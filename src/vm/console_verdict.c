#include "vm/console_verdict.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"

enum { MAX_LINE = 1024 };

enum verdict_index {
#define PROGRESS(stage, starts, sign)
#define VERDICT(name, kind, stage, what, cure) INDEX_##name,
#define SIGN(name, sign)
#include "vm/console_verdict.def"
#undef PROGRESS
#undef VERDICT
#undef SIGN
        VERDICTS
};

static const struct console_verdict verdicts[] = {
#define PROGRESS(stage, starts, sign)
#define VERDICT(name, kind, stage, what, cure) { #name, CONSOLE_##kind, STAGE_##stage, what, cure },
#define SIGN(name, sign)
#include "vm/console_verdict.def"
#undef PROGRESS
#undef VERDICT
#undef SIGN
};

static const struct {
        enum verdict_index verdict;
        const char *text;
} signs[] = {
#define PROGRESS(stage, starts, sign)
#define VERDICT(name, kind, stage, what, cure)
#define SIGN(name, sign) { INDEX_##name, sign },
#include "vm/console_verdict.def"
#undef PROGRESS
#undef VERDICT
#undef SIGN
};

static const struct {
        enum console_stage stage;
        bool starts;
        const char *text;
} progress[] = {
#define PROGRESS(stage, starts, sign) { STAGE_##stage, starts, sign },
#define VERDICT(name, kind, stage, what, cure)
#define SIGN(name, sign)
#include "vm/console_verdict.def"
#undef PROGRESS
#undef VERDICT
#undef SIGN
};

struct judge {
        struct console_report *report;
        bool seen[VERDICTS];
        char lines[VERDICTS][CONSOLE_LINE];
        int fine; /* the last of kind FINE; -1: none */
};

static void forget(struct judge *j)
{
        memset(j->seen, 0, sizeof j->seen);
        j->fine = -1;
}

/* A line that begins a boot, when one was under way; else a step forward, by which earlier troubles are over. */
static void go_on(struct judge *j, size_t row)
{
        struct console_report *r = j->report;
        enum console_stage stage = progress[row].stage;
        if (progress[row].starts && stage <= r->stage)
                forget(j);
        if (progress[row].starts && (stage <= r->stage || r->stage == STAGE_NONE)) {
                r->boots++;
                r->stage = stage;
        }
        if (stage <= r->stage)
                return;
        r->stage = stage;
        for (size_t i = 0; i < VERDICTS; i++)
                if (verdicts[i].stage < stage)
                        j->seen[i] = false;
}

/* So much of a long line that the sign is in it. */
static void keep_line(char *to, const char *line, const char *sign)
{
        size_t before = (size_t)(sign - line), most = CONSOLE_LINE / 3;
        bool cut = before > most && strlen(line) >= CONSOLE_LINE;
        snprintf(to, CONSOLE_LINE, "%s%s", cut ? "..." : "", cut ? sign - most : line);
}

static void judge_line(struct judge *j, const char *line)
{
        for (size_t i = 0; i < ARRAY_LEN(progress); i++)
                if (strstr(line, progress[i].text))
                        go_on(j, i);
        for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
                enum verdict_index v = signs[i].verdict;
                if (!strstr(line, signs[i].text))
                        continue;
                if (verdicts[v].kind == CONSOLE_FINE)
                        j->fine = (int)v;
                if (!j->seen[v])
                        keep_line(j->lines[v], line, strstr(line, signs[i].text));
                j->seen[v] = true;
        }
}

/* The length of an escape sequence: ESC [ parameters letter, or ESC and one character. */
static size_t escape_length(const char *text, size_t len)
{
        size_t n = 1;
        if (n < len && text[n] == '[')
                for (n++; n < len && (text[n] < '@' || text[n] > '~'); n++)
                        ;
        return n < len ? n + 1 : len;
}

struct line {
        char text[MAX_LINE + 1];
        size_t used;
};

static void end_line(struct judge *j, struct line *l)
{
        l->text[l->used] = 0;
        if (l->used) {
                judge_line(j, l->text);
                j->report->silent = false;
        }
        l->used = 0;
}

/* Lines without escape sequences and control characters; what is too long is cut into several. */
static void judge_text(struct judge *j, const char *text, size_t len)
{
        struct line l = { .used = 0 };
        for (size_t i = 0; i < len;) {
                char c = text[i];
                if (c >= ' ' && c < 0x7f)
                        l.text[l.used++] = c;
                if (c == '\n' || l.used == MAX_LINE)
                        end_line(j, &l);
                i += c == 0x1b ? escape_length(text + i, len - i) : 1;
        }
        end_line(j, &l);
}

void console_judge(const char *text, size_t len, struct console_report *report)
{
        *report = (struct console_report){ .silent = true };
        struct judge j = { .report = report, .fine = -1 };
        judge_text(&j, text, len);
        int chosen = -1;
        size_t notes = 0;
        for (size_t i = 0; i < VERDICTS; i++) {
                if (j.seen[i] && verdicts[i].kind == CONSOLE_TROUBLE && chosen < 0)
                        chosen = (int)i;
                if (j.seen[i] && verdicts[i].kind == CONSOLE_NOTE && notes < CONSOLE_NOTES)
                        report->notes[notes++] = &verdicts[i];
        }
        if (chosen < 0)
                chosen = j.fine;
        if (chosen < 0)
                return;
        report->verdict = &verdicts[chosen];
        memcpy(report->line, j.lines[chosen], CONSOLE_LINE);
}

const char *console_stage_name(enum console_stage stage)
{
        static const char *const names[] = { "nothing", "firmware", "loader", "kernel", "first program", "system", "system" };
        return names[stage];
}
