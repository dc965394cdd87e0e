#include "box/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "box/prefix.h"
#include "box/probe.h"
#include "base/util.h"

enum { SCRIPT_DEPTH = 5 };

static const char *place(const struct launch *l)
{
        return l->where ? l->where : "this machine";
}

char *launch_find(const struct launch *l, const char *name, struct err *e)
{
        if (strchr(name, '/'))
                return format("%s", name);
        const char *path = getenv("PATH");
        bool denied = false;
        for (const char *at = path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; at;) {
                size_t len = strcspn(at, ":");
                char *file = format("%.*s%s%s", (int)len, at, len ? "/" : "./", name);
                struct stat st;
                if (stat(file, &st) == 0 && S_ISREG(st.st_mode)) {
                        if (access(file, X_OK) == 0)
                                return file;
                        denied = true;
                }
                free(file);
                at = at[len] ? at + len + 1 : NULL;
        }
        if (denied)
                err_set(e, 126, "cannot run %s: it is in the PATH of %s but not executable", name, place(l));
        else
                err_set(e, 127, "cannot find the program %s in the PATH of %s", name, place(l));
        return NULL;
}

static int refuse(struct err *e, const char *path, const char *why)
{
        return err_set(e, 126, "cannot run %s: %s", path, why);
}

/* Look before the leap: the kernel's one errno cannot tell a missing program from a missing loader. */
static int look(const struct launch *l, const char *path, struct program *p, struct err *e)
{
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat st;
        if (fd < 0 && errno == EACCES && access(path, X_OK) == 0) {
                *p = (struct program){ .kind = PROGRAM_ARM64 }; /* executable and not readable: the kernel and the engine sort it out */
                return 0;
        }
        if (fd < 0)
                return err_set(e, errno == ENOENT ? 127 : 126, "cannot run %s on %s: %s", path, place(l), strerror(errno));
        if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
                return refuse(e, path, "it is a folder");
        if (access(path, X_OK) < 0)
                return refuse(e, path, "it is not executable (chmod +x would make it so)");
        if (probe_program(fd, p) < 0)
                return refuse(e, path, strerror(errno));
        if (p->kind == PROGRAM_BROKEN || p->kind == PROGRAM_FOREIGN)
                return refuse(e, path, p->why);
        if (p->kind == PROGRAM_OTHER)
                return refuse(e, path, "it is neither an ELF program nor a script with a #! line");
        if (p->kind == PROGRAM_SCRIPT && !p->interp[0])
                return refuse(e, path, "its #! line names no interpreter");
        return 0;
}

/* An arm64 program with a loader that is not in / looks below QEMU_LD_PREFIX; children inherit it. */
static int find_loader(const struct launch *l, const char *path, const struct program *p, struct err *e)
{
        if (!p->interp[0] || getenv("QEMU_LD_PREFIX") || getenv("CROSSARM_LD_PREFIX"))
                return 0;
        AUTO_FREE char *real = realpath(path, NULL);
        AUTO_FREE char *prefix = prefix_find(real ? real : path, p->interp);
        if (!prefix && l->where)
                return err_set(e, 127, "cannot run %s: its loader %s is not in %s; install the C library there (Debian: libc6)", path,
                        p->interp, l->where);
        if (!prefix)
                return err_set(e, 127,
                        "cannot run %s: its loader %s is neither in / nor in any folder above the program; run it in a rootfs (crossarm "
                        "run "
                        "ROOTFS-DIR ...), or name one with -L through QEMU_LD_PREFIX",
                        path, p->interp);
        if (strcmp(prefix, "/"))
                setenv("QEMU_LD_PREFIX", prefix, 1);
        return 0;
}

static int exec_failed(const char *path, struct err *e)
{
        return err_set(e, errno == ENOENT ? 127 : 126, "cannot run %s: %s", path, strerror(errno));
}

/* argv becomes: engine -0 argv[0] PATH argv[1]... */
static int exec_engine(const struct launch *l, const char *path, char **argv, struct err *e)
{
        size_t n = 0;
        while (argv[n])
                n++;
        AUTO_FREE char **full = calloc(n + 5, sizeof *full);
        if (!full)
                abort();
        full[0] = (char *)l->engine;
        full[1] = "-0";
        full[2] = argv[0];
        full[3] = (char *)path;
        memcpy(full + 4, argv + 1, n * sizeof *argv);
        execveat(l->engine_fd, "", full, environ, AT_EMPTY_PATH);
        return exec_failed(path, e);
}

static int exec_at_depth(const struct launch *l, const char *path, char **argv, int depth, struct err *e)
{
        struct program p;
        if (look(l, path, &p, e) < 0)
                return -1;
        if (p.kind == PROGRAM_ARM64 && find_loader(l, path, &p, e) < 0)
                return -1;
        if (p.kind == PROGRAM_ARM64 && !l->binfmt)
                return exec_engine(l, path, argv, e);
        if (p.kind != PROGRAM_SCRIPT) {
                execv(path, argv);
                return exec_failed(path, e);
        }
        if (depth == SCRIPT_DEPTH)
                return refuse(e, path, strerror(ELOOP));
        size_t n = 0;
        while (argv[n])
                n++;
        AUTO_FREE char **full = calloc(n + 3, sizeof *full);
        if (!full)
                abort();
        size_t at = 0;
        full[at++] = p.interp;
        if (p.interp_arg[0])
                full[at++] = p.interp_arg;
        full[at++] = (char *)path;
        memcpy(full + at, argv + 1, n * sizeof *argv);
        if (access(p.interp, F_OK) < 0)
                return err_set(e, 127, "cannot run the script %s: its interpreter %s is not on %s", path, p.interp, place(l));
        return exec_at_depth(l, p.interp, full, depth + 1, e);
}

int launch_exec(const struct launch *l, const char *path, char **argv, struct err *e)
{
        return exec_at_depth(l, path, argv, 0, e);
}
