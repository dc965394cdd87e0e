#include "hw/tar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The header block: POSIX.1-1988, 10.1.1. Numbers are octal text. */
struct header {
        char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2], user[32],
                group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == 512, "a tar block has 512 bytes");

static bool octal(const char *text, size_t length, u64 *value)
{
        size_t i = 0;
        *value = 0;
        while (i < length && text[i] == ' ')
                i++;
        for (; i < length && text[i] >= '0' && text[i] <= '7'; i++)
                *value = *value << 3 | (u64)(text[i] - '0');
        return i == length || text[i] == 0 || text[i] == ' ';
}

/* The sum of all bytes, with the field of the sum as spaces. */
static u32 checksum(const struct header *h)
{
        const u8 *bytes = (const u8 *)h;
        u32 sum = 0;
        for (size_t i = 0; i < sizeof *h; i++)
                sum += i >= offsetof(struct header, checksum) && i < offsetof(struct header, type) ? ' ' : bytes[i];
        return sum;
}

static void join_path(char *path, size_t room, const struct header *h)
{
        char joined[258];
        bool prefixed = !memcmp(h->magic, "ustar", 5) && h->prefix[0];
        snprintf(joined, sizeof joined, "%.*s%s%.*s", prefixed ? (int)sizeof h->prefix : 0, h->prefix, prefixed ? "/" : "",
                (int)sizeof h->name, h->name);
        const char *from = joined;
        while (*from == '/' || !strncmp(from, "./", 2))
                from++;
        size_t n = strlen(from);
        while (n && from[n - 1] == '/')
                n--;
        snprintf(path, room, "/%.*s", (int)(n < room - 2 ? n : room - 2), from);
}

int hw_tar_next(const u8 *tar, size_t size, size_t *at, struct hw_tar_file *file, struct err *e)
{
        for (;;) {
                const struct header *h = (const struct header *)(const void *)(tar + *at);
                u64 bytes, mode, sum;
                if (size - *at < sizeof *h)
                        return *at ? err_set(e, 2, "the tar file is cut: it has no end") : err_set(e, 2, "neither a folder nor a tar file");
                if (!h->name[0])
                        return 0;
                if (!octal(h->size, sizeof h->size, &bytes) || !octal(h->mode, sizeof h->mode, &mode) ||
                        !octal(h->checksum, sizeof h->checksum, &sum) || sum != checksum(h))
                        return err_set(e, 2,
                                *at ? "the tar file is damaged" : "neither a folder nor a tar file (compressed ones are to be unpacked)");
                *at += sizeof *h;
                if (bytes > size - *at)
                        return err_set(e, 2, "the tar file is cut: %s is longer than what is left", h->name[99] ? "a member" : h->name);
                *file = (struct hw_tar_file){ .folder = h->type == '5', .mode = (u32)mode, .data = tar + *at, .size = (size_t)bytes };
                size_t blocks = ((size_t)bytes + 511) / 512 * 512;
                *at = blocks > size - *at ? size : *at + blocks;
                join_path(file->path, sizeof file->path, h);
                if (file->folder)
                        file->size = 0;
                if (h->type == '0' || h->type == 0 || h->type == '5')
                        return 1;
        }
}

static int write_all(int fd, const void *data, size_t size)
{
        for (size_t done = 0; done < size;) {
                ssize_t n = write(fd, (const u8 *)data + done, size - done);
                if (n < 0 && errno != EINTR)
                        return -1;
                done += n > 0 ? (size_t)n : 0;
        }
        return 0;
}

/* Where to cut a path into prefix and name: the first slash that leaves at most 100 bytes behind it. */
static const char *cut(const char *path)
{
        size_t length = strlen(path);
        if (length <= 100)
                return path;
        const char *slash = strchr(path + length - 101, '/');
        return slash && slash[1] && slash - path <= 155 ? slash + 1 : NULL;
}

int hw_tar_write(int fd, const struct hw_tar_file *file)
{
        struct header h = { .type = file->folder ? '5' : '0', .magic = "ustar", .version = { '0', '0' } };
        const char *path = file->path + 1, *name = cut(path);
        char digits[16];
        if (!name) {
                errno = ENAMETOOLONG;
                return -1;
        }
        memcpy(h.name, name, strlen(name));
        if (name != path)
                memcpy(h.prefix, path, (size_t)(name - path - 1));
        snprintf(h.mode, sizeof h.mode, "%07o", file->mode & 07777);
        strcpy(h.uid, "0000000");
        strcpy(h.gid, "0000000");
        snprintf(digits, sizeof digits, "%011llo", (unsigned long long)(file->folder ? 0 : file->size));
        memcpy(h.size, digits, 11);
        memcpy(h.mtime, "00000000000", 11);
        snprintf(digits, sizeof digits, "%06o", checksum(&h));
        memcpy(h.checksum, digits, 7);
        h.checksum[7] = ' ';
        static const u8 zeros[512];
        size_t rest = file->folder ? 0 : (512 - file->size % 512) % 512;
        if (write_all(fd, &h, sizeof h) < 0 || (!file->folder && write_all(fd, file->data, file->size) < 0))
                return -1;
        return write_all(fd, zeros, rest);
}

int hw_tar_end(int fd)
{
        static const u8 zeros[1024];
        return write_all(fd, zeros, sizeof zeros);
}
