#include "image/build.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "box/box.h"
#include "base/util.h"
#include "image/containerfile.h"
#include "image/tree.h"

enum { FILE_MAX = 4 << 20, ARGS_MAX = 256 };

static double now(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static char *folder_of(const struct build *b, const struct build_options *o)
{
        struct platform_text name = platform_text(&b->platform);
        for (char *c = name.text; *c; c++)
                if (*c == '/')
                        *c = '-';
        return format("%s/build/%s", o->store->dir, name.text);
}

/* More than one user here? Else buildah must not insist on owners. */
static bool single_id(void)
{
        AUTO_FREE char *map = read_text(AT_FDCWD, "/proc/self/uid_map", 4096);
        unsigned long inside, outside, count;
        return map && sscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3 && count == 1 && !strchr(strchr(map, '\n') + 1, '\n');
}

/* Debian leaves the registries to search empty; docker's users write FROM debian. Whoever has said otherwise is left alone. */
static void set_registries(const struct build_options *o)
{
        AUTO_FREE char *system = read_text(AT_FDCWD, "/etc/containers/registries.conf", 1 << 20);
        AUTO_FREE char *own = format("%s/.config/containers/registries.conf", getenv("HOME") ? getenv("HOME") : "");
        AUTO_FREE char *path = format("%s/build/registries.conf", o->store->dir);
        static const char text[] = "unqualified-search-registries = [\"docker.io\"]\n";
        if (access(own, F_OK) == 0 || (system && (!strncmp(system, "unqualified", 11) || strstr(system, "\nunqualified"))))
                return;
        AUTO_CLOSE int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
        if (fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1)
                setenv("CONTAINERS_REGISTRIES_CONF", path, 0);
}

char *build_layout(const struct build *b, const struct build_options *o)
{
        AUTO_FREE char *folder = folder_of(b, o);
        return format("%s/out", folder);
}

struct words {
        char *word[ARGS_MAX + 1];
        size_t count;
};

static void add(struct words *w, char *word)
{
        if (w->count == ARGS_MAX)
                abort();
        w->word[w->count++] = word;
}

/* buildah and the options that every one of its commands has. */
static void add_buildah(struct words *w, const struct build *b, const struct build_options *o)
{
        AUTO_FREE char *folder = folder_of(b, o);
        add(w, format("buildah"));
        add(w, format("--root=%s/storage", folder));
        add(w, format("--runroot=%s/run", folder));
        add(w, format("--storage-driver=overlay"));
        if (single_id())
                add(w, format("--storage-opt=overlay.ignore_chown_errors=true"));
}

/*
 * With one id nobody can be made the owner of anything, and groups cannot be set; buildah and package managers would fail over it. Here
 * both come to nothing and are said to have worked, as layers are unpacked, too. seccomp(2), and <linux/seccomp.h>: an errno of 0.
 */
static int one_owner(void *arg, bool binfmt, struct err *e)
{
        static const u32 numbers[] = { SYS_chown, SYS_fchown, SYS_lchown, SYS_fchownat, SYS_setgroups };
        enum { N = ARRAY_LEN(numbers) };
        struct sock_filter code[N + 5] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, N + 1),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        };
        for (u8 i = 0; i < N; i++)
                code[3 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, numbers[i], (u8)(N - i), 0);
        code[3 + N] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        code[4 + N] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO);
        struct sock_fprog program = { .len = ARRAY_LEN(code), .filter = code };
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
                return 0;
        return err_set(
                e, 126, "cannot build with a single user id: seccomp: %s; a range in /etc/subuid and /etc/subgid helps", strerror(errno));
}

/* In the child: become buildah in a box of its own. */
static void become(const struct words *w, const struct build_options *o)
{
        AUTO_FREE char *uid = format("%u", o->uid), *gid = format("%u", o->gid);
        AUTO_FREE char *runtime = format("%s/build", o->store->dir);
        struct err e = { 0 };
        struct box box = { .engine = o->engine, .as_root = true, .argv = (char **)w->word, .ready = single_id() ? one_owner : NULL };
        setenv("BUILDAH_ISOLATION", "chroot", 1);
        /* What buildah sets when it makes the namespace itself: it must not make another. */
        setenv("_CONTAINERS_USERNS_CONFIGURED", "done", 1);
        setenv("_CONTAINERS_ROOTLESS_UID", uid, 1);
        setenv("_CONTAINERS_ROOTLESS_GID", gid, 1);
        setenv("XDG_RUNTIME_DIR", runtime, 0);
        set_registries(o);
        box_run(&box, &e);
        dprintf(2, "%s\n", e.text);
        _exit(e.code);
}

