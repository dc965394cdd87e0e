#include "rootfs/sink.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"

static void note(struct sink *s, u32 *counter)
{
        const char *why = archive_error_string(s->to);
        if (!*counter && !s->job->notes.first[0] && why)
                snprintf(s->job->notes.first, sizeof s->job->notes.first, "%s", why);
        (*counter)++;
}

/* A warning is something that could not be kept; everything worse is an error. */
static int judge(struct sink *s, int result, const char *path, struct err *e)
{
        if (result == ARCHIVE_OK)
                return 0;
        const char *why = archive_error_string(s->to) ? archive_error_string(s->to) : strerror(errno);
        if (result == ARCHIVE_WARN) {
                note(s, strstr(why, "user") || strstr(why, "group") || strstr(why, "owner") ? &s->job->notes.owners
                                                                                            : &s->job->notes.others);
                return 0;
        }
        return err_set(e, 1, "cannot write %.160s of %s: %.200s", path, s->name, why);
}

int sink_open_folder(struct sink *s, struct job *j, const char *name, struct err *e)
{
        *s = (struct sink){ .job = j, .to = archive_write_disk_new(), .disk = true, .name = name };
        if (!s->to)
                return err_set(e, 1, "out of memory");
        archive_write_disk_set_options(s->to, ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_XATTR |
                                                      ARCHIVE_EXTRACT_ACL | ARCHIVE_EXTRACT_SPARSE | ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                                                      ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
        return 0;
}

static bool ends(const char *name, const char *ending)
{
        size_t n = strlen(name), k = strlen(ending);
        return n > k && !strcmp(name + n - k, ending);
}

int sink_open_tar(struct sink *s, struct job *j, int fd, const char *target, const char *name, struct err *e)
{
        *s = (struct sink){ .job = j, .to = archive_write_new(), .name = name };
        if (!s->to)
                return err_set(e, 1, "out of memory");
        archive_write_set_format_pax(s->to);
        if (ends(target, ".gz") || ends(target, ".tgz"))
                archive_write_add_filter_gzip(s->to);
        else if (ends(target, ".xz") || ends(target, ".txz"))
                archive_write_add_filter_xz(s->to);
        else if (ends(target, ".zst") || ends(target, ".tzst"))
                archive_write_add_filter_zstd(s->to);
        archive_write_set_bytes_per_block(s->to, 1 << 16);
        archive_write_set_bytes_in_last_block(s->to, 1);
        if (archive_write_open_fd(s->to, fd) == ARCHIVE_OK)
                return 0;
        return err_set(e, 1, "cannot write %s: %s", target, archive_error_string(s->to));
}

static bool climbs(const char *path)
{
        for (const char *at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
                if (at[0] == '.' && at[1] == '.' && (at[2] == '/' || !at[2]))
                        return true;
        return false;
}

static int refuse(const struct sink *s, const char *path, const char *why, struct err *e)
{
        return err_set(e, 1, "%s is refused: its entry '%.160s' %s", s->name, path, why);
}

static int compare(const void *a, const void *b)
{
        return strcmp(a, b);
}

static const char *plain(const char *path)
{
        while (path[0] == '.' && path[1] == '/')
                path += 2;
        return path;
}

/* Whether a folder in the path was a symbolic link before. What unpacks a tar later may not look as closely. */
static bool leads_through_link(const struct sink *s, const char *path)
{
        AUTO_FREE char *copy = format("%s", plain(path));
        for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = 0;
                if (tfind(copy, &s->links, compare))
                        return true;
                *slash = '/';
        }
        return false;
}

static void remember_link(struct sink *s, struct archive_entry *entry)
{
        char *path = format("%s", plain(archive_entry_pathname(entry)));
        char **found = archive_entry_filetype(entry) == AE_IFLNK ? tsearch(path, &s->links, compare) : NULL;
        if (!found || *found != path)
                free(path);
}

static int check(struct sink *s, struct archive_entry *entry, struct err *e)
{
        const char *path = archive_entry_pathname(entry), *hard = archive_entry_hardlink(entry);
        if (!path || !*path)
                return refuse(s, "", "has no name", e);
        if (path[0] == '/')
                return refuse(s, path, "has an absolute path", e);
        if (climbs(path))
                return refuse(s, path, "climbs out of the tree by ..", e);
        if (hard && (hard[0] == '/' || climbs(hard)))
                return refuse(s, path, "is a hard link to a place outside of the tree", e);
        if (!s->disk && leads_through_link(s, path))
                return refuse(s, path, "leads through a symbolic link", e);
        if (!s->disk)
                remember_link(s, entry);
        i64 size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;
        if (size < 0 || (u64)size > s->job->left)
                return refuse(s, path, "is larger than is allowed (a sparse file, or a bomb); --max-size raises the limit", e);
        return 0;
}

static bool is_special(struct archive_entry *entry)
{
        mode_t type = archive_entry_filetype(entry);
        return !archive_entry_hardlink(entry) && (type == AE_IFCHR || type == AE_IFBLK || type == AE_IFSOCK);
}

/* "./usr" and "usr" with the prefix before it; the entry of the root folder itself becomes "." */
static void rename_entry(struct archive_entry *entry, const char *prefix)
{
        const char *path = archive_entry_pathname(entry), *hard = archive_entry_hardlink(entry);
        if (!prefix || !path)
                return;
        AUTO_FREE char *name = format("%s%s", prefix, path), *link = hard ? format("%s%s", prefix, hard) : NULL;
        archive_entry_copy_pathname(entry, name);
        if (link)
                archive_entry_copy_hardlink(entry, link);
}

int sink_entry(struct sink *s, struct archive_entry *entry, struct err *e)
{
        rename_entry(entry, s->prefix);
        if (check(s, entry, e) < 0)
                return -1;
        /* A namespace cannot make devices, and a box shows the machine's own; in a tar they are only names. Sockets are nobody's by now. */
        if (is_special(entry) && (s->disk || archive_entry_filetype(entry) == AE_IFSOCK)) {
                s->job->notes.devices++;
                return 0;
        }
        if (s->job->left < 512)
                return refuse(s, archive_entry_pathname(entry), "is one too many: the limit is reached; --max-size raises it", e);
        s->job->left -= 512; /* for the entry itself: an archive of nothing but names ends, too */
        if (judge(s, archive_write_header(s->to, entry), archive_entry_pathname(entry), e) < 0)
                return -1;
        return archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry) && archive_entry_size(entry) > 0;
}

int sink_data(struct sink *s, const void *data, size_t len, struct err *e)
{
        if (len > s->job->left)
                return err_set(e, 1, "%s is refused: it unpacks to more than is allowed; --max-size raises the limit", s->name);
        s->job->left -= len;
        la_ssize_t n = archive_write_data(s->to, data, len);
        return n < 0 ? judge(s, ARCHIVE_FAILED, "the data", e) : 0;
}

int sink_end_entry(struct sink *s, struct err *e)
{
        return judge(s, archive_write_finish_entry(s->to), "the end of an entry", e);
}

int sink_close(struct sink *s, struct err *e)
{
        int bad = judge(s, archive_write_close(s->to), "the end", e);
        archive_write_free(s->to);
        s->to = NULL;
        return bad;
}

void sink_drop(struct sink *s)
{
        if (s->to)
                archive_write_free(s->to);
        tdestroy(s->links, free);
        *s = (struct sink){ 0 };
}
