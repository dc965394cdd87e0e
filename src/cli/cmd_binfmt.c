/* crossarm binfmt: handlers for programs of other architectures. */
#include "cli/cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "binfmt/persist.h"
#include "binfmt/register.h"
#include "binfmt/report.h"
#include "base/util.h"
#include "cli/handlers.h"
#include "cli/json.h"

static const char usage[] =
        "Usage: crossarm binfmt ACTION [OPTION...] [ARCH...]\n"
        "Let the kernel start programs of other architectures by themselves, and say whether it does.\n\n"
        "Actions:\n"
        "  status     every architecture: whether its programs run here (a tiny one is run), by which handler, whose, how\n"
        "  check      the same for ARCH only, for scripts: status 0 when they run, 1 when not; changes nothing\n"
        "  install    register handlers for ARCH, in the place of older ones\n"
        "  uninstall  remove the handlers for ARCH; without ARCH those of crossarm\n"
        "  persist    let the handlers for ARCH come back when the machine starts\n"
        "  unpersist  no longer\n"
        "  export     print the lines that register them\n\n"
        "ARCH is arm64 (the default), arm, riscv64, ppc64le, s390x, mips64le, mips64, loong64, or all: arm64 runs on crossarm's engine,\n"
        "the others on a QEMU (qemu-user-static) if this machine has one.\n\n"
        "      --json        status and check: as JSON\n"
        "      --credential  install, persist, export: let setuid programs have their rights (flag C). With handlers of the whole\n"
        "                    machine that makes any foreign setuid file on it work, which Debian gave up as unsafe\n"
        "      --root DIR    persist, unpersist: for the system in DIR\n"
        "  -h, --help        this text\n";

struct request {
        const struct arch *archs[32];
        size_t count;
        bool all, named, json, credential; /* `named`: by the user, not by default */
        const char *root;
        struct interpreter_places places;
};

/* ---- status and check ---- */

static void report_json(struct json *j, const struct binfmt_report *r)
{
        json_open(j, NULL, '{');
        json_put_string(j, "name", r->arch->name);
        json_put_string(j, "platform", r->arch->platform);
        json_put_bool(j, "appimage", r->appimage);
        json_put_bool(j, "works", r->sample.outcome == SAMPLE_WORKS);
        json_put_string(j, "outcome", binfmt_outcome_name(r->sample.outcome));
        json_put_string(j, "handler", r->handler ? r->handler->name : NULL);
        json_put_string(j, "interpreter", r->handler ? r->handler->interpreter : NULL);
        json_put_string(j, "version", r->version[0] ? r->version : NULL);
        json_put_string(j, "flags", r->handler ? r->handler->flags : NULL);
        json_put_string(j, "owner", r->owner);
        json_put_bool(j, "owner_same_interpreter", r->owner_same);
        json_put_string(j, "remark", r->remark);
        json_close(j, '}');
}

static void status_json(const struct binfmt_view *v, const struct binfmt_report *r, size_t count)
{
        struct json j = { .to = stdout };
        json_open(&j, NULL, '{');
        json_open(&j, "binfmt_misc", '{');
        json_put_bool(&j, "mounted", v->mounted);
        json_put_bool(&j, "enabled", v->enabled);
        json_put_string(&j, "instance", !v->mounted ? NULL : v->initial || v->foreign ? "machine" : "private");
        json_close(&j, '}');
        json_open(&j, "architectures", '[');
        for (size_t i = 0; i < count; i++)
                report_json(&j, &r[i]);
        json_close(&j, ']');
        json_close(&j, '}');
}

static void status_row(const struct binfmt_report *r, bool initial)
{
        const struct handler *h = r->handler;
        AUTO_FREE char *arch = format("%s%s", r->arch->name, r->appimage ? " AppImage" : "");
        printf("%-15s %-14s %-21s %-5s %s\n", arch, binfmt_outcome_name(r->sample.outcome),
                h                                                                   ? h->name
                : r->arch->runs == ARCH_KERNEL && r->sample.outcome == SAMPLE_WORKS ? "(the processor)"
                                                                                    : "-",
                h ? h->flags : "-", h ? h->interpreter : "-");
        if (!h)
                return;
        const char *stays = !initial        ? "as long as this user namespace"
                            : !r->owner     ? "gone after a restart"
                            : r->owner_same ? "owner "
                                            : "another one after a restart, from ";
        printf("%15s %s; %s%s\n", "", r->version[0] ? r->version : "tells no version", stays, r->owner ? r->owner : "");
}

static void status_text(const struct binfmt_view *v, const struct binfmt_report *r, size_t count)
{
        bool arm64 = true;
        const char *said = "";
        printf("%-15s %-14s %-21s %-5s %s\n", "PROGRAMS FOR", "RUN HERE", "HANDLER", "FLAGS", "INTERPRETER");
        for (size_t i = 0; i < count; i++) {
                /* The AppImages of an architecture matter when its programs run. */
                if (r[i].appimage && !r[i].handler && r[i - 1].sample.outcome != SAMPLE_WORKS)
                        continue;
                status_row(&r[i], v->initial);
                if (r[i].remark && strcmp(r[i].remark, said))
                        printf("%15s note: %s\n", "", said = r[i].remark);
                arm64 &= r[i].arch->runs != ARCH_OURS || r[i].appimage || r[i].sample.outcome == SAMPLE_WORKS;
        }
        if (!arm64)
                printf("\narm64 programs do not start by themselves: `crossarm binfmt install`%s lets them; `crossarm run` needs no "
                       "handler.\n",
                        v->initial ? " (as root)" : "");
}

