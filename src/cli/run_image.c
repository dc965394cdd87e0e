#include "cli/run_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "image/prepared.h"
#include "image/ref.h"
#include "image/tree.h"

static bool in_path(const char *name)
{
        const char *path = getenv("PATH");
        for (const char *at = path ? path : ""; *at;) {
                size_t len = strcspn(at, ":");
                AUTO_FREE char *file = format("%.*s/%s", (int)len, at, name);
                struct stat st;
                if (stat(file, &st) == 0 && S_ISREG(st.st_mode))
                        return true;
                at += len + (at[len] == ':');
        }
        return false;
}

bool run_names_image(const char *operand, const struct run_image *r)
{
        static const char *const transports[] = { "docker://", "oci:", "oci-archive:", "docker-archive:" };
        for (size_t i = 0; i < ARRAY_LEN(transports); i++)
                if (!strncmp(operand, transports[i], strlen(transports[i])))
                        return true;
        if (operand[0] == '/' || operand[0] == '.' || access(operand, F_OK) == 0)
                return false;
        bool said = r->platform || r->entrypoint || r->name || r->pull || r->rm;
        return said || strpbrk(operand, ":@/") || !in_path(operand);
}

/* crossarm-image pull, in a process of its own; what it prints is not the program's output. */
static int pull(const char *image, const char *platform, bool always)
{
        AUTO_FREE char *program = beside_us("crossarm-image");
        char *argv[8] = { "pull" };
        size_t n = 1;
        if (!always)
                argv[n++] = "--missing";
        if (platform) {
                argv[n++] = "--platform";
                argv[n++] = (char *)platform;
        }
        argv[n++] = "--";
        argv[n] = (char *)image;
        pid_t pid = fork();
        if (pid == 0) {
                dup2(2, 1);
                execv(program, argv);
                say_error("cannot start %s: %s; it belongs beside crossarm", program, strerror(errno));
                _exit(126);
        }
        int status = 0;
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (pid > 0)
                return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
        say_error("cannot start a process: %s", strerror(errno));
        return 126;
}

static int find(const char *image, const struct run_image *r, struct prepared *p)
{
        AUTO_FREE char *store = store_place();
        AUTO_REF struct ref ref = { 0 };
        struct platform want;
        struct err e = { 0 };
        const char *platform = r->platform ? r->platform : "linux/arm64", *when = r->pull ? r->pull : "missing";
        bool always = !strcmp(when, "always"), never = !strcmp(when, "never");
        if (!platform_parse(platform, &want)) {
                say_error("'%s' is no platform; write linux/arm64, arm64, linux/arm/v7, linux/amd64 ...", platform);
                return 2;
        }
        if (!always && !never && strcmp(when, "missing")) {
                say_error("--pull wants always, missing or never");
                return 2;
        }
        int found = ref_parse(image, &ref, &e);
        /* A file may have changed since; looking at it again costs little. */
        if (found == 0 && !always && (never || ref.kind == REF_REGISTRY))
                found = prepared_find(store, ref.name, &want, p, &e);
        if (found == 0 && never)
                err_set(&e, 127, "the store has no %s for %s; `crossarm pull` brings it there", ref.name, platform);
        if (found == 0 && !never) {
                /* Unless the user asked for it, arm64 is only what we hope for: a single image is taken as it is. */
                int status = pull(image, r->platform, always);
                if (status)
                        return status;
                found = prepared_find(store, ref.name, &want, p, &e);
                if (!found)
                        err_set(&e, 126, "%s was pulled and is not in %s", ref.name, store);
        }
        if (found > 0)
                return 0;
        say_error("%s", e.text);
        return e.code;
}

static bool valid_name(const char *name)
{
        size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
        return n && n < 128 && !name[n] && name[0] != '.' && name[0] != '-';
}

enum hold { HOLD_BUSY, HOLD_GONE, HOLD_DONE };

/*
 * Lock a folder of the store, and let the box hold that. A run that has just ended may still hold it for a moment, until what it left
 * running has ended, too; so may whoever makes or removes it.
 */
