#include "image/truth.h"

#include <elf.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

struct program {
        u32 layer;
        u16 machine;
        char path[];
};

/* The programs and libraries by path, in one of libc's balanced trees. */
struct truth {
        void *tree;
        u32 layer;
};

static int by_path(const void *a, const void *b)
{
        return strcmp(((const struct program *)a)->path, ((const struct program *)b)->path);
}

struct truth *truth_new(void)
{
        struct truth *t = calloc(1, sizeof *t);
        if (!t)
                abort();
        return t;
}

void truth_free(struct truth *t)
{
        if (t)
                tdestroy(t->tree, free);
        free(t);
}

void truth_next_layer(struct truth *t)
{
        t->layer++;
}

static struct program *node(const char *path)
{
        struct program *p = malloc(sizeof *p + strlen(path) + 1);
        if (!p)
                abort();
        *p = (struct program){ 0 };
        strcpy(p->path, path);
        return p;
}

static void drop(struct truth *t, const char *path)
{
        AUTO_FREE struct program *key = node(path);
        struct program **found = tfind(key, &t->tree, by_path);
        struct program *old = found ? *found : NULL;
        if (old)
                tdelete(key, &t->tree, by_path);
        free(old);
}

/* 0 when it is no program and no library: objects and kernel modules are neither. */
static u16 machine_of(const u8 *b, size_t len)
{
        if (len < TRUTH_HEAD || memcmp(b, ELFMAG, SELFMAG))
                return 0;
        bool big = b[EI_DATA] == ELFDATA2MSB;
        u16 type = big ? (u16)(b[16] << 8 | b[17]) : (u16)(b[17] << 8 | b[16]);
        u16 machine = big ? (u16)(b[18] << 8 | b[19]) : (u16)(b[19] << 8 | b[18]);
        return type == ET_EXEC || type == ET_DYN ? machine : 0;
}

void truth_file(struct truth *t, const char *path, const void *head, size_t len)
{
        u16 machine = machine_of(head, len);
        drop(t, path);
        if (!machine)
                return;
        struct program *p = node(path);
        p->machine = machine;
        p->layer = t->layer;
        if (!tsearch(p, &t->tree, by_path))
                abort();
}

struct hiding {
        const char *path;
        size_t len;
        u32 layer;
        bool itself;
        char **found;
        size_t count;
};

static void find_hidden(const void *at, VISIT visit, void *arg)
{
        struct hiding *h = arg;
        const struct program *p = *(struct program *const *)at;
        if ((visit != postorder && visit != leaf) || p->layer >= h->layer || strncmp(p->path, h->path, h->len))
                return;
        if (p->path[h->len] != '/' && h->len && !(h->itself && !p->path[h->len]))
                return;
        h->found = grow(h->found, h->count, sizeof *h->found);
        h->found[h->count++] = format("%s", p->path);
}

void truth_hide(struct truth *t, const char *path, bool itself)
{
        struct hiding h = { .path = path, .len = strlen(path), .layer = t->layer, .itself = itself };
        twalk_r(t->tree, find_hidden, &h);
        for (size_t i = 0; i < h.count; i++) {
                drop(t, h.found[i]);
                free(h.found[i]);
        }
        free(h.found);
}

static void count_one(const void *at, VISIT visit, void *arg)
{
        struct verdict *v = arg;
        const struct program *p = *(struct program *const *)at;
        if (visit != postorder && visit != leaf)
                return;
        u32 i = 0;
        while (i < v->machines && v->count[i].machine != p->machine)
                i++;
        if (i == TRUTH_MACHINES) /* a museum: the rest only counts in the sum */
                i--;
        else if (i == v->machines)
                v->count[v->machines++].machine = p->machine;
        v->count[i].files++;
        v->files++;
}

static void name_offender(const void *at, VISIT visit, void *arg)
{
        struct verdict *v = arg;
        const struct program *p = *(struct program *const *)at;
        if ((visit == postorder || visit == leaf) && v->offenders < TRUTH_NAMES && p->machine != platform_machine(&v->said))
                v->offender[v->offenders++] = format("/%s", p->path);
}

static int most_first(const void *a, const void *b)
{
        const u32 x = ((const typeof(((struct verdict *)0)->count[0]) *)a)->files,
                  y = ((const typeof(((struct verdict *)0)->count[0]) *)b)->files;
        return (x < y) - (x > y);
}

void truth_judge(const struct truth *t, const struct platform *said, struct verdict *v)
{
        *v = (struct verdict){ .said = *said };
        twalk_r(t->tree, count_one, v);
        qsort(v->count, v->machines, sizeof v->count[0], most_first);
        v->machine = v->machines ? v->count[0].machine : 0;
        u32 as_said = 0;
        for (u32 i = 0; i < v->machines; i++)
                if (v->count[i].machine == platform_machine(said))
                        as_said = v->count[i].files;
        v->lies = v->machine && v->count[0].files > as_said;
        if (v->files > as_said)
                twalk_r(t->tree, name_offender, v);
}

void verdict_free(struct verdict *v)
{
        for (u32 i = 0; i < v->offenders; i++)
                free(v->offender[i]);
        *v = (struct verdict){ 0 };
}

char *verdict_sentence(const struct verdict *v)
{
        if (!v->lies)
                return NULL;
        char *names = format("%s", v->offenders ? v->offender[0] : "");
        for (u32 i = 1; i < v->offenders; i++) {
                char *longer = format("%s, %s", names, v->offender[i]);
                free(names);
                names = longer;
        }
        char *text =
                format("says %s, but %u of its %u programs and libraries are for %s: %s%s", platform_text(&v->said).text, v->count[0].files,
                        v->files, platform_machine_name(v->machine).text, names, v->count[0].files > v->offenders ? ", ..." : "");
        free(names);
        return text;
}

json_t *verdict_json(const struct verdict *v)
{
        json_t *files = json_object(), *names = json_array();
        for (u32 i = 0; i < v->machines; i++)
                json_object_set_new(files, platform_machine_name(v->count[i].machine).text, json_integer(v->count[i].files));
        for (u32 i = 0; i < v->offenders; i++) {
                json_t *name = json_string(v->offender[i]);
                json_array_append_new(names, name ? name : json_string("(a name that is no UTF-8)"));
        }
        return json_pack("{s:s, s:b, s:s, s:o, s:o}", "said", platform_text(&v->said).text, "lies", v->lies, "is",
                v->machine ? platform_machine_name(v->machine).text : "", "files", files, "offenders", names);
}
