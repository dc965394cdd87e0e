#include "cli/hw_view.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "cli/json.h"

static void put_list(struct json *j, const char *text)
{
        json_open(j, "value", '[');
        while (*text) {
                size_t n = strcspn(text, " ");
                AUTO_FREE char *member = format("%.*s", (int)n, text);
                /* Lists of numbers (distances, sizes) are numbers. */
                if (isdigit((u8)*member) && strspn(member, "0123456789") == n && n < 19)
                        json_put_number(j, NULL, strtoll(member, NULL, 10));
                else
                        json_put_string(j, NULL, member);
                text += n + strspn(text + n, " ");
        }
        json_close(j, ']');
}

static void put_value(struct json *j, const struct hw_fact *fact)
{
        switch (fact->kind) {
        case HW_TEXT: json_put_string(j, "value", fact->text); break;
        case HW_NUMBER: json_put_number(j, "value", (i64)fact->number); break;
        case HW_BOOL: json_put_bool(j, "value", fact->number); break;
        case HW_LIST: put_list(j, fact->text); break;
        case HW_UNKNOWN: json_put_string(j, "value", NULL); break;
        }
}

static void put_leaf(struct json *j, const char *key, const struct hw_fact *fact)
{
        json_open(j, key, '{');
        put_value(j, fact);
        json_put_string(j, fact->kind == HW_UNKNOWN ? "unknown" : "source", fact->source);
        json_close(j, '}');
}

/* The part of a key at a depth, malloced; NULL behind the last one. */
static char *part(const char *key, int depth)
{
        for (; depth; depth--) {
                key = strchr(key, '.');
                if (!key)
                        return NULL;
                key++;
        }
        return format("%.*s", (int)strcspn(key, "."), key);
}

static bool is_number(const char *text)
{
        return text && isdigit((u8)*text);
}

/*
 * The facts from `from` to `to` share the first `depth` parts. Those with the same next part are written together, wherever they stand, so
 * that no name comes twice.
 */
static void put_level(struct json *j, const struct hw_fact **facts, size_t count, int depth)
{
        while (count) {
                AUTO_FREE char *name = part(facts[0]->key, depth);
                const struct hw_fact **inside = calloc(count, sizeof *inside), **rest = calloc(count, sizeof *rest);
                size_t in = 0, out = 0;
                if (!inside || !rest)
                        abort();
                for (size_t i = 0; i < count; i++) {
                        AUTO_FREE char *other = part(facts[i]->key, depth);
                        if (!strcmp(name, other))
                                inside[in++] = facts[i];
                        else
                                rest[out++] = facts[i];
                }
                AUTO_FREE char *below = part(inside[0]->key, depth + 1);
                const char *key = is_number(name) ? NULL : name;
                if (!below) {
                        put_leaf(j, key, inside[0]);
                } else {
                        char open = is_number(below) ? '[' : '{';
                        json_open(j, key, open);
                        put_level(j, inside, in, depth + 1);
                        json_close(j, open == '[' ? ']' : '}');
                }
                memcpy(facts, rest, out * sizeof *rest);
                count = out;
                free(inside);
                free(rest);
        }
}

void hw_view_json(const struct hw_facts *f)
{
        struct json j = { .to = stdout };
        const struct hw_fact **facts = calloc(f->count + 1, sizeof *facts);
        if (!facts)
                abort();
        for (size_t i = 0; i < f->count; i++)
                facts[i] = &f->list[i];
        json_open(&j, NULL, '{');
        json_put_number(&j, "format", 1);
        put_level(&j, facts, f->count, 0);
        json_close(&j, '}');
        free(facts);
}

static void put_row(struct json *j, const struct hw_difference *d, char *const *names, size_t machines)
{
        json_open(j, NULL, '{');
        json_put_string(j, "field", d->key);
        json_put_string(j, "usual", d->usual < machines && d->each[d->usual] ? d->each[d->usual]->text : NULL);
        json_open(j, "machines", '[');
        for (size_t i = 0; i < machines; i++) {
                json_open(j, NULL, '{');
                json_put_string(j, "name", names[i]);
                json_put_bool(j, "odd", d->usual < machines && !hw_same(d->each[i], d->each[d->usual]));
                json_put_string(j, "value", d->each[i] ? d->each[i]->text : NULL);
                if (d->each[i])
                        json_put_string(j, d->each[i]->kind == HW_UNKNOWN ? "unknown" : "source", d->each[i]->source);
                json_close(j, '}');
        }
        json_close(j, ']');
        json_close(j, '}');
}

void hw_view_diff_json(const struct hw_difference *d, size_t rows, char *const *names, size_t machines)
{
        struct json j = { .to = stdout };
        json_open(&j, NULL, '{');
        json_put_number(&j, "format", 1);
        json_open(&j, "differences", '[');
        for (size_t i = 0; i < rows; i++)
                put_row(&j, &d[i], names, machines);
        json_close(&j, ']');
        json_close(&j, '}');
}
