#include "vm/bootdir_survey.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/out.h"
#include "base/util.h"

struct names {
        char *list[BOOTDIR_ENTRIES_MAX];
        size_t count;
};

static int add_name(void *to, const char *name)
{
        struct names *n = to;
        n->list[n->count++] = format("%s", name);
        return 0;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static void survey_entry(int share, const char *name, void (*each)(void *to, const struct bootdir_entry *entry), void *to)
{
        static const char *const kinds[] = { [BOOTDIR_FILE] = "file", [BOOTDIR_FOLDER] = "folder", [BOOTDIR_LINK] = "link" };
        char path[BOOTDIR_PATH_MAX];
        struct bootdir_shown shown = bootdir_shown(name), end;
        struct bootdir_file f;
        struct err why = { 0 };
        int there = bootdir_look(share, name, &f, &why);
        if (!there)
                return; /* gone meanwhile */
        struct bootdir_entry entry = { .name = shown.text, .kind = "unusable", .problem = why.text };
        if (there > 0) {
                entry = (struct bootdir_entry){
                        .name = shown.text, .kind = kinds[f.kind], .bytes = f.kind == BOOTDIR_FILE ? (u64)f.st.st_size : 0
                };
                close_fd_var(&f.fd);
        }
        if (there > 0 && f.kind == BOOTDIR_LINK) {
                int leads = bootdir_follow(share, name, &f, path, &why);
                close_fd_var(&f.fd);
                end = bootdir_shown(path);
                entry.to = leads > 0 ? end.text : NULL;
                entry.problem = leads < 0 ? why.text : NULL;
        }
        each(to, &entry);
}

int bootdir_survey(int share, void (*each)(void *to, const struct bootdir_entry *entry), void *to, struct err *e)
{
        struct names *n = calloc(1, sizeof *n);
        check(n);
        int status = bootdir_each(share, add_name, n, e);
        qsort(n->list, n->count, sizeof n->list[0], by_name);
        for (size_t i = 0; i < n->count; i++) {
                if (status == 0)
                        survey_entry(share, n->list[i], each, to);
                free(n->list[i]);
        }
        free(n);
        return status;
}
