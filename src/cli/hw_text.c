#include "cli/hw_view.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"

static bool ends_with(const char *text, const char *end)
{
        size_t n = strlen(text), m = strlen(end);
        return n >= m && !strcmp(text + n - m, end);
}

/* A number of bytes: exact when it divides, else with one digit behind the point. */
static char *readable_bytes(u64 n)
{
        static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB" };
        size_t unit = 0;
        u64 whole = n;
        while (whole >= 1024 && unit + 1 < ARRAY_LEN(units))
                whole >>= 10, unit++;
        if (unit && n & ((1ULL << 10 * unit) - 1))
                return format("%.1f %s", (double)n / (double)(1ULL << 10 * unit), units[unit]);
        return format("%llu %s", (unsigned long long)whole, units[unit]);
}

static char *readable_list_of_bytes(const char *list)
{
        char *text = format("%s", "");
        for (const char *at = list; *at;) {
                AUTO_FREE char *one = readable_bytes(strtoull(at, NULL, 10));
                char *longer = format("%s%s%s", text, *text ? ", " : "", one);
                free(text);
                text = longer;
                at += strcspn(at, " ");
                at += strspn(at, " ");
        }
        return text;
}

char *hw_readable(const struct hw_fact *fact)
{
        if (fact->kind == HW_UNKNOWN)
                return format("unknown");
        if (fact->kind == HW_LIST && ends_with(fact->key, "_bytes"))
                return readable_list_of_bytes(fact->text);
        if (fact->kind != HW_NUMBER)
                return format("%s", fact->text);
        if (ends_with(fact->key, "_hz"))
                return format("%.*f MHz", fact->number % 1000000 ? 1 : 0, (double)fact->number / 1e6);
        if (ends_with(fact->key, "_bytes"))
                return readable_bytes(fact->number);
        if (ends_with(fact->key, "_bits"))
                return format("%s bits", fact->text);
        if (ends_with(fact->key, "_mts"))
                return format("%s MT/s", fact->text);
        return format("%s", fact->text);
}

/* The part of a key before its last dot. */
static size_t section_length(const char *key)
{
        const char *dot = strrchr(key, '.');
        return dot ? (size_t)(dot - key) : 0;
}

/* Of a further group of CPUs only what is not said of all of them; the rest would be the same lines again. */
static bool is_repetition(const struct hw_facts *f, const struct hw_fact *fact)
{
        size_t n;
        if (sscanf(fact->key, "cpu.group.%zu.", &n) != 1)
                return false;
        AUTO_FREE char *common = format("cpu.%s", strchr(fact->key + strlen("cpu.group."), '.') + 1);
        const struct hw_fact *all = hw_find(f, common);
        return all && hw_same(all, fact) && strcmp(common, "cpu.count");
}

static void wrap(const char *text, int indent, int width)
{
        int room = width - indent;
        while ((int)strlen(text) > room) {
                int cut = room;
                while (cut && text[cut] != ' ')
                        cut--;
                if (!cut)
                        cut = (int)strcspn(text, " ");
                if (!text[cut])
                        break;
                printf("%.*s\n%*s", cut, text, indent, "");
                text += cut + strspn(text + cut, " ");
        }
        puts(text);
}

static void print_fact(const struct hw_fact *fact, int name_width, int value_width)
{
        enum { WIDTH = 130 };
        AUTO_FREE char *value = hw_readable(fact);
        const char *name = fact->key + section_length(fact->key);
        int indent = 2 + name_width + 2;
        printf("  %-*s  ", name_width, *name == '.' ? name + 1 : name);
        if ((int)strlen(value) > value_width) {
                wrap(value, indent, WIDTH);
                printf("%*s", indent, "");
        } else {
                printf("%-*s  ", value_width, value);
                indent += value_width + 2;
        }
        printf("%s", fact->kind == HW_UNKNOWN ? "-> " : "");
        wrap(fact->source, indent, WIDTH);
}

/* The longest name of the section that begins with this fact. */
static int section_width(const struct hw_fact *fact, const struct hw_fact *end)
{
        size_t length = section_length(fact->key), width = 16;
        for (const char *section = fact->key; fact < end && section_length(fact->key) == length && !strncmp(section, fact->key, length);
                fact++) {
                size_t n = strlen(fact->key) - length - 1;
                width = n > width ? n : width;
        }
        return (int)width;
}

void hw_view_text(const struct hw_facts *f)
{
        enum { VALUE_WIDTH = 26 };
        int name_width = 0;
        const char *section = "";
        size_t length = 0;
        for (size_t i = 0; i < f->count; i++) {
                const struct hw_fact *fact = &f->list[i];
                if (is_repetition(f, fact))
                        continue;
                if (section_length(fact->key) != length || strncmp(section, fact->key, length)) {
                        section = fact->key;
                        length = section_length(section);
                        name_width = section_width(fact, f->list + f->count);
                        printf("%s%.*s\n", i ? "\n" : "", (int)length, section);
                }
                print_fact(fact, name_width, VALUE_WIDTH);
        }
}
