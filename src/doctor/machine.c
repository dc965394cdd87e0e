/* The machine: one line for each thing that running arm64 programs needs. */
#include "doctor/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "binfmt/report.h"
#include "box/mask.h"
#include "box/userns.h"
#include "doctor/handler.h"
#include "doctor/namespaces.h"
#include "doctor/places.h"
#include "doctor/processor.h"
#include "doctor/subject.h"

struct machine {
        const char *engine;
        struct namespaces ns;
        struct binfmt_view view;
        struct binfmt_report report; /* of arm64 */
        struct utsname uts;
};

static void look_processor(const struct machine *m, struct finding *out)
{
        const char *lacks = processor_lacks();
        if (lacks) {
                out->mark = FINDING_WRONG;
                out->text = format(
                        "this processor has no %s; crossarm needs x86-64-v3 (Intel Haswell, AMD Excavator or newer), in a virtual machine "
                        "the host's CPU model",
                        lacks);
                out->fix = format("%sapt-get install -y qemu-user-static", as_root());
        } else
                out->text = format(
                        "x86-64-v3%s", __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") ? " and AVX-512" : "");
}

static void look_engine(const struct machine *m, struct finding *out)
{
        char version[160] = "";
        if (access(m->engine, X_OK) == 0)
                sample_version(m->engine, version, sizeof version);
        out->mark = *version ? FINDING_FINE : FINDING_WRONG;
        out->text = *version ? format("%s: %s", m->engine, version)
                             : format("%s is not there or does not start: it belongs beside crossarm, or is named by CROSSARM_ENGINE",
                                       m->engine);
}

static void look_kernel(const struct machine *m, struct finding *out)
{
        if (!m->ns.user || m->ns.binfmt) {
                out->text = format("Linux %s%s", m->uts.release, m->ns.binfmt ? ": private handlers in user namespaces" : "");
                return;
        }
        out->mark = FINDING_NOTE;
        out->text = format(
                "Linux %s gives user namespaces no binfmt_misc of their own (%s); 6.7 and later do. `crossarm run` works, its engine then "
                "starts arm64 children itself; only an x86-64 program in there cannot start an arm64 one",
                m->uts.release, strerror(m->ns.binfmt_errno));
        out->fix = format("%scrossarm binfmt install arm64", as_root());
}

/* A switch of the kernel's: true when the file is there and says `value`. */
static bool is_set(const char *sysctl, const char *value)
{
        AUTO_FREE char *path = format("/proc/sys/%s", sysctl), *text = read_text(AT_FDCWD, path, 64);
        return text && !strncmp(text, value, strlen(value)) && !strchr("0123456789", text[strlen(value)] ? text[strlen(value)] : 'x');
}

static void look_userns(const struct machine *m, struct finding *out)
{
        static const struct {
                const char *path, *value, *who, *fix;
        } switches[] = {
                { "kernel/unprivileged_userns_clone", "0", "Debian's switch for them is off", "kernel.unprivileged_userns_clone=1" },
                { "kernel/apparmor_restrict_unprivileged_userns", "1", "Ubuntu's AppArmor allows them to chosen programs only",
                        "kernel.apparmor_restrict_unprivileged_userns=0" },
                { "user/max_user_namespaces", "0", "their limit is 0", "user.max_user_namespaces=10000" },
        };
        if (m->ns.user) {
                out->text = format("this user may make them");
                return;
        }
        out->mark = FINDING_WRONG;
        for (size_t i = 0; i < ARRAY_LEN(switches); i++)
                if (is_set(switches[i].path, switches[i].value)) {
                        out->text = format("this user may not make them: %s", switches[i].who);
                        out->fix = format("%ssysctl -w %s", as_root(), switches[i].fix);
                        return;
                }
        out->text = format("%s", m->ns.why.text);
}

static void look_ids(const struct machine *m, struct finding *out)
{
        if (m->ns.user && m->ns.ids == 1 && geteuid() == 0) {
                out->mark = FINDING_NOTE;
                out->text = format("root of a namespace with one user id: package managers that want others fail");
                return;
        }
        if (!m->ns.user || m->ns.ids > 1) {
                out->text = m->ns.user ? format("%lu user ids in a namespace of this user", m->ns.ids)
                                       : format("not to be told without user namespaces");
                out->mark = m->ns.user ? FINDING_FINE : FINDING_NOTE;
                return;
        }
        struct passwd *pw = getpwuid(geteuid());
        AUTO_FREE char *text = read_text(AT_FDCWD, "/etc/subuid", 1 << 16), *name = pw ? quoted(pw->pw_name) : NULL;
        u32 start, count;
        out->mark = FINDING_WRONG;
        if (text && userns_subid(text, pw ? pw->pw_name : NULL, geteuid(), &start, &count)) {
                out->text = format(
                        "this user has a range in /etc/subuid, and it cannot be used: newuidmap and newgidmap are missing or the range in "
                        "/etc/subgid is");
                out->fix = format("%sapt-get install -y uidmap", as_root());
                return;
        }
        out->text =
                format("this user has no range in /etc/subuid: a namespace has one user id, and package managers that want others fail");
        out->fix = name ? format("%susermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s", as_root(), name) : NULL;
}

static void look_handler(const struct machine *m, struct finding *out)
{
        const struct handler *h = m->report.handler;
        if (m->report.sample.outcome == SAMPLE_WORKS) {
                out->text = h ? format("arm64 programs start by themselves: %s, %s, flags %s%s%s", h->name, h->interpreter, h->flags,
                                        m->report.remark ? "; " : "", m->report.remark ? m->report.remark : "")
                              : format("arm64 programs start by themselves, by a handler of an outer namespace");
                if (h && m->report.remark) {
                        out->mark = FINDING_NOTE;
                        out->fix = format("%scrossarm binfmt install arm64", as_root());
                }
                return;
        }
        handler_trouble(&m->view, &m->report, "arm64 programs do not start by themselves", NULL, m->engine, out);
        /* Not to have one is no fault: `crossarm run` brings its own. One that does not work is. */
        bool none = !strcmp(out->cause, "no-handler");
        out->mark = none ? FINDING_NOTE : FINDING_WRONG;
        if (none) {
                free(out->text);
                out->text = format("no handler: arm64 programs start by `crossarm run`, and not by themselves");
        }
}

static void look_persistence(const struct machine *m, struct finding *out)
{
        if (!m->report.handler || !m->view.initial)
                return;
        if (m->report.owner && m->report.owner_same) {
                out->text = format("the handler comes back after a restart, from %s", m->report.owner);
                return;
        }
        out->mark = FINDING_NOTE;
        out->text = m->report.owner ? format("after a restart another handler takes its place, from %s", m->report.owner)
                                    : format("the handler is gone after a restart");
        out->fix = format("%scrossarm binfmt persist arm64", as_root());
}

static void look_preload(const struct machine *m, struct finding *out)
{
        AUTO_CLOSE int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_FREE char *wrong = mask_preload_wrong(root);
        if (!wrong)
                return;
        out->mark = FINDING_NOTE;
        out->text = format(
                "/etc/ld.so.preload names %s, which is no arm64 library: `crossarm run` hides it from arm64 programs, started otherwise "
                "they complain",
                wrong);
}

/* The nearest folder at or above `path` that is there. */
static char *nearest(const char *path)
{
        char *at = format("%s", path);
        for (char *slash; access(at, F_OK) < 0 && (slash = strrchr(at, '/'));)
                slash == at ? (void)(at[1] = 0) : (void)(*slash = 0);
        return at;
}

static void look_cache(const struct machine *m, struct finding *out)
{
        const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
        AUTO_FREE char *path = cache && *cache == '/' ? format("%s/crossarm", cache)
                               : home && *home == '/' ? format("%s/.cache/crossarm", home)
                                                      : format("/var/tmp/crossarm-%u", geteuid());
        AUTO_FREE char *there = nearest(path);
        struct statvfs fs;
        if (access(there, W_OK | X_OK) < 0 || statvfs(there, &fs) < 0) {
                out->mark = FINDING_NOTE;
                out->text = format("%s cannot be made: %s; unpacked trees go to /var/tmp", path, strerror(errno));
                return;
        }
        AUTO_FREE char *word = quoted(there);
        double free_gb = (double)fs.f_bavail * (double)fs.f_frsize / 1e9;
        out->text = format("%s, %.1f GB free%s", path, free_gb,
                fs.f_flag & ST_NOEXEC ? ", on a file system mounted with noexec: programs in unpacked trees do not start" : "");
        out->mark = fs.f_flag & ST_NOEXEC ? FINDING_WRONG : free_gb < 1 ? FINDING_NOTE : FINDING_FINE;
        if (fs.f_flag & ST_NOEXEC)
                out->fix = format("%smount -o remount,exec \"$(stat -c %%m %s)\"", as_root(), word);
}

/* A keeper that has just ended is not one that nobody asks after: what is still there a moment later is. */
static void look_reaper(const struct machine *m, struct finding *out)
{
        unsigned count = keepers_waiting();
        for (int tries = 0; count && tries < 20; tries++) {
                nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
                count = keepers_waiting();
        }
        if (!count)
                return;
        AUTO_FREE char *name = read_text(AT_FDCWD, "/proc/1/comm", 64);
        out->mark = FINDING_NOTE;
        out->text = format(
                "processes of crossarm that have ended, %u of them, stay in the process table, because process 1 (%.*s) does not take "
                "in orphans: start the container with an init (--init for docker and podman)",
                count, name ? (int)strcspn(name, "\n") : 1, name ? name : "?");
}

static const struct line {
        const char *name;
        bool trees; /* `crossarm run TREE` asks for it */
        void (*look)(const struct machine *m, struct finding *out);
} lines[] = {
        { "processor", false, look_processor },
        { "engine", true, look_engine },
        { "kernel", true, look_kernel },
        { "user-namespaces", true, look_userns },
        { "subordinate-ids", true, look_ids },
        { "handler", false, look_handler },
        { "persistence", false, look_persistence },
        { "ld-so-preload", false, look_preload },
        { "cache", false, look_cache },
        { "reaper", false, look_reaper },
};

static void machine_read(struct machine *m, const char *engine)
{
        m->engine = engine;
        uname(&m->uts);
        namespaces_try(&m->ns);
        binfmt_view_read(&m->view, BINFMT_DIR);
        binfmt_report_make(&m->report, &m->view, arch_find("arm64"), false);
}

static void machine_free(struct machine *m)
{
        binfmt_report_free(&m->report);
        binfmt_view_free(&m->view);
}

/* `most`: what is worse is a note. */
static void machine_lines(const char *engine, bool trees, enum finding_mark most, struct findings *f)
{
        struct machine m;
        machine_read(&m, engine);
        for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
                struct finding one = { .cause = lines[i].name };
                if (trees && !lines[i].trees)
                        continue;
                lines[i].look(&m, &one);
                if (one.mark > most)
                        one.mark = most;
                if (one.text && (!trees || one.mark != FINDING_FINE))
                        findings_add(f, &one);
                else {
                        free(one.text);
                        free(one.fix);
                }
        }
        machine_free(&m);
}

void doctor_machine(const char *engine, struct findings *f)
{
        machine_lines(engine, false, FINDING_WRONG, f);
}

void machine_for_trees(const char *engine, bool handled, struct findings *f)
{
        machine_lines(engine, true, handled ? FINDING_NOTE : FINDING_WRONG, f);
}
