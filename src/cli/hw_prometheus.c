/* Facts as metrics: numbers and truths are gauges, texts are labels of crossarm_hw_info, unknown ones are named. */
#include "cli/hw_view.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"

struct sample {
        char *family, *labels;
        u64 value;
        size_t order;
};

static void put_label_value(FILE *out, const char *text)
{
        for (; *text; text++)
                if (*text == '"' || *text == '\\')
                        fprintf(out, "\\%c", *text);
                else
                        fputc(*text, out);
}

/* "cpu.group.0.nominal_hz" is family crossarm_hw_cpu_group_nominal_hertz with group="0": units are spelt out, places in lists are labels.
 */
static void name_sample(struct sample *s, const char *key)
{
        size_t n, m;
        FILE *family = open_memstream(&s->family, &n), *labels = open_memstream(&s->labels, &m);
        char last[64] = "";
        bool any = false;
        if (!family || !labels)
                abort();
        fputs("crossarm_hw", family);
        for (const char *at = key; *at; at += *at == '.') {
                size_t length = strcspn(at, ".");
                if (isdigit((u8)*at)) {
                        fprintf(labels, "%s%s=\"%.*s\"", any ? "," : "", last, (int)length, at);
                        any = true;
                } else {
                        snprintf(last, sizeof last, "%.*s", (int)length, at);
                        size_t stem = length > 3 && !strncmp(at + length - 3, "_hz", 3) ? length - 2 : length;
                        fputc('_', family);
                        for (size_t i = 0; i < stem; i++)
                                fputc(isalnum((u8)at[i]) ? at[i] : '_', family);
                        if (stem < length)
                                fputs("hertz", family);
                }
                at += length;
        }
        fclose(family);
        fclose(labels);
}

static void sample_text(struct sample *s, const char *family, const char *key, const char *value)
{
        size_t n;
        FILE *labels = open_memstream(&s->labels, &n);
        if (!labels)
                abort();
        fprintf(labels, "field=\"%s\"", key);
        if (value) {
                fputs(",value=\"", labels);
                put_label_value(labels, value);
                fputc('"', labels);
        }
        fclose(labels);
        s->family = format("%s", family);
        s->value = 1;
}

static void make_sample(struct sample *s, const struct hw_fact *fact)
{
        if (fact->kind == HW_UNKNOWN) {
                sample_text(s, "crossarm_hw_unknown", fact->key, NULL);
        } else if (fact->kind == HW_TEXT || fact->kind == HW_LIST) {
                sample_text(s, "crossarm_hw_info", fact->key, fact->text);
        } else {
                name_sample(s, fact->key);
                s->value = fact->number;
        }
}

static int by_family(const void *a, const void *b)
{
        const struct sample *x = a, *y = b;
        int order = strcmp(x->family, y->family);
        return order ? order : x->order < y->order ? -1 : 1;
}

static void print_head(const char *family)
{
        const char *help = !strcmp(family, "crossarm_hw_info")      ? "A fact of the hardware that is a text."
                           : !strcmp(family, "crossarm_hw_unknown") ? "A fact of the hardware that is not known: `crossarm hw` tells why."
                                                                    : "A fact of the hardware: see crossarm-hw(1).";
        printf("# HELP %s %s\n# TYPE %s gauge\n", family, help, family);
}

void hw_view_prometheus(const struct hw_facts *f)
{
        struct sample *samples = calloc(f->count + 1, sizeof *samples);
        size_t count = 0;
        if (!samples)
                abort();
        for (size_t i = 0; i < f->count; i++) {
                if (f->list[i].flags & HW_SECRET)
                        continue;
                samples[count].order = count;
                make_sample(&samples[count++], &f->list[i]);
        }
        qsort(samples, count, sizeof *samples, by_family);
        for (size_t i = 0; i < count; i++) {
                if (!i || strcmp(samples[i - 1].family, samples[i].family))
                        print_head(samples[i].family);
                printf(samples[i].labels[0] ? "%s{%s} %llu\n" : "%s%s %llu\n", samples[i].family, samples[i].labels,
                        (unsigned long long)samples[i].value);
        }
        for (size_t i = 0; i < count; i++) {
                free(samples[i].family);
                free(samples[i].labels);
        }
        free(samples);
}
