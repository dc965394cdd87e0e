#include "image/prepared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

enum { RUN_MAX = 4 << 20 };

char *store_place(void)
{
        const char *named = getenv("CROSSARM_STORE"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
        if (named && *named)
                return format("%s", named);
        if (data && data[0] == '/')
                return format("%s/crossarm/images", data);
        return format("%s/.local/share/crossarm/images", home && *home ? home : "");
}

/* A part of a name that would mean another folder is spelled out. */
static void add_part(char **path, const char *part, size_t len)
{
        bool dots = len <= 2 && strspn(part, ".") >= len;
        char *longer = dots ? format("%s/%%%.*s", *path, (int)len, part) : format("%s/%.*s", *path, (int)len, part);
        free(*path);
        *path = longer;
}

char *prepared_path(const char *name, const struct platform *want)
{
        char *path = format("names");
        struct platform_text platform = platform_text(want);
        for (const char *at = name; *at;) {
                size_t len = strcspn(at, "/");
                add_part(&path, at, len);
                at += len + (at[len] == '/');
        }
        for (char *c = platform.text; *c; c++)
                if (*c == '/')
                        *c = '-';
        add_part(&path, platform.text, strlen(platform.text));
        return path;
}

void prepared_free(struct prepared *p)
{
        free(p->tree);
        free(p->text);
        free(p->env);
        free(p->entrypoint);
        free(p->cmd);
        *p = (struct prepared){ 0 };
}

static void add_word(char ***list, char *word)
{
        size_t n = 0;
        while (*list && (*list)[n])
                n++;
        *list = reallocarray(*list, n + 2, sizeof **list);
        if (!*list)
                abort();
        (*list)[n] = word;
        (*list)[n + 1] = NULL;
}

static void take_record(struct prepared *p, const char *key, char *value)
{
        const struct {
                const char *key;
                char ***list;
                const char **word;
        } fields[] = {
                { "env", &p->env, NULL },
                { "entrypoint", &p->entrypoint, NULL },
                { "cmd", &p->cmd, NULL },
                { "user", NULL, &p->user },
                { "workdir", NULL, &p->workdir },
                { "lie", NULL, &p->lie },
                { "id", NULL, &p->id },
        };
        for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
                if (strcmp(key, fields[i].key))
                        continue;
                if (fields[i].list)
                        add_word(fields[i].list, value);
                else
                        *fields[i].word = value;
        }
}

/* The whole file, terminated. NULL with errno. */
static char *read_records(const char *path, size_t *len)
{
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0)
                return NULL;
        *len = st.st_size < RUN_MAX ? (size_t)st.st_size : RUN_MAX;
        char *text = calloc(*len + 1, 1);
        if (!text)
                abort();
        if (read(fd, text, *len) == (ssize_t)*len)
                return text;
        free(text);
        errno = EIO;
        return NULL;
}

static int load(const char *store, const char *folder, struct prepared *p, struct err *e)
{
        AUTO_FREE char *run = format("%s/%s/run", store, folder);
        size_t len = 0;
        *p = (struct prepared){ .user = "", .workdir = "", .lie = "", .id = "" };
        p->text = read_records(run, &len);
        if (!p->text)
                return errno == ENOENT || errno == ENOTDIR ? 0 : err_set(e, 126, "cannot read %s: %s", run, strerror(errno));
        for (char *key = p->text, *end = p->text + len; key < end;) {
                char *value = key + strlen(key) + 1;
                if (value >= end)
                        break;
                take_record(p, key, value);
                key = value + strlen(value) + 1;
        }
        p->tree = format("%s/rootfs/%s/tree", store, p->id);
        return 1;
}

int prepared_find(const char *store, const char *name, const struct platform *want, struct prepared *p, struct err *e)
{
        AUTO_FREE char *link = prepared_path(name, want);
        return load(store, link, p, e);
}

int prepared_load(const char *store, const char *id, struct prepared *p, struct err *e)
{
        AUTO_FREE char *folder = format("rootfs/%s", id);
        return load(store, folder, p, e);
}
