/* Causes around a program: its loader, what is preloaded, the processor. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "box/mask.h"
#include "box/prefix.h"
#include "doctor/handler.h"
#include "doctor/libraries.h"
#include "doctor/processor.h"
#include "doctor/subject.h"
#include "doctor/surroundings.h"

bool look_processor(const struct subject *s, struct finding *out)
{
        const char *lacks = s->arch->runs == ARCH_OURS && s->report.sample.outcome != SAMPLE_WORKS ? processor_lacks() : NULL;
        if (!lacks)
                return false;
        out->text =
                format("crossarm's engine needs an x86-64-v3 processor (Intel Haswell, AMD Excavator or newer), and this one has no %s; "
                       "in a virtual machine choose the host's CPU model, else use QEMU",
                        lacks);
        out->fix = format("%sapt-get install -y qemu-user-static", as_root());
        return true;
}

struct loader {
        const char *base, *debian, *apk; /* the last part of its name, and the packages that have it */
};

static const struct loader *loader_find(const char *interp)
{
        static const struct loader loaders[] = {
                { "ld-linux-aarch64.so.1", "libc6", "gcompat" },
                { "ld-linux-armhf.so.3", "libc6", "gcompat" },
                { "ld-linux.so.3", "libc6", "gcompat" },
                { "ld-linux-x86-64.so.2", "libc6", "gcompat" },
                { "ld-linux.so.2", "libc6", "gcompat" },
                { "ld-linux-riscv64-lp64d.so.1", "libc6", "gcompat" },
                { "ld64.so.2", "libc6", "gcompat" },
                { "ld64.so.1", "libc6", "gcompat" },
        };
        static const struct loader musl = { "ld-musl-", "musl", "musl" };
        const char *base = strrchr(interp, '/');
        base = base ? base + 1 : interp;
        for (size_t i = 0; i < ARRAY_LEN(loaders); i++)
                if (!strcmp(base, loaders[i].base))
                        return &loaders[i];
        return strncmp(base, musl.base, strlen(musl.base)) ? NULL : &musl;
}

static const char *debian_arch(const struct arch *a)
{
        static const struct {
                const char *name, *debian;
        } others[] = { { "arm", "armhf" }, { "386", "i386" }, { "ppc64le", "ppc64el" }, { "mips64le", "mips64el" } };
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                if (!strcmp(a->name, others[i].name))
                        return others[i].debian;
        return a->name;
}

static bool loader_in(const struct subject *s, const char *interp)
{
        struct program p;
        AUTO_CLOSE int fd = subject_open(s, interp);
        return fd >= 0 && probe_program(fd, &p) == 0 && p.machine == s->arch->machine;
}

/* The shell of a tree: without its loader the tree cannot mend itself. */
static void loader_of_tree(const struct subject *s, const char *interp, struct finding *out)
{
        const struct loader *l = loader_find(interp);
        AUTO_CLOSE int apk = subject_open(s, "/sbin/apk");
        out->text = format("%s wants the loader %s, which is not in %s%s%s%s", s->name, interp, s->tree, l ? ": the package " : "",
                l ? apk >= 0 ? l->apk : l->debian : "", l ? " has it" : "");
        AUTO_FREE char *fresh = format("%s.new", s->tree), *word = quoted(fresh);
        out->fix = s->arch->runs == ARCH_OURS ? format("crossarm rootfs create %s", word) : NULL;
}

/* `package`: of the tree, or NULL. */
static char *run_in_new_tree(const struct subject *s, const char *package)
{
        AUTO_FREE char *real = realpath(s->path, NULL);
        char *slash = real ? strrchr(real, '/') : NULL;
        if (!slash)
                return NULL;
        *slash = 0;
        AUTO_FREE char *folder = format("%s:/mnt", *real ? real : "/"), *bind = quoted(folder), *in = format("/mnt/%s", slash + 1),
                       *name = quoted(in);
        return format("crossarm rootfs create ~/arm64%s%s && crossarm run --bind %s ~/arm64 -- %s", package ? " --include=" : "",
                package ? package : "", bind, name);
}

/* A program of this machine's own tree: the package, or for arm64 a tree that has it. */
static void loader_of_machine(const struct subject *s, const char *interp, struct finding *out)
{
        const struct loader *l = loader_find(interp);
        const char *arch = debian_arch(s->arch);
        out->text = format("%s wants the loader %s, which is neither in / nor in a folder above the program%s%s%s%s", s->name, interp,
                l ? ": it is in Debian's package " : ": it comes from another system, whose root filesystem it needs", l ? l->debian : "",
                l ? ":" : "", l ? arch : "");
        if (l && s->arch->runs == ARCH_OURS)
                out->fix = run_in_new_tree(s, strcmp(l->debian, "musl") ? NULL : l->debian);
        else if (l)
                out->fix = format("%sdpkg --add-architecture %s && %sapt-get update && %sapt-get install -y %s:%s", as_root(), arch,
                        as_root(), as_root(), l->debian, arch);
}

