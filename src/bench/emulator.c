#include "bench/emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "binfmt/arch.h"
#include "binfmt/interpreter.h"
#include "box/probe.h"
#include "base/util.h"

struct found {
        struct emulator *at;
        size_t count;
};

/* The number behind "version " in what `path --version` prints; "" without one. Malloced. */
static char *version_of(const char *path)
{
        static const char digits[] = "0123456789.";
        char text[256] = "";
        int fds[2];
        pid_t pid;
        posix_spawn_file_actions_t actions;
        char *const argv[] = { (char *)path, "--version", NULL };
        if (pipe2(fds, O_CLOEXEC) < 0)
                return format("%s", "");
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
        int failed = posix_spawn(&pid, path, &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
        close(fds[1]);
        size_t n = 0;
        for (ssize_t got; !failed && n < sizeof text - 1 && (got = read(fds[0], text + n, sizeof text - 1 - n)) > 0;)
                n += (size_t)got;
        close(fds[0]);
        while (!failed && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
        const char *at = strstr(text, "version ");
        at = at ? at + strlen("version ") : "";
        return format("%.*s", (int)strspn(at, digits), at);
}

/* Held open by the kernel a static program runs in every root; another would look for its libraries there. */
static char *unusable(const char *path)
{
        struct program p;
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || probe_program(fd, &p) < 0)
                return format("cannot read it: %s", strerror(errno));
        if (p.kind != PROGRAM_HOST)
                return format("it is no program of this machine");
        struct interpreter_places this_one = { .engine = path };
        AUTO_FREE char *fit = interpreter_find(arch_find("arm64"), &this_one);
        if (!fit)
                return format("it is not static, so it would look for its libraries in the rootfs (Debian: qemu-user-static)");
        return NULL;
}

static bool known(const struct found *f, const char *real)
{
        for (size_t i = 0; i < f->count; i++)
                if (!strcmp(f->at[i].path, real))
                        return true;
        return false;
}

static void add(struct found *f, const char *path, bool asked_for)
{
        char *real = realpath(path, NULL);
        struct stat st;
        bool program = real && stat(real, &st) == 0 && S_ISREG(st.st_mode) && access(real, X_OK) == 0;
        if ((!program && !asked_for) || (real && known(f, real))) {
                free(real);
                return;
        }
        struct emulator *more = realloc(f->at, (f->count + 1) * sizeof *more);
        if (!more)
                abort();
        f->at = more;
        struct emulator *m = &more[f->count++];
        m->path = real ? real : format("%s", path);
        m->skipped = program ? unusable(m->path) : format("there is no such program");
        m->version = program && !m->skipped ? version_of(m->path) : format("%s", "");
}

size_t emulator_list(const char *search, char *const *extra, size_t extra_count, struct emulator **list)
{
        static const char *const names[] = { "qemu-aarch64-static", "qemu-aarch64" };
        struct found f = { 0 };
        for (size_t i = 0; i < extra_count; i++)
                add(&f, extra[i], true);
        for (const char *at = search; at && *at;) {
                size_t len = strcspn(at, ":");
                for (size_t i = 0; len && i < ARRAY_LEN(names); i++) {
                        AUTO_FREE char *path = format("%.*s/%s", (int)len, at, names[i]);
                        add(&f, path, false);
                }
                at += len + (at[len] == ':');
        }
        *list = f.at;
        return f.count;
}

void emulator_list_free(struct emulator *list, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                free(list[i].path);
                free(list[i].version);
                free(list[i].skipped);
        }
        free(list);
}
