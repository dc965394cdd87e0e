/* Starting guests again, going back to the kernel before, and giving up. */
#include "vm/watch_parts.h"

#include <stdlib.h>

#include <libvirt/virterror.h>

#include "base/util.h"
#include "vm/bootdir_store.h"
#include "vm/conn.h"

/* As the hook does it; where there is a hook, this tells what it finds. */
static void update_kernel(struct service *s, const struct watch_guest *g, const struct bootdir_domain *b)
{
        struct bootdir_update u;
        struct err e;
        if (bootdir_store_update(b->root, b->name, b->share, b->arch, &u, &e) < 0)
                watch_say(s, g, "warning", "%s: %s", g->name, e.text);
        else if (u.outcome == BOOTDIR_KEPT)
                watch_say(s, g, "warning", "%s starts from Linux %s as before: %s", g->name, u.found.release, u.why_kept.text);
        else
                watch_say(s, g, "kernel", "%s starts from Linux %s%s", g->name, u.found.release,
                        u.outcome == BOOTDIR_NEW ? ", which is new" : "");
}

/* A new kernel that never ran well: back to the one before, once. */
static bool go_back(struct service *s, struct watch_guest *g)
{
        bool gone;
        AUTO_BOOTDIR_DOMAIN struct bootdir_domain b = { 0 };
        AUTO_DOMAIN virDomainPtr domain = watch_domain(s, g->uuid, &gone);
        struct bootdir_status st = { 0 };
        struct bootdir_found now;
        struct err e;
        if (!s->local || !domain || watch_bootdir(domain, &b) <= 0 || bootdir_store_status(b.root, b.name, &st, &e) <= 0)
                return false;
        free(st.name);
        if (st.proven || !st.has_previous || *st.refused || bootdir_store_rollback(b.root, b.name, &now, &e) < 0)
                return false;
        watch_say(s, g, "rollback", "%s has not stayed up %u times in a row under the new Linux %s: it goes back to %s", g->name,
                g->short_runs, st.current.release, now.release);
        g->short_runs = 0;
        g->ours_to_start = true;
        g->start_at = watch_now();
        return true;
}

void watch_give_up(struct service *s, struct watch_guest *g)
{
        if (!go_back(s, g))
                watch_say(s, g, "gave-up",
                        "%s was started %u times in a row without running for %lld s: it stays off; look at its console, then `crossarm "
                        "vm start %s`",
                        g->name, g->short_runs, (long long)s->w->limits.steady_ms / 1000, g->name);
}

static void start_failed(struct service *s, struct watch_guest *g, const char *why)
{
        watch_say(s, g, "failed", "%s does not start: %s", g->name, why);
        g->started_at = watch_now();
        if (watch_stopped(g, WATCH_REBOOT, g->started_at, &s->w->limits) == WATCH_GIVES_UP)
                watch_give_up(s, g);
}

void watch_start(struct service *s, struct watch_guest *g)
{
        bool gone;
        AUTO_BOOTDIR_DOMAIN struct bootdir_domain b = { 0 };
        AUTO_DOMAIN virDomainPtr domain = watch_domain(s, g->uuid, &gone);
        g->ours_to_start = !domain && !gone;
        if (!domain)
                return;
        if (s->local && watch_bootdir(domain, &b) > 0)
                update_kernel(s, g, &b);
        watch_forget_cause(g);
        if (virDomainCreate(domain) == 0) {
                watch_started(g, watch_now(), true);
                return;
        }
        AUTO_FREE char *why = format("%s", virGetLastErrorMessage()); /* the next call would forget it */
        if (virDomainIsActive(domain) == 1)
                return; /* somebody was faster: its event comes */
        if (virConnectIsAlive(s->conn) != 1)
                s->lost = g->ours_to_start = true; /* libvirt died over it, which is not the guest's fault */
        else
                start_failed(s, g, why);
}

void watch_note_steady(struct service *s, struct watch_guest *g)
{
        bool gone;
        AUTO_BOOTDIR_DOMAIN struct bootdir_domain b = { 0 };
        AUTO_DOMAIN virDomainPtr domain = watch_domain(s, g->uuid, &gone);
        struct err e;
        if (!domain && !gone)
                return;
        g->proven = true;
        g->short_runs = 0;
        if (s->local && domain && watch_bootdir(domain, &b) > 0 && bootdir_store_prove(b.root, b.name, &e) < 0)
                watch_say(s, g, "warning", "%s", e.text);
}