static enum hold hold(struct held_files *held, const char *folder, int how)
{
        const struct timespec pause = { .tv_nsec = 5000000 };
        int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), busy = 0;
        struct stat st;
        for (int tries = 0; fd >= 0 && tries < 600 && (busy = flock(fd, how | LOCK_NB)) < 0 && errno == EWOULDBLOCK; tries++)
                nanosleep(&pause, NULL);
        bool waits = fd >= 0 && busy < 0 && errno == EWOULDBLOCK;
        if (fd < 0 || waits || fstat(fd, &st) < 0 || !st.st_nlink) {
                close_fd_var(&fd);
                return waits ? HOLD_BUSY : HOLD_GONE;
        }
        held->fd[held->count++] = fd;
        return HOLD_DONE;
}

/* ---- named containers: containers/NAME in the store, with the folders upper and work, and in the file image what it is made from ---- */

/* In held_files of a container; the first is its tree. */
enum { HELD_CONTAINER = 1, HELD_ALL = 2 };

/* 0, or the exit status after a message. */
static int make_container(struct held_files *held, const char *all, const char *name)
{
        AUTO_FREE char *folder = format("%s/%s", all, name), *upper = format("%s/upper", folder), *work = format("%s/work", folder);
        char *const made[] = { (char *)all, folder, upper, work };
        enum hold got = HOLD_GONE;
        for (int tries = 0; tries < 10 && got == HOLD_GONE; tries++) { /* the run before may be about to remove it */
                for (size_t i = 0; i < ARRAY_LEN(made); i++)
                        if (mkdir(made[i], 0755) < 0 && errno != EEXIST && errno != ENOENT) {
                                say_error("cannot make the folder %s: %s", made[i], strerror(errno));
                                return 126;
                        }
                got = hold(held, folder, LOCK_EX);
        }
        if (got == HOLD_DONE)
                return 0;
        say_error("the container %s is being run already; wait for its end, or take another --name", name);
        return 126;
}

/* A program that never started leaves no container. Called by the keeper, or when there is none. */
static void forget_unused(const struct held_files *held)
{
        struct stat st;
        AUTO_FREE char *gone = format(".gone.%d", getpid());
        if (fstatat(held->fd[HELD_CONTAINER], "image", &st, 0) == 0 && !st.st_size &&
                renameat(held->fd[HELD_ALL], held->arg, held->fd[HELD_ALL], gone) == 0)
                tree_remove(held->fd[HELD_ALL], gone);
}

void run_image_failed(const struct run_image *r, const struct box *b)
{
        if (!r->origin || ftruncate(r->origin, 0) < 0)
                return;
        if (!b->held->kept)
                forget_unused(b->held);
}

/* What it is made from, so that it is not gone on with on another image. 0, or the exit status after a message. */
static int check_origin(struct run_image *r, const struct prepared *p, const char *folder, struct held_files *held)
{
        AUTO_FREE char *path = format("%s/image", folder), *had = read_text(AT_FDCWD, path, 200);
        if (had && *had) {
                if (!strcmp(had, p->id))
                        return 0;
                say_error("the container %s was made from another image; take another name, or remove it: crossarm image remove "
                          "--container %s",
                        r->name, r->name);
                return 126;
        }
        r->origin = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
        if (r->origin < 0 || write(r->origin, p->id, strlen(p->id)) != (ssize_t)strlen(p->id)) {
                say_error("cannot write %s: %s", path, strerror(errno));
                return 126;
        }
        held->end = forget_unused;
        held->arg = r->name;
        return 0;
}