bool look_loader(const struct subject *s, struct finding *out)
{
        if (s->arch->runs != ARCH_OURS || !s->interp[0] || loader_in(s, s->interp))
                return false;
        AUTO_FREE char *real = s->tree ? NULL : realpath(s->path, NULL), *prefix = real ? prefix_find(real, s->interp) : NULL;
        if (!prefix) {
                (s->tree ? loader_of_tree : loader_of_machine)(s, s->interp, out);
                return true;
        }
        /* Without a handler `crossarm run` is what is said anyway, and it finds the loader. */
        if (s->report.sample.outcome == SAMPLE_NO_HANDLER)
                return false;
        AUTO_FREE char *run = quoted(s->run);
        out->text = format("%s wants the loader %s, which is not in / but in %s: `crossarm run` finds it there, the kernel does not",
                s->name, s->interp, prefix);
        out->fix = format("crossarm run %s", run);
        return true;
}

static bool look_loader_of_others(const struct subject *s, struct finding *out)
{
        if (s->arch->runs == ARCH_OURS || !s->interp[0] || loader_in(s, s->interp))
                return false;
        (s->tree ? loader_of_tree : loader_of_machine)(s, s->interp, out);
        return true;
}

static bool look_preload(const struct subject *s, struct finding *out)
{
        AUTO_FREE char *wrong = s->arch->runs == ARCH_OURS && s->interp[0] ? mask_preload_wrong(s->root) : NULL;
        if (!wrong)
                return false;
        AUTO_FREE char *word = quoted(s->run);
        out->text = format(
                "%s/etc/ld.so.preload names %s, which is not there or is no arm64 library: every program complains about it or fails. "
                "`crossarm run` hides that file, and the tree stays as it is",
                s->tree ? s->tree : "", wrong);
        out->fix = format("crossarm run %s", word);
        return true;
}

const struct cause tree_causes[] = {
        { "missing-loader", false, look_loader_of_others },
        { "ld-so-preload", false, look_preload },
        { 0 },
};

/* The folder that the loader takes for /: the tree, /, or one above the program (box/prefix.h). -1 without one. */
static int library_root(const struct subject *s, char **prefix)
{
        *prefix = NULL;
        if (s->tree || loader_in(s, s->interp))
                return dup(s->root);
        AUTO_FREE char *real = realpath(s->path, NULL);
        *prefix = real && s->arch->runs == ARCH_OURS ? prefix_find(real, s->interp) : NULL;
        return *prefix ? open(*prefix, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

/* Where the program is as its loader sees it, malloced. */
static char *directory_of(const struct subject *s)
{
        AUTO_FREE char *real = realpath(s->path, NULL), *tree = s->tree ? realpath(s->tree, NULL) : NULL;
        const char *inside = real ? real : s->path;
        if (tree && !strncmp(inside, tree, strlen(tree)))
                inside += strlen(tree);
        const char *slash = strrchr(inside, '/');
        return format("%.*s", slash ? (int)(slash - inside) : 0, inside);
}

/* A tree that was found above a program mends itself; beside a cross compiler's libraries nothing can be put. */
static char *library_fix(const struct subject *s, const char *prefix, const char *library)
{
        AUTO_FREE char *package = library_debian(library);
        AUTO_CLOSE int root = prefix ? open(prefix, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        struct subject tree = { .tree = prefix, .root = root };
        char *fix = prefix ? install_library_command(&tree, library) : NULL;
        if (fix || s->tree)
                return fix ? fix : install_library_command(s, library);
        if (s->arch->runs == ARCH_OURS)
                return package ? run_in_new_tree(s, package) : NULL;
        return install_library_command(s, library);
}

static bool look_library(const struct subject *s, struct finding *out)
{
        struct library_missing m;
        if (!s->arch || s->arch->bits != 64 || s->arch->big || !s->interp[0])
                return false;
        AUTO_FREE char *prefix = NULL, *directory = directory_of(s);
        AUTO_CLOSE int root = library_root(s, &prefix);
        struct library_search search = { .root = root,
                .fallback = prefix ? s->root : -1,
                .directory = directory,
                .triplet = s->arch->runs == ARCH_OURS ? "aarch64-linux-gnu" : "x86_64-linux-gnu",
                .machine = s->arch->machine };
        if (root < 0 || !library_look(&search, s->fd, &m))
                return false;
        AUTO_FREE char *package = library_debian(m.name);
        const char *where = s->tree ? s->tree : prefix ? prefix : "this machine";
        out->text = format("%s needs the library %s%s%s%s, which is in no library folder of %s%s%s", s->name, m.name,
                m.wanted_by[0] ? " (for " : "", m.wanted_by, m.wanted_by[0] ? ")" : "", where,
                package ? "; the package to look for is " : "; it is no system's but belongs to the program itself",
                package ? package : "");
        out->fix = library_fix(s, prefix, m.name);
        return true;
}

const struct cause library_causes[] = {
        { "missing-library", false, look_library },
        { 0 },
};
