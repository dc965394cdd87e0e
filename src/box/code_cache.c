#include "box/code_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

static int make_and_open(int parent, const char *name, mode_t mode)
{
        if (mkdirat(parent, name, mode) == 0)
                fchmodat(parent, name, mode, 0); /* whatever the umask is */
        else if (errno != EEXIST)
                return -1;
        return openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int open_folder(const char *path)
{
        return path && path[0] == '/' ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

/* The user's folder for caches has to be there, or at least its home. */
static int open_caches(void)
{
        const char *cache = getenv("XDG_CACHE_HOME");
        if (cache && cache[0] == '/')
                return open_folder(cache);
        AUTO_CLOSE int home = open_folder(getenv("HOME"));
        return home < 0 ? -1 : make_and_open(home, ".cache", 0700);
}

static int open_code(void)
{
        const char *named = getenv("CROSSARM_CODE_CACHE");
        if (named)
                return open_folder(named);
        AUTO_CLOSE int caches = open_caches();
        AUTO_CLOSE int ours = caches < 0 ? -1 : make_and_open(caches, "crossarm", 0700);
        return ours < 0 ? -1 : make_and_open(ours, "code", 0700);
}

int code_cache_open(const struct stat *tree)
{
        int code = open_code();
        if (code < 0 || !tree)
                return code;
        AUTO_FREE char *name = format("tree-%lx-%lx", (unsigned long)tree->st_dev, (unsigned long)tree->st_ino);
        int of_tree =
                make_and_open(code, name, 01777); /* all users of the tree keep what they translate, and believe themselves and root */
        close(code);
        return of_tree;
}
