#include "binfmt/persist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

static bool exists(const char *root, const char *path)
{
        AUTO_FREE char *full = format("%s%s", root, path);
        return access(full, F_OK) == 0;
}

enum persist_kind persist_kind(const char *root)
{
        if (exists(root, "/usr/lib/systemd/systemd-binfmt") || exists(root, "/lib/systemd/systemd-binfmt") ||
                exists(root, "/run/systemd/system"))
                return PERSIST_BINFMT_D;
        if (exists(root, "/sbin/openrc-run") || exists(root, "/usr/sbin/openrc-run"))
                return PERSIST_OPENRC;
        return exists(root, "/etc/init.d") ? PERSIST_SYSV : PERSIST_NONE;
}

/* The whole file or none of it, even when the machine stops meanwhile. */
static int write_file(const char *path, const char *text, mode_t mode, struct err *e)
{
        AUTO_FREE char *part = format("%s.part-%d", path, getpid());
        AUTO_CLOSE int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        size_t len = strlen(text);
        if (fd >= 0 && write(fd, text, len) == (ssize_t)len && fchmod(fd, mode) == 0 && fsync(fd) == 0 && rename(part, path) == 0)
                return 0;
        int why = errno;
        if (fd >= 0)
                unlink(part);
        return err_set(e, 1, "cannot write %s: %s%s", path, strerror(why), why == EACCES ? "; this needs root" : "");
}

static char *lines_of(const struct handler *h, size_t count)
{
        char *text = format("%s", "");
        for (size_t i = 0; i < count; i++) {
                AUTO_FREE char *before = text, *line = handler_line(&h[i]);
                text = format("%s%s\n", before, line ? line : "");
        }
        return text;
}

static char *conf_path(const char *root, const char *arch_name)
{
        return format("%s/etc/binfmt.d/qemu-%s.conf", root, arch_name);
}

static const char conf_head[] = "# Written by `crossarm binfmt persist`; `crossarm binfmt unpersist` removes it. See binfmt.d(5).\n";

static int add_conf(const char *root, const char *arch_name, const char *lines, char **path, struct err *e)
{
        AUTO_FREE char *dir = format("%s/etc/binfmt.d", root);
        if (mkdir(dir, 0755) < 0 && errno != EEXIST)
                return err_set(e, 1, "cannot make the folder %s: %s", dir, strerror(errno));
        *path = conf_path(root, arch_name);
        AUTO_FREE char *text = format("%s%s", conf_head, lines);
        return write_file(*path, text, 0644, e);
}

/*
 * The init script: the handlers' lines stand between the two marks, each on a line of its own, and are written one at a time. %1: the
 * first line and head, by the kind of init; %2: the lines.
 */
static const char mark_begin[] = "cat <<'HANDLERS'\n", mark_end[] = "HANDLERS\n";
static const char sysv_head[] = "#!/bin/sh\n"
                                "### BEGIN INIT INFO\n"
                                "# Provides:          crossarm-binfmt\n"
                                "# Required-Start:    $local_fs\n"
                                "# Required-Stop:\n"
                                "# Default-Start:     2 3 4 5\n"
                                "# Default-Stop:\n"
                                "# Short-Description: binfmt_misc handlers of crossarm\n"
                                "### END INIT INFO\n";
static const char openrc_head[] = "#!/sbin/openrc-run\n"
                                  "description='binfmt_misc handlers of crossarm'\n"
                                  "depend() { need localmount; }\n";
static const char script_body[] =
        "# Written by `crossarm binfmt persist`; `crossarm binfmt unpersist` removes it.\n"
        "dir=/proc/sys/fs/binfmt_misc\n"
        "handlers() {\n"
        "%s%s%s}\n"
        "start() {\n"
        "        [ -e $dir/register ] || { modprobe -q binfmt_misc; mount -t binfmt_misc binfmt_misc $dir; } || return 1\n"
        "        failed=0\n"
        "        while read -r line; do\n"
        "                name=${line#:} && name=${name%%%%:*}\n"
        "                [ ! -e \"$dir/$name\" ] || echo -1 >\"$dir/$name\"\n"
        "                printf '%%s\\n' \"$line\" >$dir/register || failed=1\n"
        "        done <<END\n"
        "$(handlers)\n"
        "END\n"
        "        return $failed\n"
        "}\n"
        "stop() { handlers | while IFS=: read -r _ name _; do [ ! -e \"$dir/$name\" ] || echo -1 >\"$dir/$name\"; done; }\n";
static const char sysv_tail[] = "case $1 in\n"
                                "start | restart | force-reload) start ;;\n"
                                "stop) stop ;;\n"
                                "status) handlers | while IFS=: read -r _ name _; do [ -e \"$dir/$name\" ] || exit 3; done ;;\n"
                                "*) echo \"Usage: $0 {start|stop|restart|force-reload|status}\" >&2; exit 2 ;;\n"
                                "esac\n";

