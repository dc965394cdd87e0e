#include "hw/facts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"

void hw_facts_free(struct hw_facts *f)
{
        for (size_t i = 0; i < f->count; i++) {
                free(f->list[i].key);
                free(f->list[i].text);
                free(f->list[i].source);
        }
        free(f->list);
        *f = (struct hw_facts){ 0 };
}

void hw_at(struct hw_facts *f, const char *fmt, ...)
{
        va_list ap;
        va_start(ap, fmt);
        int n = vsnprintf(f->prefix, sizeof f->prefix - 1, fmt, ap);
        va_end(ap);
        if (n > 0 && (size_t)n < sizeof f->prefix - 1)
                memcpy(f->prefix + n, ".", 2);
}

static char *vformat(const char *fmt, va_list *ap)
{
        char *text;
        if (vasprintf(&text, fmt, *ap) < 0)
                abort();
        return text;
}

/* Text from outside may hold anything: control characters become spaces, spaces at the ends go. */
static char *clean(char *text)
{
        size_t n = strlen(text);
        for (size_t i = 0; i < n; i++)
                if ((u8)text[i] < 0x20 || text[i] == 0x7f)
                        text[i] = ' ';
        while (n && text[n - 1] == ' ')
                text[--n] = 0;
        size_t skip = strspn(text, " ");
        memmove(text, text + skip, n - skip + 1);
        return text;
}

static struct hw_fact *add(struct hw_facts *f, const char *key, enum hw_kind kind, char *text, char *source)
{
        if (f->count == f->room) {
                f->room = f->room ? 2 * f->room : 64;
                f->list = realloc(f->list, f->room * sizeof *f->list);
                if (!f->list)
                        abort();
        }
        struct hw_fact *new = &f->list[f->count++];
        *new = (struct hw_fact){ .key = format("%s%s", f->prefix, key), .kind = kind, .text = text, .source = clean(source) };
        return new;
}

static bool add_text(struct hw_facts *f, const char *key, enum hw_kind kind, const char *value, const char *source, va_list *ap)
{
        char *text = clean(format("%s", value ? value : ""));
        if (!*text) {
                free(text);
                return false;
        }
        add(f, key, kind, text, vformat(source, ap));
        return true;
}

bool hw_put_text(struct hw_facts *f, const char *key, const char *value, const char *source, ...)
{
        va_list ap;
        va_start(ap, source);
        bool added = add_text(f, key, HW_TEXT, value, source, &ap);
        va_end(ap);
        return added;
}

bool hw_put_list(struct hw_facts *f, const char *key, const char *value, const char *source, ...)
{
        va_list ap;
        va_start(ap, source);
        bool added = add_text(f, key, HW_LIST, value, source, &ap);
        va_end(ap);
        return added;
}

void hw_put_number(struct hw_facts *f, const char *key, u64 value, const char *source, ...)
{
        va_list ap;
        va_start(ap, source);
        add(f, key, HW_NUMBER, format("%llu", (unsigned long long)value), vformat(source, &ap))->number = value;
        va_end(ap);
}

void hw_put_bool(struct hw_facts *f, const char *key, bool value, const char *source, ...)
{
        va_list ap;
        va_start(ap, source);
        add(f, key, HW_BOOL, format("%s", value ? "yes" : "no"), vformat(source, &ap))->number = value;
        va_end(ap);
}

void hw_put_unknown(struct hw_facts *f, const char *key, const char *why, ...)
{
        va_list ap;
        va_start(ap, why);
        add(f, key, HW_UNKNOWN, NULL, vformat(why, &ap));
        va_end(ap);
}

void hw_mark(struct hw_facts *f, u8 flags)
{
        if (f->count)
                f->list[f->count - 1].flags |= flags;
}

void hw_put_copy(struct hw_facts *f, const char *key, const struct hw_fact *from)
{
        struct hw_fact *to = add(f, key, from->kind, from->text ? format("%s", from->text) : NULL, format("%s", from->source));
        to->number = from->number;
        to->flags = from->flags;
}

const struct hw_fact *hw_find(const struct hw_facts *f, const char *key)
{
        for (size_t i = 0; i < f->count; i++)
                if (!strcmp(f->list[i].key, key))
                        return &f->list[i];
        return NULL;
}

static const struct hw_fact *find_formatted(const struct hw_facts *f, const char *fmt, va_list *ap)
{
        AUTO_FREE char *key = vformat(fmt, ap);
        return hw_find(f, key);
}

u64 hw_number(const struct hw_facts *f, const char *key, ...)
{
        va_list ap;
        va_start(ap, key);
        const struct hw_fact *found = find_formatted(f, key, &ap);
        va_end(ap);
        return found && (found->kind == HW_NUMBER || found->kind == HW_BOOL) ? found->number : 0;
}

const char *hw_text(const struct hw_facts *f, const char *key, ...)
{
        va_list ap;
        va_start(ap, key);
        const struct hw_fact *found = find_formatted(f, key, &ap);
        va_end(ap);
        return found ? found->text : NULL;
}

bool hw_same(const struct hw_fact *a, const struct hw_fact *b)
{
        if (!a || !b)
                return a == b;
        if (a->kind != b->kind)
                return false;
        if (a->kind == HW_UNKNOWN)
                return true;
        if ((a->flags & HW_NEAR) && a->kind == HW_NUMBER) {
                u64 low = a->number < b->number ? a->number : b->number;
                u64 high = a->number ^ b->number ^ low;
                return high - low <= high / 50;
        }
        return !strcmp(a->text, b->text);
}
