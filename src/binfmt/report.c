#include "binfmt/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "binfmt/owner.h"
#include "base/util.h"

/* The machine's own user namespace has always the same number (PROC_USER_INIT_INO of the kernel's proc_ns.h). */
static bool initial_namespace(void)
{
        struct stat st;
        return stat("/proc/self/ns/user", &st) < 0 || st.st_ino == 0xeffffffd;
}

/* An instance's files belong to the root of its user namespace: somebody unmapped when that is an outer one. */
static bool foreign_instance(const char *dir)
{
        struct stat st;
        return stat(dir, &st) == 0 && st.st_uid == 65534;
}

void binfmt_view_read(struct binfmt_view *v, const char *dir)
{
        AUTO_FREE char *status_path = format("%s/status", dir), *status = read_text(AT_FDCWD, status_path, 64);
        *v = (struct binfmt_view){ .mounted = handler_dir_mounted(dir), .initial = initial_namespace() };
        v->enabled = status && !strncmp(status, "enabled", 7);
        v->foreign = v->mounted && !v->initial && foreign_instance(dir);
        handler_list_read(dir, &v->handlers);
}

void binfmt_view_free(struct binfmt_view *v)
{
        handler_list_free(&v->handlers);
}

static const struct handler *handler_for(const struct binfmt_view *v, const struct arch *a, bool appimage)
{
        u8 head[ARCH_HEAD];
        const struct handler *off = NULL;
        arch_head(a, appimage, head);
        for (size_t i = 0; i < v->handlers.count; i++)
                if (handler_takes(&v->handlers.at[i], head, sizeof head)) {
                        if (v->handlers.at[i].enabled)
                                return &v->handlers.at[i];
                        off = &v->handlers.at[i];
                }
        return off;
}

const char *binfmt_outcome_name(enum sample_outcome o)
{
        static const char *const names[] = { "works", "no handler", "no interpreter", "refused", "fails", "hangs" };
        return names[o];
}

/* No handler took it. */
static void remark_nothing(struct binfmt_report *r, const struct binfmt_view *v)
{
        const struct handler *h = r->handler;
        if (h && !h->enabled)
                r->remark = format("the handler %s is switched off: echo 1 >%s/%s switches it on", h->name, BINFMT_DIR, h->name);
        else if (h && !v->enabled)
                r->remark = format("binfmt_misc is switched off as a whole: echo 1 >%s/status switches it on", BINFMT_DIR);
        else if (h)
                r->remark = format("%s is visible here but not in force: this user namespace has an instance of binfmt_misc of its own, "
                                   "which hides it",
                        h->name);
        else if (!v->initial && v->mounted && !v->foreign)
                r->remark = format(
                        "this user namespace has an instance of binfmt_misc of its own without such a handler; it hides the machine's");
        else if (!v->mounted)
                r->remark = format("no binfmt_misc is mounted at %s", BINFMT_DIR);
}

static void remark_broken(struct binfmt_report *r)
{
        const struct handler *h = r->handler;
        int status = r->sample.status;
        const char *who = h ? h->interpreter : "its interpreter";
        if (r->sample.outcome == SAMPLE_NO_INTERPRETER && h && access(h->interpreter, X_OK) < 0)
                r->remark =
                        format("the handler %s wants %s, which is not here: register it with flag F, or install that file", h->name, who);
        else if (r->sample.outcome == SAMPLE_NO_INTERPRETER || r->sample.outcome == SAMPLE_REFUSED)
                r->remark = format("starting %s failed: %s", who, strerror(r->sample.error));
        else if (r->sample.outcome == SAMPLE_HUNG)
                r->remark = format("a program that ends at once did not end within five seconds under %s", who);
        else if (WIFSIGNALED(status))
                r->remark = format("a program that ends at once was killed by signal %d under %s", WTERMSIG(status), who);
        else
                r->remark =
                        format("a program that ends with status %d ended with %d under %s", ARCH_SAMPLE_STATUS, WEXITSTATUS(status), who);
}

/* It works, and yet. */
static void remark_risk(struct binfmt_report *r, const struct binfmt_view *v)
{
        const struct handler *h = r->handler;
        if (!h)
                r->remark = r->arch->runs == ARCH_KERNEL ? NULL : format("by a handler of an outer namespace, not visible here");
        else if (strchr(h->flags, 'C') && v->initial)
                r->remark = format(
                        "flag C: setuid programs of every tree on this machine get their rights; any user's foreign setuid file is one");
        else if (!strchr(h->flags, 'F'))
                r->remark = format("without flag F it works only in roots that hold %s: not in containers", h->interpreter);
        else if (access(h->interpreter, F_OK) < 0)
                r->remark = format("%s is gone from here; the kernel goes on with the file it opened (flag F)", h->interpreter);
}

void binfmt_report_make(struct binfmt_report *r, const struct binfmt_view *v, const struct arch *a, bool appimage)
{
        *r = (struct binfmt_report){ .arch = a, .appimage = appimage };
        r->sample = sample_run(a, appimage);
        r->handler = handler_for(v, a, appimage);
        if (r->handler) {
                if (v->initial)
                        r->owner = owner_find("", r->handler->name, r->handler->interpreter, &r->owner_same);
                sample_version(r->handler->interpreter, r->version, sizeof r->version);
        }
        if (r->sample.outcome == SAMPLE_WORKS)
                remark_risk(r, v);
        else if (r->sample.outcome == SAMPLE_NO_HANDLER)
                remark_nothing(r, v);
        else
                remark_broken(r);
}

void binfmt_report_free(struct binfmt_report *r)
{
        free(r->owner);
        free(r->remark);
}