/* The handler lines of an existing script without those of `arch_name`; malloced, "" without a script. */
static char *other_lines(const char *script, const char *arch_name)
{
        AUTO_FREE char *text = read_text(AT_FDCWD, script, 1 << 16);
        char *at = text ? strstr(text, mark_begin) : NULL, *end = at ? strstr(at, "\nHANDLERS\n") : NULL, *kept = format("%s", "");
        if (!at || !end)
                return kept;
        end[1] = 0;
        AUTO_FREE char *plain = format(":qemu-%s:", arch_name), *appimage = format(":qemu-%s-appimage:", arch_name);
        for (char *save = NULL, *line = strtok_r(at + strlen(mark_begin), "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                AUTO_FREE char *before = kept;
                bool drop = !strncmp(line, plain, strlen(plain)) || !strncmp(line, appimage, strlen(appimage));
                kept = drop ? format("%s", before) : format("%s%s\n", before, line);
        }
        return kept;
}

static int write_script(const char *root, const char *script, const char *lines, struct err *e)
{
        bool openrc = persist_kind(root) == PERSIST_OPENRC;
        AUTO_FREE char *body = format(script_body, mark_begin, lines, mark_end);
        AUTO_FREE char *text = format("%s%s%s", openrc ? openrc_head : sysv_head, body, openrc ? "" : sysv_tail);
        return write_file(script, text, 0755, e);
}

/* The links that make init start it: by hand, the same way insserv and rc-update would. */
static const char *const sysv_links[] = { "/etc/rc2.d/S01crossarm-binfmt", "/etc/rc3.d/S01crossarm-binfmt", "/etc/rc4.d/S01crossarm-binfmt",
        "/etc/rc5.d/S01crossarm-binfmt" };
static const char *const openrc_links[] = { "/etc/runlevels/boot/crossarm-binfmt" };

static int link_script(const char *root, bool on, struct err *e)
{
        bool openrc = persist_kind(root) == PERSIST_OPENRC;
        const char *const *links = openrc ? openrc_links : sysv_links;
        size_t count = openrc ? ARRAY_LEN(openrc_links) : ARRAY_LEN(sysv_links);
        for (size_t i = 0; i < count; i++) {
                AUTO_FREE char *path = format("%s%s", root, links[i]);
                int failed = on ? symlink(openrc ? PERSIST_INIT_SCRIPT : "../init.d/crossarm-binfmt", path) : unlink(path);
                if (failed < 0 && errno != EEXIST && errno != ENOENT)
                        return err_set(e, 1, "cannot %s %s: %s", on ? "make" : "remove", path, strerror(errno));
        }
        return 0;
}

static int no_init(struct err *e)
{
        return err_set(e, 1,
                "cannot make handlers persistent: there is neither systemd-binfmt nor OpenRC nor /etc/init.d here; `crossarm binfmt "
                "export` "
                "prints the lines to write to /proc/sys/fs/binfmt_misc/register at each start");
}

int persist_add(const char *root, const char *arch_name, const struct handler *h, size_t count, char **path, struct err *e)
{
        enum persist_kind kind = persist_kind(root);
        AUTO_FREE char *lines = lines_of(h, count);
        *path = NULL;
        if (kind == PERSIST_NONE)
                return no_init(e);
        if (kind == PERSIST_BINFMT_D)
                return add_conf(root, arch_name, lines, path, e);
        *path = format("%s%s", root, PERSIST_INIT_SCRIPT);
        AUTO_FREE char *others = other_lines(*path, arch_name);
        AUTO_FREE char *all = format("%s%s", others, lines);
        return write_script(root, *path, all, e) < 0 ? -1 : link_script(root, true, e);
}

/* A file of the same name that somebody else wrote stays. */
static bool is_ours(const char *path)
{
        AUTO_FREE char *text = read_text(AT_FDCWD, path, 1 << 16);
        return text && strstr(text, "Written by `crossarm binfmt persist`");
}

int persist_remove(const char *root, const char *arch_name, char **path, struct err *e)
{
        *path = conf_path(root, arch_name);
        if (is_ours(*path))
                return unlink(*path) == 0 ? 0 : err_set(e, 1, "cannot remove %s: %s", *path, strerror(errno));
        free(*path);
        *path = format("%s%s", root, PERSIST_INIT_SCRIPT);
        if (!is_ours(*path))
                return 1;
        AUTO_FREE char *others = other_lines(*path, arch_name);
        if (others[0])
                return write_script(root, *path, others, e);
        if (unlink(*path) < 0)
                return err_set(e, 1, "cannot remove %s: %s", *path, strerror(errno));
        return link_script(root, false, e);
}
