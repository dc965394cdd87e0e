#include "box/mask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "box/keeper.h"
#include "box/probe.h"
#include "base/util.h"

int mask_bind(int from, int to, bool recursive)
{
        struct fd_path source = fd_path(from), target = fd_path(to);
        return mount(source.text, target.text, NULL, MS_BIND | (recursive ? MS_REC : 0), NULL);
}

/* Where a symbolic link that leads to nothing leads to; `path` itself when it is none. Malloced. */
static char *follow(int root, const char *path)
{
        char *at = format("%s", path), to[4096];
        for (int hops = 0; hops < 8; hops++) {
                AUTO_CLOSE int fd = root_open(root, at, O_PATH | O_NOFOLLOW, 0);
                ssize_t n = fd < 0 ? -1 : readlinkat(fd, "", to, sizeof to - 1);
                if (n <= 0)
                        break;
                to[n] = 0;
                char *slash = strrchr(at, '/'),
                     *next = to[0] == '/' ? format("%s", to) : format("%.*s/%s", (int)(slash ? slash - at : 0), at, to);
                free(at);
                at = next;
        }
        return at;
}

static int make_here(int root, const char *path, bool folder)
{
        if (folder)
                return root_mkdirs(root, path, 0755);
        AUTO_FREE char *parent = format("%s", path);
        char *slash = strrchr(parent, '/');
        if (slash && slash != parent) {
                *slash = 0;
                if (root_mkdirs(root, parent, 0755) < 0)
                        return -1;
        }
        AUTO_CLOSE int made = root_open(root, path, O_CREAT | O_RDONLY, 0644);
        return made < 0 ? -1 : 0;
}

int mask_place(const struct mask *m, const char *path, bool folder)
{
        struct stat st;
        int fd = root_open(m->root, path, O_PATH, 0), why = errno;
        /* The tree's own needs no keeper, which would cost two changes of process; one of another box's making it has to hold. */
        if (fd >= 0 && (!m->made || (fstat(fd, &st) == 0 && !keeper_made(&st))))
                return fd;
        close_fd_var(&fd);
        if (!m->made && why != ENOENT)
                return errno = why, -1;
        AUTO_FREE char *end = follow(m->root, path);
        if ((m->made ? keeper_make(m->made, end, folder) : make_here(m->root, end, folder)) < 0)
                return -1;
        return root_open(m->root, path, O_PATH, 0);
}

/* A file of ours at `path` of the tree. */
static void cover(const struct mask *m, const char *path, const char *name, const char *text, mode_t mode)
{
        AUTO_CLOSE int copy = scratch_file(m->tmpfs, name, text, mode);
        AUTO_CLOSE int target = copy < 0 ? -1 : mask_place(m, path, false);
        if (target >= 0)
                mask_bind(copy, target, false);
}

void mask_resolv_conf(const struct mask *m, enum rootfs_resolv resolv)
{
        AUTO_FREE char *text = resolv == RESOLV_HOST ? read_text(AT_FDCWD, "/etc/resolv.conf", 1 << 16) : format("%s", "");
        if (resolv != RESOLV_GUEST && text)
                cover(m, "/etc/resolv.conf", "resolv.conf", text, 0644);
}

/* Does the tree have it? What another run is about to take away again does not count. */
static bool there(int root, const char *path)
{
        AUTO_CLOSE int fd = root_open(root, path, O_PATH | O_NOFOLLOW, 0);
        struct stat st;
        return fd >= 0 && fstat(fd, &st) == 0 && !keeper_made(&st);
}

void mask_services(const struct mask *m)
{
        bool debian = there(m->root, "/usr/sbin/invoke-rc.d") || there(m->root, "/usr/bin/deb-systemd-invoke");
        /* 101: "action forbidden by policy" */
        if (debian && !there(m->root, "/usr/sbin/policy-rc.d"))
                cover(m, "/usr/sbin/policy-rc.d", "policy-rc.d", "#!/bin/sh\nexit 101\n", 0755);
}

/* $LIB and $PLATFORM as arm64's loader replaces them, with or without braces. */
static char *expand(const char *name, const char *lib)
{
        const struct {
                const char *token, *value;
        } tokens[] = { { "${LIB}", lib }, { "$LIB", lib }, { "${PLATFORM}", "aarch64" }, { "$PLATFORM", "aarch64" } };
        char *out = format("%s", name);
        for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
                for (char *at; (at = strstr(out, tokens[i].token));) {
                        char *before = out;
                        out = format("%.*s%s%s", (int)(at - before), before, tokens[i].value, at + strlen(tokens[i].token));
                        free(before);
                }
        return out;
}

static bool good_library(int root, const char *name)
{
        static const char *const libs[] = { "lib/aarch64-linux-gnu", "lib64", "lib" };
        if (!strchr(name, '/'))
                return true; /* the loader searches for it */
        for (size_t i = 0; i < ARRAY_LEN(libs); i++) {
                AUTO_FREE char *path = expand(name, libs[i]);
                AUTO_CLOSE int fd = root_open(root, path, O_RDONLY, 0);
                struct program p;
                if (fd >= 0 && probe_program(fd, &p) == 0 && p.kind == PROGRAM_ARM64)
                        return true;
        }
        return false;
}

char *mask_preload_wrong(int root)
{
        AUTO_CLOSE int fd = root_open(root, "/etc/ld.so.preload", O_RDONLY | O_NONBLOCK, 0);
        struct fd_path at = fd_path(fd);
        AUTO_FREE char *text = fd < 0 ? NULL : read_text(AT_FDCWD, at.text, 1 << 16);
        for (char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
                line[strcspn(line, "#")] = 0;
                for (char *more = NULL, *name = strtok_r(line, " \t:", &more); name; name = strtok_r(NULL, " \t:", &more))
                        if (!good_library(root, name))
                                return format("%s", name);
        }
        return NULL;
}

void mask_preload(int root)
{
        AUTO_FREE char *wrong = mask_preload_wrong(root);
        AUTO_CLOSE int fd = wrong ? root_open(root, "/etc/ld.so.preload", O_RDONLY, 0) : -1;
        AUTO_CLOSE int null = open("/dev/null", O_PATH | O_CLOEXEC);
        if (fd >= 0 && null >= 0)
                mask_bind(null, fd, false); /* reads as an empty file, and that is all the loader looks at */
}