/* What is written goes to memory, or to a container. */
static int set_overlay(struct run_image *r, const struct prepared *p, struct held_files *held, struct box *b)
{
        r->overlay = (struct overlay){ 0 };
        b->overlay = &r->overlay;
        if (r->name && !valid_name(r->name)) {
                say_error("--name wants letters, digits, '_', '.' and '-'");
                return 2;
        }
        if (!r->name || r->rm)
                return 0;
        AUTO_FREE char *store = store_place(), *all = format("%s/containers", store), *folder = format("%s/%s", all, r->name);
        int status = make_container(held, all, r->name);
        if (!status && (held->fd[HELD_ALL] = open(all, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
                say_error("cannot open %s: %s", all, strerror(errno));
                status = 126;
        }
        if (!status) {
                held->count++;
                status = check_origin(r, p, folder, held);
        }
        if (!status)
                r->overlay = (struct overlay){ .upper = format("%s/upper", folder), .work = format("%s/work", folder) };
        return status;
}

static char **joined(char *const *first, char *const *second)
{
        size_t n = 0, at = 0;
        char *const *both[] = { first, second };
        for (size_t i = 0; i < 2; i++)
                for (char *const *w = both[i]; w && *w; w++)
                        n++;
        char **all = calloc(n + 1, sizeof *all);
        if (!all)
                abort();
        for (size_t i = 0; i < 2; i++)
                for (char *const *w = both[i]; w && *w; w++)
                        all[at++] = *w;
        return all;
}

/* As docker has it: a NAME alone passes on the variable of this machine. */
static char **passed_on(char *const *env)
{
        char **all = joined(env, NULL);
        for (char **v = all; *v; v++) {
                const char *value = strchr(*v, '=') ? NULL : getenv(*v);
                if (value)
                        *v = format("%s=%s", *v, value);
        }
        return all;
}

/*
 * Images leave /etc/hosts to whoever runs them, and without one nobody finds localhost. The network is this machine's, so are the names;
 * a tree with names of its own keeps them.
 */
static void add_hosts(struct box *b)
{
        AUTO_CLOSE int root = open(b->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int hosts = root_open(root, "/etc/hosts", O_PATH, 0);
        struct stat st;
        if ((hosts >= 0 && fstat(hosts, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_size)) || access("/etc/hosts", R_OK) < 0)
                return;
        struct box_bind *binds = calloc(b->bind_count + 1, sizeof *binds);
        if (!binds)
                abort();
        binds[0] = (struct box_bind){ .host = "/etc/hosts", .guest = "/etc/hosts", .read_only = true };
        for (size_t i = 0; i < b->bind_count; i++)
                binds[i + 1] = b->binds[i];
        b->binds = binds;
        b->bind_count++;
}

int run_image(const char *image, struct run_image *r, struct box *b)
{
        static char *shell[] = { "/bin/sh", NULL };
        struct prepared p;
        int status = find(image, r, &p);
        AUTO_FREE char *folder = status ? NULL : format("%.*s", (int)(strrchr(p.tree, '/') - p.tree), p.tree);
        struct held_files *held = calloc(1, sizeof *held);
        if (!held)
                abort();
        if (!status && hold(held, folder, LOCK_SH) != HOLD_DONE) {
                say_error("the tree of %s is being removed; run it again", image);
                status = 126;
        }
        if (!status)
                status = set_overlay(r, &p, held, b);
        if (status) {
                free(held); /* what it holds goes with the process */
                return status;
        }
        if (*p.lie)
                say_error("%s %s", image, p.lie);
        /* From here on the box borrows from p and held, until it becomes the program. */
        char *const own[] = { (char *)r->entrypoint, NULL };
        char *const *entrypoint = r->entrypoint ? (*r->entrypoint ? own : NULL) : p.entrypoint;
        char *const *rest = b->argv[0] || r->entrypoint ? b->argv : p.cmd;
        b->argv = joined(entrypoint, rest);
        if (!b->argv[0])
                b->argv = shell;
        b->rootfs = p.tree;
        b->held = held;
        b->env = joined(p.env, passed_on(b->env));
        add_hosts(b);
        if (!b->user && *p.user)
                b->user = p.user;
        if (!b->workdir && *p.workdir)
                b->workdir = p.workdir;
        b->own_env = true;
        return 0;
}
