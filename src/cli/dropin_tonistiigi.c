/* As tonistiigi/binfmt: what happens on stderr, the resulting state as JSON on stdout (docker/setup-qemu-action reads it). */
#include "cli/dropin.h"

#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binfmt/register.h"
#include "binfmt/sample.h"
#include "base/util.h"
#include "cli/cmd.h"
#include "cli/handlers.h"
#include "cli/json.h"

static const char usage[] =
        "Usage: crossarm-binfmt [--install all|LIST] [--uninstall LIST] [--mount DIR] [--version]\n"
        "       crossarm-binfmt [--reset] [-p yes|no] [-c yes|no] [-g yes|no] [...] | --check\n"
        "Handlers for programs of other architectures, by the options of tonistiigi/binfmt and, in the second form, of\n"
        "multiarch/qemu-user-static. Without options: the state, as JSON. `crossarm binfmt` can do more.\n\n"
        "      --install LIST    register: all, or platforms (linux/arm64,arm), with a comma between\n"
        "      --uninstall LIST  remove: platforms, names or patterns (arm64,qemu-*)\n"
        "      --mount DIR       where binfmt_misc is (/proc/sys/fs/binfmt_misc), mounted there if it is not\n"
        "      --version         the version\n"
        "      --stay            with --install: wait for SIGTERM, and remove the handlers then\n"
        "      --credential      with --install: setuid programs get their rights, of every tree on the machine\n"
        "      --check           changes nothing: status 0 when programs of every registered architecture run\n"
        "      --help            this text\n";

struct request {
        const char *install, *uninstall, *dir;
        bool credential, stay;
        struct interpreter_places places;
        const struct arch *installed[32];
        size_t installed_count;
};

static int install_one(struct request *q, const struct arch *a, bool optional)
{
        struct handler h[HANDLERS_PER_ARCH];
        struct err e = { 0 };
        int count = handlers_for(h, a, &q->places, handlers_flags(q->credential), &e);
        if (count < 0 && optional)
                return 0;
        for (int i = 0; i < count; i++)
                if (handler_put(q->dir, &h[i], &e) < 0)
                        count = -1;
        fprintf(stderr, "installing: %s %s\n", a->name, count < 0 ? e.text : "OK");
        if (count > 0 && q->installed_count < ARRAY_LEN(q->installed))
                q->installed[q->installed_count++] = a;
        return count < 0;
}

/* `all` is our own architecture, and of the others those that do not run yet and that something here can run. */
static int install(struct request *q)
{
        AUTO_FREE char *list = format("%s", q->install);
        int status = 0;
        for (char *save = NULL, *name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
                const struct arch *named = arch_find(name);
                bool all = !strcmp(name, "all");
                for (const struct arch *a = archs; a->name && all; a++)
                        if (a->runs == ARCH_OURS || (a->runs == ARCH_QEMU && sample_run(a, false).outcome != SAMPLE_WORKS))
                                status |= install_one(q, a, a->runs != ARCH_OURS);
                if (named)
                        status |= install_one(q, named, false);
                else if (!all)
                        status |= fprintf(stderr, "installing: %s there is no such architecture\n", name) > 0;
        }
        return status;
}

/* A handler matches by its name, by a pattern of it, or by its architecture in any spelling. */
static bool matches(const struct handler *h, const char *pattern)
{
        const struct arch *a = arch_find(pattern);
        AUTO_FREE char *name = a ? format("qemu-%s", a->qemu) : NULL, *appimage = a ? format("qemu-%s-appimage", a->qemu) : NULL;
        return fnmatch(pattern, h->name, 0) == 0 || (a && (!strcmp(h->name, name) || !strcmp(h->name, appimage)));
}

static int uninstall(const struct request *q)
{
        AUTO_FREE char *list = format("%s", q->uninstall);
        struct handler_list found;
        int status = 0;
        handler_list_read(q->dir, &found);
        for (char *save = NULL, *pattern = strtok_r(list, ",", &save); pattern; pattern = strtok_r(NULL, ",", &save)) {
                bool any = false;
                for (size_t i = 0; i < found.count; i++) {
                        struct err e = { 0 };
                        if (!matches(&found.at[i], pattern) || !strcmp(found.at[i].name, "WSLInterop"))
                                continue;
                        int r = handler_remove(q->dir, found.at[i].name, &e);
                        fprintf(stderr, "uninstalling: %s %s\n", found.at[i].name, r < 0 ? e.text : "OK");
                        status |= r < 0;
                        any = true;
                }
                if (!any)
                        fprintf(stderr, "uninstalling: %s not found\n", pattern);
        }
        handler_list_free(&found);
        return status;
}

/* The levels of the host's own architecture (psABI of x86-64). */
static void host_levels(struct json *j)
{
        if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("popcnt"))
                return;
        json_put_string(j, NULL, "linux/amd64/v2");
        if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("fma"))
                return;
        json_put_string(j, NULL, "linux/amd64/v3");
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
                json_put_string(j, NULL, "linux/amd64/v4");
}

