#include "image/member.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "image/layout.h"

enum { LINKS_MAX = 8, BLOCK = 1 << 18, MEMBERS_MAX = 1 << 20 };

struct member {
        struct archive *a;
        u64 size;
        char *what; /* for messages */
};

static const char *plain_name(const char *name)
{
        while (name[0] == '/' || (name[0] == '.' && name[1] == '/'))
                name += 1 + (name[0] == '.');
        return name;
}

/* Where a link of the member `from` leads; NULL when that is out of the archive. */
static char *link_target(const char *from, const char *to)
{
        AUTO_FREE char *path = NULL;
        const char *slash = strrchr(from, '/');
        path = to[0] == '/' || !slash ? format("%s", to) : format("%.*s/%s", (int)(slash - from), from, to);
        char *parts[64], *save = NULL;
        size_t n = 0;
        for (char *p = strtok_r(path, "/", &save); p; p = strtok_r(NULL, "/", &save)) {
                if (!strcmp(p, "."))
                        continue;
                if (strcmp(p, "..")) {
                        if (n == ARRAY_LEN(parts))
                                return NULL;
                        parts[n++] = p;
                } else if (n-- == 0) {
                        return NULL;
                }
        }
        char *out = format("%s", "");
        for (size_t i = 0; i < n; i++) {
                char *longer = format("%s%s%s", out, i ? "/" : "", parts[i]);
                free(out);
                out = longer;
        }
        return out;
}

static int open_archive(const char *path, struct archive **a, struct err *e)
{
        struct stat st;
        *a = archive_read_new();
        if (!*a)
                abort();
        archive_read_support_filter_gzip(*a);
        archive_read_support_filter_zstd(*a);
        archive_read_support_filter_xz(*a);
        archive_read_support_filter_bzip2(*a);
        archive_read_support_format_tar(*a);
        if (stat(path, &st) < 0)
                return err_set(e, errno == ENOENT ? 127 : 126, "cannot open %s: %s", path, strerror(errno));
        if (S_ISDIR(st.st_mode))
                return err_set(e, 126, "cannot read %s: it is a folder; for an image layout write oci:%s", path, path);
        if (archive_read_open_filename(*a, path, BLOCK) != ARCHIVE_OK)
                return err_set(e, 126, "cannot read the archive %s: %s", path, archive_error_string(*a));
        return 0;
}

/* Go to the entry: 1 found, 0 not there, -1 and *e. The entry belongs to the archive. */
static int seek_member(struct archive *a, const char *archive, const char *name, struct archive_entry **entry, struct err *e)
{
        for (int seen = 0;; seen++) {
                int state = archive_read_next_header(a, entry);
                if (state == ARCHIVE_EOF)
                        return 0;
                if (state < ARCHIVE_WARN || seen == MEMBERS_MAX)
                        return err_set(e, 126, "the archive %s is damaged: %s", archive,
                                state < ARCHIVE_WARN ? archive_error_string(a) : "it has too many members");
                const char *path = archive_entry_pathname(*entry);
                if (path && !strcmp(plain_name(path), name))
                        return 1;
        }
}

struct member *member_open(const char *archive, const char *name, struct err *e)
{
        AUTO_FREE char *want = format("%s", plain_name(name));
        struct archive *a = NULL;
        for (int links = 0; links < LINKS_MAX; links++) {
                struct archive_entry *entry;
                int found = open_archive(archive, &a, e) < 0 ? -1 : seek_member(a, archive, want, &entry, e);
                if (found == 0)
                        err_set(e, 127, "the archive %s has no member %s", archive, name);
                if (found <= 0)
                        break;
                const char *hard = archive_entry_hardlink(entry), *soft = archive_entry_symlink(entry);
                if (!hard && !soft && archive_entry_filetype(entry) == AE_IFREG && archive_entry_size(entry) >= 0) {
                        struct member *m = calloc(1, sizeof *m);
                        if (!m)
                                abort();
                        *m = (struct member){
                                .a = a, .size = (u64)archive_entry_size(entry), .what = format("%s of the archive %s", name, archive)
                        };
                        return m;
                }
                char *next = hard ? format("%s", plain_name(hard)) : soft ? link_target(want, soft) : NULL;
                err_set(e, 126, "the member %s of the archive %s is no file", name, archive);
                archive_read_free(a);
                a = NULL;
                if (!next)
                        break;
                free(want);
                want = next;
        }
        archive_read_free(a);
        return NULL;
}

u64 member_size(const struct member *m)
{
        return m->size;
}

i64 member_read(struct member *m, void *to, size_t len, struct err *e)
{
        la_ssize_t n = archive_read_data(m->a, to, len);
        if (n < 0)
                return err_set(
                        e, 126, "cannot read %s: %s", m->what, archive_error_string(m->a) ? archive_error_string(m->a) : "it is damaged");
        return n;
}

void member_close(struct member *m)
{
        if (!m)
                return;
        archive_read_free(m->a);
        free(m->what);
        free(m);
}

int member_to_blob(const char *archive, const char *name, struct blob_writer *w, struct err *e)
{
        if (w->done && blob_restart(w, e) < 0)
                return -1;
        struct member *m = member_open(archive, name, e);
        AUTO_FREE char *piece = malloc(BLOCK);
        i64 n = m ? 0 : -1;
        if (!piece)
                abort();
        while (m && (n = member_read(m, piece, BLOCK, e)) > 0)
                if (blob_add(w, piece, (size_t)n, e) < 0) {
                        n = -1;
                        break;
                }
        member_close(m);
        return n < 0 ? -1 : 0;
}

int member_load(const char *archive, const char *name, size_t max, struct bytes *out, struct err *e)
{
        struct member *m = member_open(archive, name, e);
        if (!m)
                return -1;
        char piece[16 << 10];
        i64 n = 0;
        int bad = m->size > max ? err_set(e, 126, "%s is too large: %lu bytes", m->what, m->size) : 0;
        while (!bad && (n = member_read(m, piece, sizeof piece, e)) > 0 && out->len <= max)
                bytes_add(out, piece, (size_t)n);
        member_close(m);
        return bad || n < 0 ? -1 : 0;
}
