#include "box/box.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "box/account.h"
#include "box/binfmt.h"
#include "box/code_cache.h"
#include "box/launch.h"
#include "box/mask.h"
#include "box/userns.h"
#include "base/util.h"

#define GUEST_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int apply_env(char *const *env)
{
        for (; env && *env; env++) {
                AUTO_FREE char *name = format("%s", *env);
                char *equals = strchr(name, '=');
                if (equals)
                        *equals = 0;
                if (!*name || (equals ? setenv(name, equals + 1, 1) : unsetenv(name)) < 0)
                        return -1;
        }
        return 0;
}

static void drop_env(void)
{
        static const char *const keep[] = { "TERM=", "COLORTERM=", "CROSSARM_" };
        size_t count = 0, kept = 0;
        while (environ[count])
                count++;
        AUTO_FREE char **old = calloc(count + 1, sizeof *old);
        if (!old)
                abort();
        for (size_t i = 0; i < count; i++)
                for (size_t k = 0; k < ARRAY_LEN(keep); k++)
                        if (!strncmp(environ[i], keep[k], strlen(keep[k])))
                                old[kept++] = environ[i];
        clearenv();
        while (kept)
                putenv(old[--kept]);
}

/* What of the host's environment makes no sense in another tree. */
static void rootfs_env(const struct account *a, bool own)
{
        static const char *const drop[] = { "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "QEMU_LD_PREFIX", "CROSSARM_LD_PREFIX",
                "CROSSARM_CODE_CACHE", "TMPDIR", "PWD", "OLDPWD" };
        if (own)
                drop_env();
        for (size_t i = 0; i < ARRAY_LEN(drop); i++)
                unsetenv(drop[i]);
        setenv("PATH", GUEST_PATH, 1);
        setenv("HOME", a->home[0] ? a->home : "/", 1);
        setenv("USER", a->name, 1);
        setenv("LOGNAME", a->name, 1);
}

/* A namespace when there can be one; root may do without the user part, and a program in the host's tree without any. */
static int enter_namespace(const struct box *b, bool *private_user, struct err *e)
{
        *private_user = userns_enter(b->rootfs || b->as_root ? USERNS_AS_ROOT : USERNS_SAME_IDS, e) == 0;
        if (*private_user)
                return 0;
        if (geteuid() == 0 && userns_mounts_only(e) == 0)
                return 0;
        return b->rootfs || b->as_root ? -1 : 0;
}

static int enter_rootfs(const struct box *b, bool user_ns, struct err *e)
{
        struct rootfs r = { .dir = b->rootfs,
                .binds = b->binds,
                .bind_count = b->bind_count,
                .resolv = b->resolv,
                .services = b->services,
                .overlay = b->overlay,
                .held = b->held,
                .user_ns = user_ns };
        if (rootfs_enter(&r, e) < 0)
                return -1;
        AUTO_FREE char *passwd = read_text(AT_FDCWD, "/etc/passwd", 1 << 20);
        AUTO_FREE char *group = read_text(AT_FDCWD, "/etc/group", 1 << 20);
        struct account a;
        if (account_find(b->user ? b->user : "0", passwd, group, &a, e) < 0)
                return -1;
        if (!a.name[0])
                strcpy(a.name, a.uid ? "user" : "root");
        rootfs_env(&a, b->own_env);
        return account_become(&a, e);
}

int box_run(const struct box *b, struct err *e)
{
        AUTO_CLOSE int engine_fd = open(b->engine, O_PATH | O_CLOEXEC);
        if (engine_fd < 0)
                return err_set(e, 126, "cannot open the engine %s: %s; build it with make, or name one with CROSSARM_ENGINE", b->engine,
                        strerror(errno));
        struct handler_list outer = { 0 };
        if (!b->no_binfmt)
                binfmt_read(BINFMT_DIR, &outer);
        bool private_user;
        if (enter_namespace(b, &private_user, e) < 0)
                return -1;
        /* Root without a user namespace must not mount binfmt_misc: that would be the machine's own instance. */
        bool binfmt = private_user && !b->no_binfmt && binfmt_install(&outer, b->engine, engine_fd);
        handler_list_free(&outer);
        if (b->rootfs && enter_rootfs(b, private_user, e) < 0)
                return -1;
        if (!b->rootfs) {
                AUTO_CLOSE int code_cache = code_cache_open(NULL); /* once it is there the engine uses it */
        }
        if (!b->rootfs && private_user) {
                AUTO_CLOSE int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
                mask_preload(root);
        }
        if (b->workdir && chdir(b->workdir) < 0)
                return err_set(e, 126, "cannot go to the folder %s%s%s: %s", b->workdir, b->rootfs ? " of " : "",
                        b->rootfs ? b->rootfs : "", strerror(errno));
        if (apply_env(b->env) < 0)
                return err_set(e, 2, "cannot set the environment: %s", strerror(errno));
        struct launch l = { .engine_fd = engine_fd, .engine = b->engine, .binfmt = binfmt, .where = b->rootfs };
        AUTO_FREE char *path = launch_find(&l, b->argv[0], e);
        if (!path || (b->ready && b->ready(b->ready_arg, binfmt, e) < 0))
                return -1;
        return launch_exec(&l, path, b->argv, e);
}
