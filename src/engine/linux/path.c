#include "engine/linux/path.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include <linux/fcntl.h>

const char *path_below_prefix(const struct linux_state *ls, const char *path, char *buf)
{
        if (!ls->options.prefix || path[0] != '/')
                return path;
        str_copy(buf, PATH_SIZE, ls->options.prefix);
        if (str_append(buf, PATH_SIZE, path) >= PATH_SIZE)
                return path;
        return sys_call3(__NR_faccessat, AT_FDCWD, (long)buf, 0) == 0 ? buf : path;
}

static size_t length_up_to(const char *s, size_t n)
{
        size_t i = 0;

        while (i < n && s[i])
                i++;
        return i;
}

long path_read(gaddr guest, char *buf, size_t cap)
{
        size_t n = 0;

        while (n < cap) {
                size_t want = 64 - (guest + n) % 64, len; /* never past the page that holds the terminator */

                if (want > cap - n)
                        want = cap - n;
                if (!guest_read(buf + n, guest + n, want))
                        return -EFAULT;
                len = length_up_to(buf + n, want);
                n += len;
                if (len < want)
                        return n;
        }
        return -ENAMETOOLONG;
}

const char *path_translate(const struct linux_state *ls, gaddr guest, char *buf)
{
        char path[PATH_SIZE];

        if (!ls->options.prefix || path_read(guest, path, sizeof path) < 0)
                return (const char *)guest;
        return path_below_prefix(ls, path, buf) == buf ? buf : (const char *)guest;
}

bool path_begins(gaddr guest, const char *prefix)
{
        char head[16];
        size_t n = str_len(prefix);

        for (size_t i = 0; i < n; i++) /* a byte at a time: the string may end before an unmapped page */
                if (!guest_read(&head[i], guest + i, 1) || head[i] != prefix[i])
                        return false;
        return true;
}