static int act_status(const struct request *q)
{
        struct binfmt_report reports[2 * ARRAY_LEN(q->archs)];
        struct binfmt_view v;
        size_t count = 0;
        binfmt_view_read(&v, BINFMT_DIR);
        for (size_t i = 0; i < q->count; i++)
                for (int appimage = 0; appimage <= arch_has_appimage(q->archs[i]); appimage++)
                        binfmt_report_make(&reports[count++], &v, q->archs[i], appimage);
        if (q->json)
                status_json(&v, reports, count);
        else
                status_text(&v, reports, count);
        bool works = true;
        for (size_t i = 0; i < count; i++) {
                works &= reports[i].appimage || reports[i].sample.outcome == SAMPLE_WORKS;
                binfmt_report_free(&reports[i]);
        }
        binfmt_view_free(&v);
        return works ? 0 : 1;
}

static int act_check(const struct request *q)
{
        if (q->json)
                return act_status(q);
        struct binfmt_view v;
        int status = 0;
        binfmt_view_read(&v, BINFMT_DIR);
        for (size_t i = 0; i < q->count; i++) {
                struct binfmt_report r;
                binfmt_report_make(&r, &v, q->archs[i], false);
                printf("%s: %s%s%s\n", q->archs[i]->name, binfmt_outcome_name(r.sample.outcome), r.remark ? ": " : "",
                        r.remark ? r.remark : "");
                status |= r.sample.outcome != SAMPLE_WORKS;
                binfmt_report_free(&r);
        }
        binfmt_view_free(&v);
        return status;
}

/* ---- the others ---- */

/* `all` leaves out what cannot be installed; one named does not. */
static int handlers_asked(const struct request *q, size_t i, struct handler *h, bool quiet)
{
        struct err e = { 0 };
        int count = handlers_for(h, q->archs[i], &q->places, handlers_flags(q->credential), &e);
        if (count < 0 && !quiet)
                say_error("%s", e.text);
        return count;
}

static void warn_credential(const struct request *q, const char *flags)
{
        struct binfmt_view v;
        if (!q->credential || !strchr(flags, 'C'))
                return;
        binfmt_view_read(&v, BINFMT_DIR);
        if (v.initial)
                say_error("warning: with --credential every setuid file of a foreign architecture on this machine gets its rights, whoever "
                          "put "
                          "it there");
        binfmt_view_free(&v);
}

static int install_one(const struct request *q, size_t i)
{
        const struct arch *a = q->archs[i];
        struct handler h[HANDLERS_PER_ARCH];
        struct err e = { 0 };
        bool optional = q->all && a->runs != ARCH_OURS;
        if (optional && sample_run(a, false).outcome == SAMPLE_WORKS)
                return 0;
        int count = handlers_asked(q, i, h, optional);
        if (count < 0)
                return optional ? 0 : 1;
        if (handlers_put(h, count, &e) < 0) {
                say_error("%s", e.text);
                return 1;
        }
        warn_credential(q, h[0].flags);
        struct sample s = sample_run(a, false);
        printf("%s: %s is run by %s (flags %s): %s\n", a->name, h[0].name, h[0].interpreter, h[0].flags, binfmt_outcome_name(s.outcome));
        return s.outcome != SAMPLE_WORKS;
}

static int act_install(const struct request *q)
{
        struct err e = { 0 };
        int status = 0;
        if (handlers_instance(&e) < 0) {
                say_error("%s", e.text);
                return 1;
        }
        for (size_t i = 0; i < q->count; i++)
                status |= install_one(q, i);
        return status;
}

/* Without ARCH only what is crossarm's own. */
static bool to_be_removed(const struct arch *a, bool named)
{
        AUTO_FREE char *path = format("%s/qemu-%s", BINFMT_DIR, a->qemu), *text = read_text(-1, path, 4096);
        struct handler h;
        return text && (named || (handler_parse(a->qemu, text, &h) && handlers_ours(&h)));
}

static int act_uninstall(const struct request *q)
{
        int status = 0, total = 0;
        for (size_t i = 0; i < q->count; i++) {
                struct err e = { 0 };
                int removed = to_be_removed(q->archs[i], q->named) ? handlers_remove(BINFMT_DIR, q->archs[i], &e) : 0;
                if (removed < 0)
                        say_error("%s", e.text);
                else if (removed)
                        printf("%s: removed\n", q->archs[i]->name);
                status |= removed < 0;
                total += removed > 0;
        }
        if (!total && !status)
                puts("there was no such handler");
        return status;
}

