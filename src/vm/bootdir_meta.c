#include "vm/bootdir_meta.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* A mode is a type and nothing beside it and the permissions. */
static int accept_mode(u32 found, u32 *mode, struct err *e)
{
        if (!(found & S_IFMT) || found & ~(u32)(S_IFMT | 07777))
                return err_set(e, 2, "its mode in the metadata, 0x%x, is none", found);
        *mode = found;
        return 1;
}

int bootdir_meta_xattr(int fd, u32 *mode, struct err *e)
{
        u8 raw[4];
        ssize_t len = fgetxattr(fd, "user.virtfs.mode", raw, sizeof raw);
        if (len < 0 && (errno == ENODATA || errno == ENOTSUP))
                return 0;
        if (len < 0 && errno != ERANGE)
                return err_set(e, 1, "its attribute user.virtfs.mode cannot be read: %s", strerror(errno));
        if (len != sizeof raw)
                return err_set(e, 2, "its attribute user.virtfs.mode is not of 4 bytes");
        return accept_mode(raw[0] | raw[1] << 8 | raw[2] << 16 | (u32)raw[3] << 24, mode, e);
}

/* The decimal number that ends the line, or no_number. */
static u64 decimal(const char *at, const char *end)
{
        const u64 no_number = UINT64_MAX;
        u64 value = 0;
        if (at == end || end - at > 10)
                return no_number;
        for (; at < end; at++) {
                if (*at < '0' || *at > '9')
                        return no_number;
                value = value * 10 + (u64)(*at - '0');
        }
        return value;
}

int bootdir_meta_text(const char *text, size_t len, u32 *mode, struct err *e)
{
        static const char key[] = "virtfs.mode=";
        if (len > BOOTDIR_META_TEXT_MAX)
                return err_set(e, 2, "its metadata is larger than %d bytes", BOOTDIR_META_TEXT_MAX);
        for (const char *at = text, *end = text + len; at < end;) {
                const char *line_end = memchr(at, '\n', (size_t)(end - at));
                if (!line_end)
                        line_end = end;
                if ((size_t)(line_end - at) >= sizeof key - 1 && !memcmp(at, key, sizeof key - 1)) {
                        u64 value = decimal(at + sizeof key - 1, line_end);
                        return value > UINT32_MAX ? err_set(e, 2, "its mode in the metadata is no number")
                                                  : accept_mode((u32)value, mode, e);
                }
                at = line_end + 1;
        }
        return err_set(e, 2, "its metadata names no mode");
}
