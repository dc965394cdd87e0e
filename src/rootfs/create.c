/* A Debian or Ubuntu tree, by mmdebstrap. */
#include "rootfs/make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "binfmt/interpreter.h"
#include "binfmt/register.h"
#include "binfmt/sample.h"
#include "base/util.h"

static bool is_ubuntu(const char *suite)
{
        static const char *const suites[] = { "trusty", "xenial", "bionic", "focal", "jammy", "mantic", "noble", "oracular", "plucky",
                "questing", "resolute" };
        for (size_t i = 0; i < ARRAY_LEN(suites); i++)
                if (!strcmp(suite, suites[i]))
                        return true;
        return false;
}

const char *make_mirror(const char *suite, const char *arch)
{
        if (!is_ubuntu(suite))
                return "http://deb.debian.org/debian";
        bool main_archive = !strcmp(arch, "amd64") || !strcmp(arch, "i386");
        return main_archive ? "http://archive.ubuntu.com/ubuntu" : "http://ports.ubuntu.com/ubuntu-ports";
}

/* arm64 is registered by the job already; others are QEMU's. */
static int register_other(const char *arch, struct err *e)
{
        const struct arch *a = arch_find(arch);
        if (!strcmp(arch, "i386") || (a && a->runs != ARCH_QEMU))
                return 0;
        AUTO_FREE char *qemu = a ? interpreter_find(a, &(struct interpreter_places){ 0 }) : NULL;
        struct handler h;
        char flags[16];
        if (!qemu)
                return err_set(
                        e, 1, "crossarm itself runs arm64 only, and there is no static QEMU for %s here; install qemu-user-static", arch);
        handler_make(&h, a, false, qemu, handler_flags("POCF", flags));
        return handler_put(BINFMT_DIR, &h, e);
}

/* mmdebstrap starts the tree's programs by chroot, which only a handler in the kernel makes possible. */
static int can_run(const char *arch, struct err *e)
{
        const struct arch *a = arch_find(arch);
        if (!a || sample_run(a, false).outcome == SAMPLE_WORKS)
                return 0;
        return err_set(e, 1,
                "cannot run %s programs here: this kernel has no binfmt_misc of a namespace's own (Linux 6.7); a handler of the whole "
                "machine will do, `crossarm binfmt install %s` as root",
                arch, a->name);
}

static int enough_ids(struct err *e)
{
        AUTO_FREE char *map = read_text(AT_FDCWD, "/proc/self/uid_map", 4096);
        unsigned long inside, outside, count, total = 0;
        int used;
        for (const char *at = map; at && sscanf(at, "%lu %lu %lu%n", &inside, &outside, &count, &used) == 3; at += used)
                total += count;
        if (total > 1000)
                return 0;
        return err_set(e, 1,
                "cannot make a tree with more than one user in it: this user has no range in /etc/subuid and /etc/subgid, or the "
                "package uidmap is missing; `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER` as root gives one");
}

/* Its lines are news: what it is doing, and below that what apt and dpkg print, of which some can be counted. */
static void digest_line(struct job *j, const char *line, char phase[80], u64 *done, u64 *total)
{
        unsigned long n;
        if (!strncmp(line, "I: ", 3)) {
                snprintf(phase, 80, "%s", line + 3);
                *done = 0;
        }
        const char *newly = strstr(line, " newly installed");
        if (newly && sscanf(line, "%*u upgraded, %lu newly", &n) == 1)
                *total = n;
        if (!strncmp(line, "Setting up ", 11) || !strncmp(line, "Get:", 4))
                ++*done;
        job_tell(j, phase, *done, *done <= *total ? *total : 0, line);
        job_line(j, line);
}

