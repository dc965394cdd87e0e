#include "vm/bootdir_hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

#define FOLDER "qemu.d"
#define HOOK   "qemu.d/crossarm-bootdir"
#define MARK   "# Written by `crossarm vm bootdir install`; `crossarm vm bootdir uninstall` removes it."

enum { MAX_SCRIPT = 8192 };

/* In single quotes of a shell. Malloced. */
static char *quoted(const char *word)
{
        char *text = format("'");
        for (; *word; word++) {
                char *longer = *word == '\'' ? format("%s'\\''", text) : format("%s%c", text, *word);
                free(text);
                text = longer;
        }
        char *whole = format("%s'", text);
        free(text);
        return whole;
}

/* Other guests have to start when crossarm is gone: then the hook does nothing. */
static char *script(const char *program)
{
        AUTO_FREE char *word = quoted(program);
        return format("#!/bin/sh\n" MARK "\n"
                      "# Before a guest starts whose kernel comes from its own /boot, that is looked at again.\n"
                      "[ \"$2/$3\" = prepare/begin ] && [ -x %s ] || exit 0\n"
                      "exec %s vm bootdir hook \"$@\"\n",
                word, word);
}

static char *hook_path(const char *hooks, const char *suffix)
{
        return format("%s/" HOOK "%s", hooks, suffix);
}

static int failed(struct err *e, const char *path)
{
        return err_set(e, 1, "cannot write %s: %s", path, strerror(errno));
}

static int make_folder(const char *hooks)
{
        AUTO_FREE char *folder = format("%s/" FOLDER, hooks);
        AUTO_CLOSE int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_FREE char *whole = *folder == '/' ? format("%s", folder) : NULL;
        return whole ? root_mkdirs(top, whole, 0755) : -1;
}

int bootdir_hook_install(const char *hooks, const char *program, struct err *e)
{
        AUTO_FREE char *path = hook_path(hooks, ""), *fresh = hook_path(hooks, ".new");
        AUTO_FREE char *text = script(program);
        AUTO_FREE char *old = read_text(AT_FDCWD, path, MAX_SCRIPT);
        if (old && !strcmp(old, text) && access(path, X_OK) == 0)
                return 0;
        if (old && !strstr(old, MARK))
                return err_set(e, 1, "%s is there and is not ours: look what it is, and move it away", path);
        if (make_folder(hooks) < 0)
                return failed(e, path);
        AUTO_CLOSE int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0755);
        if (fd < 0)
                return failed(e, fresh);
        if (write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, 0755) == 0 && fsync(fd) == 0 && rename(fresh, path) == 0)
                return 1;
        failed(e, path);
        unlink(fresh);
        return -1;
}

int bootdir_hook_uninstall(const char *hooks, struct err *e)
{
        AUTO_FREE char *path = hook_path(hooks, "");
        AUTO_FREE char *old = read_text(AT_FDCWD, path, MAX_SCRIPT);
        if (!old && errno == ENOENT)
                return 0;
        if (!old || !strstr(old, MARK))
                return err_set(e, 1, "%s is not ours: it stays", path);
        return unlink(path) < 0 ? err_set(e, 1, "cannot remove %s: %s", path, strerror(errno)) : 1;
}

bool bootdir_hook_installed(const char *hooks)
{
        AUTO_FREE char *path = hook_path(hooks, "");
        AUTO_FREE char *text = read_text(AT_FDCWD, path, MAX_SCRIPT);
        return text && strstr(text, MARK);
}