static int spawn(struct build *b, const struct words *w, const struct build_options *o, struct err *e)
{
        int out[2];
        if (pipe2(out, O_CLOEXEC) < 0)
                return err_set(e, 126, "cannot make a pipe: %s", strerror(errno));
        b->pid = fork();
        if (b->pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGTERM);
                signal(SIGPIPE, SIG_DFL);
                int null = open("/dev/null", O_RDONLY);
                dup2(null, 0);
                dup2(out[1], 1);
                dup2(out[1], 2);
                become(w, o);
        }
        close(out[1]);
        if (b->pid < 0) {
                close(out[0]);
                b->pid = 0;
                return err_set(e, 126, "cannot start a process: %s", strerror(errno));
        }
        b->output = out[0];
        return 0;
}

static void free_words(struct words *w)
{
        for (size_t i = 0; i < w->count; i++)
                free(w->word[i]);
}

/* The Containerfile as this platform reads it. */
static int write_file(const struct build *b, const struct build_options *o, const char *path, struct err *e)
{
        AUTO_FREE char *text = read_text(AT_FDCWD, o->file, FILE_MAX);
        if (!text)
                return err_set(e, errno == ENOENT ? 127 : 126, "cannot read %s: %s; -f names another file", o->file, strerror(errno));
        AUTO_BYTES struct bytes changed = containerfile_with_platform(text, strlen(text), platform_text(&b->platform).text);
        AUTO_CLOSE int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0 || write(fd, changed.data, changed.len) != (ssize_t)changed.len)
                return err_set(e, 126, "cannot write %s: %s", path, strerror(errno));
        return 0;
}

/* buildah 1.28 knows TARGET*, but not BUILD*. */
static void add_build_platform(struct words *w)
{
        static const char *const args[] = { "BUILDPLATFORM=linux/amd64", "BUILDOS=linux", "BUILDARCH=amd64", "BUILDVARIANT=" };
        for (size_t i = 0; i < ARRAY_LEN(args); i++) {
                add(w, format("--build-arg"));
                add(w, format("%s", args[i]));
        }
}

static int make_folders(const char *folder)
{
        AUTO_FREE char *above = format("%.*s", (int)(strrchr(folder, '/') - folder), folder);
        return (mkdir(above, 0700) < 0 && errno != EEXIST) || (mkdir(folder, 0700) < 0 && errno != EEXIST) ? -1 : 0;
}

static int start(struct build *b, const struct build_options *o, struct err *e)
{
        AUTO_FREE char *folder = folder_of(b, o), *file = format("%s/Containerfile", folder);
        struct words w = { 0 };
        if (make_folders(folder) < 0)
                return err_set(e, 126, "cannot make the folder %s: %s", folder, strerror(errno));
        if (write_file(b, o, file, e) < 0)
                return -1;
        add_buildah(&w, b, o);
        add(&w, format("build"));
        add(&w, format("--isolation=chroot"));
        add(&w, format("--network=host"));
        add(&w, format("--layers"));
        add(&w, format("--platform=%s", platform_text(&b->platform).text));
        add(&w, format("--iidfile=%s/id", folder));
        add(&w, format("--file=%s", file));
        if (o->no_verify)
                add(&w, format("--tls-verify=false"));
        add_build_platform(&w);
        for (char *const *p = o->pass; p && *p && w.count < ARGS_MAX - 2; p++)
                add(&w, format("%s", *p));
        add(&w, format("--"));
        add(&w, format("%s", o->context));
        b->started = now();
        int bad = spawn(b, &w, o, e);
        free_words(&w);
        return bad;
}

void build_step_end(struct build *b)
{
        b->ended = now();
        if (b->step_count)
                b->steps[b->step_count - 1].seconds = b->ended - b->step_started;
}

void build_step_begin(struct build *b, const char *text)
{
        b->steps = grow(b->steps, b->step_count, sizeof *b->steps);
        b->steps[b->step_count++] = (struct build_step){ .text = format("%s", text) };
        b->step_started = now();
}

/* Our own arguments are not the user's fault. */
static bool is_noise(const char *line)
{
        return !strncmp(line, "[Warning] one or more build args were not consumed: [", 52) && !strchr(line, '=');
}