static void print_state(const char *dir)
{
        struct json j = { .to = stdout };
        struct handler_list found;
        bool any = false;
        json_open(&j, NULL, '{');
        json_open(&j, "supported", '[');
        for (const struct arch *a = archs; a->name; a++) {
                if (sample_run(a, false).outcome != SAMPLE_WORKS)
                        continue;
                json_put_string(&j, NULL, a->platform);
                if (!strcmp(a->name, "amd64"))
                        host_levels(&j);
                if (!strcmp(a->name, "arm"))
                        json_put_string(&j, NULL, "linux/arm/v6");
        }
        json_close(&j, ']');
        handler_list_read(dir, &found);
        for (size_t i = 0; i < found.count; i++) {
                if (!found.at[i].enabled)
                        continue;
                if (!any)
                        json_open(&j, "emulators", '[');
                any = true;
                json_put_string(&j, NULL, found.at[i].name);
        }
        if (any)
                json_close(&j, ']');
        else
                json_put_string(&j, "emulators", NULL);
        json_close(&j, '}');
        handler_list_free(&found);
}

/* For a pod: the handlers are there as long as it is. */
static int stay(const struct request *q)
{
        sigset_t ends;
        int which, status = 0;
        sigemptyset(&ends);
        sigaddset(&ends, SIGTERM);
        sigaddset(&ends, SIGINT);
        sigwait(&ends, &which);
        for (size_t i = 0; i < q->installed_count; i++) {
                struct err e = { 0 };
                if (handlers_remove(q->dir, q->installed[i], &e) < 0)
                        status = fprintf(stderr, "uninstalling: %s %s\n", q->installed[i]->name, e.text) > 0;
        }
        return status;
}

static void hold_signals(void)
{
        sigset_t ends;
        sigemptyset(&ends);
        sigaddset(&ends, SIGTERM);
        sigaddset(&ends, SIGINT);
        sigprocmask(SIG_BLOCK, &ends, NULL);
}

/* "--name VALUE", "--name=VALUE", with one dash or two, as Go's flag package takes them. */
static bool take(char **argv, int *i, const char *name, const char **value)
{
        const char *arg = argv[*i];
        size_t n = strlen(name);
        arg += arg[0] == '-' ? arg[1] == '-' ? 2 : 1 : 0;
        if (arg == argv[*i] || strncmp(arg, name, n) || (arg[n] && arg[n] != '='))
                return false;
        *value = arg[n] ? arg + n + 1 : argv[*i + 1];
        *i += !arg[n] && *value;
        return true;
}

static bool take_flag(char **argv, int i, const char *name)
{
        const char *arg = argv[i], *value;
        return strchr(arg, '=') ? false : take((char *[]){ (char *)arg, NULL }, &(int){ 0 }, name, &value);
}

static int wrong(const char *arg)
{
        fprintf(stderr, "flag provided but not defined, or without its value: %s\n%s", arg, usage);
        return 2;
}

int dropin_tonistiigi(int argc, char **argv)
{
        struct request q = { .dir = BINFMT_DIR };
        for (int i = 1; i < argc; i++) {
                const char *at = argv[i], **value = NULL;
                static const char *const names[] = { "install", "uninstall", "mount" };
                const char **to[] = { &q.install, &q.uninstall, &q.dir };
                for (size_t k = 0; k < ARRAY_LEN(names) && !value; k++)
                        if (take(argv, &i, names[k], to[k]))
                                value = to[k];
                if (value && *value)
                        continue;
                if (take_flag(argv, i, "credential"))
                        q.credential = true;
                else if (take_flag(argv, i, "stay"))
                        q.stay = true;
                else if (take_flag(argv, i, "version"))
                        return puts("crossarm-binfmt " CROSSARM_VERSION) < 0;
                else if (take_flag(argv, i, "help") || take_flag(argv, i, "h"))
                        return fputs(usage, stdout) < 0;
                else
                        return wrong(at);
        }
        AUTO_FREE char *engine = engine_path();
        q.places = (struct interpreter_places){
                .engine = engine, .qemu_dir = getenv("QEMU_BINARY_PATH"), .prefix = getenv("QEMU_BINARY_PREFIX")
        };
        int status = 0;
        struct err e = { 0 };
        if (q.stay)
                hold_signals();
        if ((q.install || q.uninstall) && (strcmp(q.dir, BINFMT_DIR) ? binfmt_mount(q.dir, &e) : handlers_instance(&e)) < 0) {
                fprintf(stderr, "error: %s\n", e.text);
                status = 1;
        }
        if (!status && q.uninstall)
                status |= uninstall(&q);
        if (!status && q.install)
                status |= install(&q);
        print_state(q.dir);
        fflush(stdout);
        return status || !q.stay ? status : stay(&q);
}