/* What mmdebstrap, apt and dpkg print about the usual causes, and what helps. The first line that fits is the reason. */
static const char *advice_for(const char *line)
{
        static const struct {
                const char *words, *advice;
        } table[] = {
                { "Could not resolve", "the mirror's name is unknown: is there a network? --mirror names another" },
                { "Could not connect", "the mirror does not answer: is there a network? --mirror names another" },
                { "Temporary failure resolving", "the mirror's name is unknown: is there a network? --mirror names another" },
                { "does not have a Release file", "the mirror does not have that suite: look at --suite and --mirror" },
                { "is expired",
                        "the mirror is not kept up to date, or this machine's clock is wrong: look at `date`, or name another --mirror" },
                { "is not valid yet", "this machine's clock is behind: look at `date`" },
                { "NO_PUBKEY", "the keys that sign the archive are not here: --keyring names them (Debian: debian-archive-keyring, "
                               "ubuntu-keyring)" },
                { "is not signed", "the archive is not signed by keys that are here: --keyring names them" },
                { "Unable to locate package", "the suite has no such package: look at --include and --components" },
                { "has no installation candidate", "the suite has no such package: look at --include and --components" },
                { "No space left on device", "there is no room where the target is" },
        };
        for (size_t i = 0; i < ARRAY_LEN(table); i++)
                if (strstr(line, table[i].words))
                        return table[i].advice;
        return NULL;
}

/* Until the end of its output. What helps when it failed comes back, or NULL. */
static const char *follow(struct job *j, int errors)
{
        FILE *f = fdopen(errors, "r");
        char *line = NULL, phase[80] = "starting";
        size_t size = 0;
        u64 done = 0, total = 0;
        const char *advice = NULL;
        for (ssize_t n; f && (n = getline(&line, &size, f)) > 0;) {
                line[strcspn(line, "\r\n")] = 0;
                digest_line(j, line, phase, &done, &total);
                advice = advice ? advice : advice_for(line);
        }
        free(line);
        if (f)
                fclose(f);
        return advice;
}

static int debootstrap(struct job *j, const struct create_plan *p, const char *tree, struct err *e)
{
        AUTO_FREE char *arch = format("--architectures=%s", p->arch), *variant = format("--variant=%s", p->variant),
                       *include = format("--include=%s", p->include ? p->include : ""),
                       *components = format("--components=%s", p->components ? p->components : "main"),
                       *keyring = format("--keyring=%s", p->keyring ? p->keyring : "");
        char *argv[16] = { "mmdebstrap", "--verbose", "--mode=root", "--format=directory", arch, variant, components };
        size_t n = 7;
        if (p->include)
                argv[n++] = include;
        if (p->keyring)
                argv[n++] = keyring;
        argv[n++] = (char *)p->suite;
        argv[n++] = (char *)tree;
        argv[n++] = (char *)(p->mirror ? p->mirror : make_mirror(p->suite, p->arch));
        setenv("TMPDIR", j->work, 1);
        setenv("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", 1);
        struct job_program program;
        struct err why = { 0 };
        if (job_start(argv, -1, -1, true, &program, e) < 0)
                return -1;
        const char *advice = follow(j, program.errors);
        if (job_wait(&program, &why) == 0)
                return 0;
        *e = why;
        return advice ? err_set(e, why.code, "%s: %s", why.text, advice) : -1;
}

static int pour_folder(struct job *j, const void *what, const struct import_to *to, struct err *e)
{
        return source_folder(j, what, to, e);
}

int make_create(struct job *j, struct err *e)
{
        const struct create_plan *p = j->plan;
        AUTO_FREE char *tree = format("%s/made", j->work), *result = format("%s/" JOB_RESULT, j->work);
        if (enough_ids(e) < 0 || register_other(p->arch, e) < 0 || can_run(p->arch, e) < 0 || debootstrap(j, p, tree, e) < 0)
                return -1;
        switch (make_form(j->target)) {
        case MAKE_FOLDER: return rename(tree, result) == 0 ? 0 : err_set(e, 1, "cannot rename %s: %s", tree, strerror(errno));
        case MAKE_EXT4: return make_ext4(j, tree, result, e);
        default: return make_result(j, pour_folder, tree, e);
        }
}