static void take_line(struct build *b, const struct build_options *o)
{
        b->line[b->line_len] = 0;
        b->line_len = 0;
        if (is_noise(b->line))
                return;
        const char *step = strstr(b->line, "STEP ");
        bool begins = step && (step == b->line || (b->line[0] == '[' && step - b->line < 12));
        if (begins || strstr(b->line, "COMMIT") == b->line || (b->line[0] == '[' && strstr(b->line, "] COMMIT"))) {
                build_step_end(b);
                build_step_begin(b, b->line);
        }
        if (strstr(b->line, "server gave HTTP response to HTTPS client"))
                b->advice = "a registry speaks plain HTTP, which --tls-verify=false allows";
        o->line(o->arg, b, b->line);
}

/* false at the end of the output */
static bool take_output(struct build *b, const struct build_options *o)
{
        char piece[4096];
        ssize_t n = read(b->output, piece, sizeof piece);
        if (n < 0 && errno == EINTR)
                return true;
        for (ssize_t i = 0; i < n; i++) {
                if (piece[i] == '\n' || b->line_len == sizeof b->line - 1)
                        take_line(b, o);
                if (piece[i] != '\n' && piece[i] != '\r')
                        b->line[b->line_len++] = piece[i];
        }
        return n > 0;
}

static void reap(struct build *b, const struct build_options *o)
{
        int status = 0;
        if (b->line_len)
                take_line(b, o);
        build_step_end(b);
        close(b->output);
        while (waitpid(b->pid, &status, 0) < 0 && errno == EINTR)
                ;
        b->pid = 0;
        b->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int start_export(struct build *b, const struct build_options *o, struct err *e)
{
        AUTO_FREE char *folder = folder_of(b, o), *id_path = format("%s/id", folder), *out = build_layout(b, o);
        AUTO_FREE char *id = read_text(AT_FDCWD, id_path, 200);
        struct words w = { 0 };
        if (!id || tree_remove(AT_FDCWD, out) < 0)
                return err_set(e, 126, "cannot take the built image from %s: %s", folder, strerror(errno));
        add_buildah(&w, b, o);
        add(&w, format("push"));
        add(&w, format("--quiet"));
        add(&w, format("--format=oci"));
        add(&w, format("%s", id));
        add(&w, format("oci:%s", out));
        b->exporting = true;
        build_step_begin(b, "EXPORT");
        o->line(o->arg, b, "EXPORT");
        int bad = spawn(b, &w, o, e);
        free_words(&w);
        return bad;
}

static int failure(const struct build *b, struct err *e)
{
        struct platform_text platform = platform_text(&b->platform);
        if (b->exporting)
                return err_set(e, 126, "cannot take the built image for %s out of buildah: status %d", platform.text, b->status);
        return err_set(e, 125, "the build for %s failed with status %d%s%s", platform.text, b->status, b->advice ? ": " : "",
                b->advice ? b->advice : "");
}

/* What has come of those that run. Those that have ended are reaped; how many are done, or -1 and *e. */
static int take_turn(struct build *builds, size_t begun, const struct build_options *o, struct err *e)
{
        struct pollfd polled[64];
        struct build *who[64];
        nfds_t n = 0;
        int done = 0;
        for (size_t i = 0; i < begun && n < ARRAY_LEN(polled); i++)
                if (builds[i].pid) {
                        polled[n] = (struct pollfd){ .fd = builds[i].output, .events = POLLIN };
                        who[n++] = &builds[i];
                }
        if (poll(polled, n, -1) < 0 && errno != EINTR)
                return err_set(e, 126, "cannot wait for the builds: %s", strerror(errno));
        for (nfds_t i = 0; i < n; i++) {
                if (!polled[i].revents || take_output(who[i], o))
                        continue;
                reap(who[i], o);
                bool more = !who[i]->status && !who[i]->exporting;
                if (more && start_export(who[i], o, e) < 0)
                        return -1;
                done += !more;
        }
        return done;
}

int build_all(struct build *builds, size_t count, const struct build_options *o, struct err *e)
{
        size_t next = 0, done = 0;
        bool failed = false;
        while (done < next || (next < count && !failed)) {
                for (; !failed && next < count && next - done < o->jobs; next++)
                        if (start(&builds[next], o, e) < 0)
                                return -1;
                int ended = take_turn(builds, next, o, e);
                if (ended < 0)
                        return -1;
                done += (size_t)ended;
                for (size_t i = 0; i < next; i++)
                        failed |= !builds[i].pid && builds[i].status;
        }
        for (size_t i = 0; i < next; i++)
                if (builds[i].status)
                        return failure(&builds[i], e);
        return 0;
}

void build_free(struct build *b)
{
        for (size_t i = 0; i < b->step_count; i++)
                free(b->steps[i].text);
        free(b->steps);
}
