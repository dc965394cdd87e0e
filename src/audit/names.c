#include "audit/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

enum { PARTS_MAX = 64 };

struct part {
        const char *start;
        size_t len;
        struct said said;
};

static int split(const char *path, struct part parts[PARTS_MAX])
{
        int count = 0;
        while (*path && count < PARTS_MAX) {
                size_t len = strcspn(path, "/");
                if (len)
                        parts[count++] = (struct part){ .start = path, .len = len };
                path += len + (path[len] == '/');
        }
        return count;
}

static bool is(const struct part *p, const char *word)
{
        return strlen(word) == p->len && !strncmp(p->start, word, p->len);
}

/* Folders of compilers: what is in a folder called x86_64-linux-gnu there makes code for it, and need not be such code. */
static bool is_toolchain(const struct part *parts, int count)
{
        static const char *const words[] = { "gcc", "gcc-cross", "libexec", "bfd-plugins", "rustlib", "toolchain", "toolchains",
                "go-pkg-tool" };
        for (int i = 0; i < count; i++)
                for (size_t k = 0; k < ARRAY_LEN(words); k++)
                        if (is(&parts[i], words[k]))
                                return true;
        return false;
}

/* Whether component `i` is to be taken at its word. */
static bool speaks(const struct part *parts, int i, int count)
{
        const struct said *s = &parts[i].said;
        if (!s->machine)
                return false;
        if (i == count - 1) /* "x86_64-linux-gnu-gcc" makes such code, "addon.linux-x64.node" is such code */
                return s->system && !s->first;
        if (s->first && s->system && is(&parts[i + 1], "bin"))
                return false;
        bool beside = s->whole && ((i && parts[i - 1].said.system) || parts[i + 1].said.system);
        return s->system || s->whole || beside;
}

void names_read(struct native *n)
{
        struct part parts[PARTS_MAX];
        int count = split(n->path, parts);
        for (int i = 0; i < count; i++) {
                parts[i].said = said_by(parts[i].start, parts[i].len);
                if (parts[i].said.libc)
                        n->said_libc = parts[i].said.libc;
        }
        if (is_toolchain(parts, count - 1))
                return;
        for (int i = count - 1; i >= 0 && !n->said_machine; i--) {
                if (!speaks(parts, i, count))
                        continue;
                const struct said *s = &parts[i].said;
                n->said_machine = s->machine;
                n->said_at = (u32)(parts[i].start - n->path);
                n->said_system = s->system                                  ? s->system
                                 : i && parts[i - 1].said.system            ? parts[i - 1].said.system
                                 : i + 1 < count && parts[i + 1].said.whole ? parts[i + 1].said.system
                                                                            : SYSTEM_NONE;
        }
}

char *names_component(const char *path, size_t at)
{
        size_t start = at;
        while (start && path[start - 1] != '/')
                start--;
        return format("%.*s", (int)strcspn(path + start, "/"), path + start);
}

char *names_key(const char *path)
{
        struct part parts[PARTS_MAX];
        int count = split(path, parts);
        size_t cap = strlen(path) * 2 + 64;
        char *key = malloc(cap);
        if (!key)
                abort();
        key[0] = 0;
        for (int i = 0; i < count; i++) {
                said_strip(parts[i].start, parts[i].len, key, cap - 2);
                strcat(key, "/");
        }
        /* "a/linux-x64/b" and "a/linux/arm64/b" are builds of the same, too: empty components go. */
        char *to = key;
        for (const char *from = key; *from; from++)
                if (*from != '/' || (to > key && to[-1] != '/'))
                        *to++ = *from;
        *to = 0;
        return key;
}