/* A place that is not there yet when the machine's services start. */
static bool late_place(const char *path)
{
        static const char *const late[] = { "/home/", "/root/", "/tmp/", "/var/tmp/", "/run/", "/mnt/", "/media/" };
        for (size_t i = 0; i < ARRAY_LEN(late); i++)
                if (!strncmp(path, late[i], strlen(late[i])))
                        return true;
        return false;
}

static int act_persist(const struct request *q)
{
        int status = 0;
        for (size_t i = 0; i < q->count; i++) {
                struct handler h[HANDLERS_PER_ARCH];
                struct err e = { 0 };
                int count = handlers_asked(q, i, h, q->all);
                if (count < 0) {
                        status |= !q->all;
                        continue;
                }
                warn_credential(q, h[0].flags);
                if (late_place(h[0].interpreter))
                        say_error("warning: %s may not be there yet when the machine starts; `make install` puts it below /usr",
                                h[0].interpreter);
                AUTO_FREE char *path = NULL;
                if (persist_add(q->root, q->archs[i]->qemu, h, (size_t)count, &path, &e) < 0) {
                        say_error("%s", e.text);
                        status = 1;
                } else {
                        printf("%s: comes back at each start by %s; `crossarm binfmt install` registers it now\n", q->archs[i]->name, path);
                }
        }
        return status;
}

static int act_unpersist(const struct request *q)
{
        int status = 0;
        for (size_t i = 0; i < q->count; i++) {
                struct err e = { 0 };
                AUTO_FREE char *path = NULL;
                int r = persist_remove(q->root, q->archs[i]->qemu, &path, &e);
                if (r < 0)
                        say_error("%s", e.text);
                else
                        printf("%s: %s%s\n", q->archs[i]->name, r ? "was not persistent by crossarm's doing" : "taken out of ",
                                r ? "" : path);
                status |= r < 0;
        }
        return status;
}

static int act_export(const struct request *q)
{
        int status = 0;
        for (size_t i = 0; i < q->count; i++) {
                struct handler h[HANDLERS_PER_ARCH];
                int count = handlers_asked(q, i, h, q->all);
                status |= count < 0 && !q->all;
                for (int k = 0; k < count; k++) {
                        AUTO_FREE char *line = handler_line(&h[k]);
                        puts(line ? line : "");
                }
        }
        return status;
}

/* ---- the command line ---- */

static const struct action {
        const char *name;
        int (*act)(const struct request *q);
        bool whole; /* without ARCH it is about all, not about arm64 */
} actions[] = {
        { "status", act_status, true },
        { "check", act_check, false },
        { "install", act_install, false },
        { "uninstall", act_uninstall, true },
        { "persist", act_persist, false },
        { "unpersist", act_unpersist, true },
        { "export", act_export, false },
};

static void take_all(struct request *q)
{
        q->count = 0;
        for (const struct arch *a = archs; a->name; a++)
                q->archs[q->count++] = a;
}

static bool take_arch(struct request *q, const char *name)
{
        const struct arch *a = arch_find(name);
        if (!strcmp(name, "all")) {
                q->all = true;
                take_all(q);
        } else if (a && !q->all && q->count < ARRAY_LEN(q->archs)) {
                q->archs[q->count++] = a;
        } else if (!a) {
                say_error("there is no architecture '%s'; known are arm64, arm, riscv64, ppc64le, s390x, mips64le, mips64, loong64, amd64, "
                          "386, all",
                        name);
                return false;
        }
        return true;
}

static int run_action(const struct action *a, struct request *q, char **names)
{
        q->named = *names;
        for (; *names; names++)
                if (!take_arch(q, *names))
                        return 2;
        if (!q->named && a->whole)
                take_all(q);
        else if (!q->named)
                take_arch(q, "arm64");
        AUTO_FREE char *engine = engine_path();
        if (!engine)
                return 1;
        q->places.engine = engine;
        int status = a->act(q);
        /* The table tells what works; only `check` is a yes or no. */
        return a->act == act_status ? 0 : status;
}

int cmd_binfmt(int argc, char **argv)
{
        enum { OPT_JSON = 256, OPT_CREDENTIAL, OPT_ROOT };
        static const struct option options[] = {
                { "json", no_argument, NULL, OPT_JSON },
                { "credential", no_argument, NULL, OPT_CREDENTIAL },
                { "root", required_argument, NULL, OPT_ROOT },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        struct request q = { .root = "" };
        for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
                switch (c) {
                case OPT_JSON: q.json = true; break;
                case OPT_CREDENTIAL: q.credential = true; break;
                case OPT_ROOT: q.root = optarg; break;
                case 'h': fputs(usage, stdout); return 0;
                default: return wrong_usage("binfmt");
                }
        }
        const char *name = optind < argc ? argv[optind] : "";
        for (size_t i = 0; i < ARRAY_LEN(actions); i++)
                if (!strcmp(name, actions[i].name))
                        return run_action(&actions[i], &q, argv + optind + 1);
        if (*name)
                say_error("there is no action '%s'", name);
        else
                say_error("an action is needed: status, check, install, uninstall, persist, unpersist or export");
        return wrong_usage("binfmt");
}
