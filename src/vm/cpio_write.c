#include "vm/cpio_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"

enum { HEAD = 110 };

void cpio_append(struct cpio *c, const void *data, size_t len)
{
        size_t padded = (len + 3) & ~(size_t)3;
        if (c->len + padded > c->room) {
                c->room = (c->len + padded) * 2;
                c->data = realloc(c->data, c->room);
                check(c->data);
        }
        if (len)
                memcpy(c->data + c->len, data, len);
        memset(c->data + c->len + len, 0, padded - len);
        c->len += padded;
}

void cpio_add(struct cpio *c, const char *path, u32 mode, const void *data, size_t len)
{
        char head[HEAD + 256 + 1];
        size_t name = strlen(path) + 1;
        check(name <= 256);
        snprintf(head, sizeof head, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s", ++c->inode, mode, 0, 0, 1, 0,
                (unsigned)len, 0, 0, 0, 0, (unsigned)name, 0, path);
        cpio_append(c, head, HEAD + name);
        cpio_append(c, data, len);
}

void cpio_end(struct cpio *c)
{
        cpio_add(c, "TRAILER!!!", 0, NULL, 0);
}

void cpio_free(struct cpio *c)
{
        free(c->data);
        *c = (struct cpio){ 0 };
}
