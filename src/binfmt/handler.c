#include "binfmt/handler.h"

#include <ctype.h>
#include <dirent.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/util.h"

static int hex_bytes(const char *hex, u8 *out)
{
        int n = 0;
        for (; n < HANDLER_MAGIC_MAX && isxdigit((u8)hex[0]) && isxdigit((u8)hex[1]); hex += 2) {
                unsigned byte;
                sscanf(hex, "%2x", &byte);
                out[n++] = (u8)byte;
        }
        return n;
}

bool handler_parse(const char *name, const char *text, struct handler *h)
{
        char magic[2 * HANDLER_MAGIC_MAX + 1] = "", mask[2 * HANDLER_MAGIC_MAX + 1] = "";
        *h = (struct handler){ .enabled = !strncmp(text, "enabled", 7) };
        if (strlen(name) >= sizeof h->name)
                return false;
        strcpy(h->name, name);
        for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
                sscanf(line, "interpreter %511[^\n]", h->interpreter);
                sscanf(line, "flags:%*[ ]%15[A-Z]", h->flags);
                sscanf(line, "extension .%63[^\n]", h->extension);
                sscanf(line, "offset %d", &h->offset);
                sscanf(line, "magic %256[0-9a-f]", magic);
                sscanf(line, "mask %256[0-9a-f]", mask);
        }
        memset(h->mask, 0xff, sizeof h->mask);
        h->size = hex_bytes(magic, h->magic);
        hex_bytes(mask, h->mask);
        return h->interpreter[0] && (h->extension[0] || (h->size && h->offset >= 0));
}

bool handler_takes(const struct handler *h, const u8 *head, size_t len)
{
        if (h->extension[0] || h->offset > (int)len || h->size > (int)len - h->offset || h->size + h->offset < 20)
                return false;
        for (int i = 0; i < h->size; i++)
                if ((head[h->offset + i] ^ h->magic[i]) & h->mask[i])
                        return false;
        return true;
}

char *handler_escaped(const u8 *bytes, int n)
{
        char *text = calloc(4 * (size_t)n + 1, 1);
        if (!text)
                abort();
        for (int i = 0; i < n; i++)
                sprintf(text + 4 * i, "\\x%02x", bytes[i]);
        return text;
}

/* A delimiter that none of the fields holds. */
static char delimiter(const struct handler *h)
{
        for (const char *c = ":|!%,;@"; *c; c++)
                if (!strchr(h->name, *c) && !strchr(h->interpreter, *c) && !strchr(h->extension, *c))
                        return *c;
        return 0;
}

char *handler_line(const struct handler *h)
{
        char d = delimiter(h);
        if (!d || h->interpreter[0] != '/')
                return NULL;
        if (h->extension[0])
                return format("%c%s%cE%c%c%s%c%c%s%c%s", d, h->name, d, d, d, h->extension, d, d, h->interpreter, d, h->flags);
        bool masked = false;
        for (int i = 0; i < h->size; i++)
                masked |= h->mask[i] != 0xff;
        AUTO_FREE char *magic = handler_escaped(h->magic, h->size), *mask = handler_escaped(h->mask, masked ? h->size : 0);
        AUTO_FREE char *offset = h->offset ? format("%d", h->offset) : format("%s", "");
        return format("%c%s%cM%c%s%c%s%c%s%c%s%c%s", d, h->name, d, d, offset, d, magic, d, mask, d, h->interpreter, d, h->flags);
}

void handler_list_read(const char *path, struct handler_list *list)
{
        *list = (struct handler_list){ 0 };
        DIR *dir = opendir(path);
        if (!dir)
                return;
        for (struct dirent *d; (d = readdir(dir));) {
                if (d->d_name[0] == '.' || !strcmp(d->d_name, "register") || !strcmp(d->d_name, "status"))
                        continue;
                AUTO_FREE char *text = read_text(dirfd(dir), d->d_name, 4096);
                struct handler h;
                if (!text || !handler_parse(d->d_name, text, &h))
                        continue;
                list->at = realloc(list->at, (list->count + 1) * sizeof *list->at);
                if (!list->at)
                        abort();
                list->at[list->count++] = h;
        }
        closedir(dir);
}

void handler_list_free(struct handler_list *list)
{
        free(list->at);
        *list = (struct handler_list){ 0 };
}

bool handler_dir_mounted(const char *dir)
{
        struct statfs fs;
        return statfs(dir, &fs) == 0 && fs.f_type == BINFMTFS_MAGIC;
}
