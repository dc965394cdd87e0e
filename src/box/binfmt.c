#include "box/binfmt.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "box/util.h"

#define BINFMT_DIR "/proc/sys/fs/binfmt_misc"

/* The first 20 bytes of an arm64 program, and which bits count: as Debian's qemu-user-static has them. */
#define ARM64_MAGIC "\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00"
#define ARM64_MASK  "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff"
static const u8 arm64_head[20] = { 0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 183, 0 };

enum { MAGIC_MAX = 128 };

static int hex_bytes(const char *hex, u8 *out)
{
        int n = 0;
        for (; n < MAGIC_MAX && isxdigit((u8)hex[0]) && isxdigit((u8)hex[1]); hex += 2) {
                unsigned byte;
                sscanf(hex, "%2x", &byte);
                out[n++] = (u8)byte;
        }
        return n;
}

static bool takes_arm64(const u8 *magic, const u8 *mask, int n, int offset)
{
        if (n + offset > (int)sizeof arm64_head)
                return false;
        for (int i = 0; i < n; i++)
                if ((arm64_head[offset + i] ^ magic[i]) & mask[i])
                        return false;
        return n + offset >= 20; /* a shorter one takes every ELF file: not ours to drop */
}

static void put_escaped(char *to, const u8 *bytes, int n)
{
        *to = 0;
        for (int i = 0; i < n; i++)
                sprintf(to + 4 * i, "\\x%02x", bytes[i]);
}

/* A delimiter that none of the fields holds. */
static char delimiter(const char *name, const char *interpreter, const char *extension)
{
        for (const char *c = ":|!%,;@"; *c; c++)
                if (!strchr(name, *c) && !strchr(interpreter, *c) && !strchr(extension, *c))
                        return *c;
        return 0;
}

char *binfmt_line(const char *name, const char *text)
{
        char interpreter[512] = "", flags[16] = "", extension[64] = "", magic_hex[2 * MAGIC_MAX + 1] = "", mask_hex[2 * MAGIC_MAX + 1] = "";
        int offset = 0;
        if (strncmp(text, "enabled", 7))
                return NULL;
        for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
                sscanf(line, "interpreter %511[^\n]", interpreter);
                sscanf(line, "flags:%*[ ]%15[A-Z]", flags);
                sscanf(line, "extension .%63[^\n]", extension);
                sscanf(line, "offset %d", &offset);
                sscanf(line, "magic %256[0-9a-f]", magic_hex);
                sscanf(line, "mask %256[0-9a-f]", mask_hex);
        }
        char d = delimiter(name, interpreter, extension);
        if (!d || interpreter[0] != '/')
                return NULL;
        if (extension[0])
                return format("%c%s%cE%c%c%s%c%c%s%c%s", d, name, d, d, d, extension, d, d, interpreter, d, flags);
        u8 magic[MAGIC_MAX], mask[MAGIC_MAX];
        int n = hex_bytes(magic_hex, magic);
        memset(mask, 0xff, sizeof mask);
        hex_bytes(mask_hex, mask);
        if (!n || offset < 0 || takes_arm64(magic, mask, n, offset))
                return NULL;
        char magic_text[4 * MAGIC_MAX + 1], mask_text[4 * MAGIC_MAX + 1];
        put_escaped(magic_text, magic, n);
        put_escaped(mask_text, mask, mask_hex[0] ? n : 0);
        return format("%c%s%cM%c%d%c%s%c%s%c%s%c%s", d, name, d, d, offset, d, magic_text, d, mask_text, d, interpreter, d, flags);
}

void binfmt_read(const char *path, struct binfmt_set *set)
{
        *set = (struct binfmt_set){ 0 };
        DIR *dir = opendir(path);
        if (!dir)
                return;
        for (struct dirent *d; (d = readdir(dir));) {
                if (d->d_name[0] == '.' || !strcmp(d->d_name, "register") || !strcmp(d->d_name, "status"))
                        continue;
                AUTO_FREE char *text = read_text(dirfd(dir), d->d_name, 4096);
                char *line = text ? binfmt_line(d->d_name, text) : NULL;
                if (!line)
                        continue;
                set->lines = realloc(set->lines, (set->count + 1) * sizeof *set->lines);
                if (!set->lines)
                        abort();
                set->lines[set->count++] = line;
        }
        closedir(dir);
}

void binfmt_free(struct binfmt_set *set)
{
        for (size_t i = 0; i < set->count; i++)
                free(set->lines[i]);
        free(set->lines);
        *set = (struct binfmt_set){ 0 };
}

static int register_line(const char *line)
{
        return write_text(BINFMT_DIR "/register", line, strlen(line));
}

bool binfmt_install(const struct binfmt_set *set, const char *engine_path, int engine_fd)
{
        if (mount("binfmt_misc", BINFMT_DIR, "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
                return false;
        /* A handler whose interpreter is not there any more is dropped: it could not run anything either. */
        for (size_t i = 0; i < set->count; i++)
                register_line(set->lines[i]);
        struct fd_path by_fd = fd_path(engine_fd);
        bool plain = !strchr(engine_path, ':') && strlen(engine_path) < 500;
        AUTO_FREE char *line = format(":crossarm-aarch64:M::" ARM64_MAGIC ":" ARM64_MASK ":%s:POCF", plain ? engine_path : by_fd.text);
        if (register_line(line) == 0)
                return true;
        int why = errno;
        umount2(BINFMT_DIR, MNT_DETACH);
        errno = why;
        return false;
}
