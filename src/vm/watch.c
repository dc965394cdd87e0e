#include "vm/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/bootdir_domain.h"
#include "vm/bootdir_store.h"
#include "vm/conn.h"
#include "vm/jsn.h"
#include "vm/watch_console.h"
#include "vm/watch_memory.h"
#include "vm/xml.h"

enum { RETRY_MS = 1000, MAX_EVENT = 65536 };

/* What libvirt's callbacks leave for the loop: a call to libvirt from inside of one would wait for itself. */
struct event {
        struct event *next;
        char uuid[VIR_UUID_STRING_BUFLEN];
        enum { EVENT_STARTED, EVENT_STOPPED, EVENT_CHANGED, EVENT_CAUSE } kind;
        bool destroyed; /* of EVENT_STOPPED: by somebody on the host */
        char *reason;   /* of EVENT_CAUSE */
};

struct service {
        const struct watch *w;
        virConnectPtr conn;
        bool local;      /* the guests' /boot is on this machine */
        bool lost, stop; /* the connection is closed; the service is to end */
        struct watch_guest *guests;
        size_t count;
        struct event *events, **events_end;
        char *remembered; /* what w->memory has */
        int timer;
};

static i64 now_ms(void)
{
        struct timespec t;
        clock_gettime(CLOCK_BOOTTIME, &t);
        return (i64)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void say(const struct service *s, const struct watch_guest *g, const char *what, const char *fmt, ...) PRINTF_LIKE(4, 5);
static void say(const struct service *s, const struct watch_guest *g, const char *what, const char *fmt, ...)
{
        char text[1024];
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        s->w->say(s->w->to, g ? g->name : NULL, what, text);
}

/* ---- callbacks ---- */

static struct event *add_event(struct service *s, virDomainPtr domain, int kind)
{
        struct event *e = calloc(1, sizeof *e);
        check(e);
        virDomainGetUUIDString(domain, e->uuid);
        e->kind = kind;
        *s->events_end = e;
        s->events_end = &e->next;
        return e;
}

static int on_life_cycle(virConnectPtr conn, virDomainPtr domain, int event, int detail, void *to)
{
        if (event == VIR_DOMAIN_EVENT_STARTED)
                add_event(to, domain, EVENT_STARTED);
        else if (event == VIR_DOMAIN_EVENT_STOPPED)
                add_event(to, domain, EVENT_STOPPED)->destroyed = detail == VIR_DOMAIN_EVENT_STOPPED_DESTROYED;
        else if (event == VIR_DOMAIN_EVENT_DEFINED || event == VIR_DOMAIN_EVENT_UNDEFINED)
                add_event(to, domain, EVENT_CHANGED);
        return 0;
}

/* QEMU: {"guest": true, "reason": "guest-reset"} */
static void on_shutdown(
        virConnectPtr conn, virDomainPtr domain, const char *event, long long seconds, unsigned micros, const char *details, void *to)
{
        struct err e;
        AUTO_JSN json_t *j = details ? jsn_parse(details, strnlen(details, MAX_EVENT), "QEMU's event", &e) : NULL;
        const char *reason = j ? jsn_text(j, "reason") : NULL;
        if (reason)
                add_event(to, domain, EVENT_CAUSE)->reason = format("%s", reason);
}

static void on_close(virConnectPtr conn, int reason, void *to)
{
        ((struct service *)to)->lost = true;
}

static void on_stop(int watch, int fd, int events, void *to)
{
        ((struct service *)to)->stop = true;
}

/* The loop looks what is due by itself. */
static void on_timer(int timer, void *to)
{
}

/* ---- the guests ---- */

static struct watch_guest *find_guest(struct service *s, const char *uuid)
{
        for (size_t i = 0; i < s->count; i++)
                if (!strcmp(s->guests[i].uuid, uuid))
                        return &s->guests[i];
        return NULL;
}

static struct watch_guest *add_guest(struct service *s, const char *uuid, const char *name)
{
        s->guests = realloc(s->guests, (s->count + 1) * sizeof *s->guests);
        check(s->guests);
        struct watch_guest *g = &s->guests[s->count++];
        *g = (struct watch_guest){ .name = format("%s", name) };
        snprintf(g->uuid, sizeof g->uuid, "%s", uuid);
        return g;
}

static void remove_guest(struct service *s, struct watch_guest *g)
{
        free(g->name);
        *g = s->guests[--s->count];
}

static void remember(struct service *s)
{
        struct err e;
        char *running = format("%s", "");
        for (size_t i = 0; i < s->count; i++) {
                if (!s->guests[i].running && !s->guests[i].ours_to_start)
                        continue;
                char *longer = format("%s%s\n", running, s->guests[i].uuid);
                free(running);
                running = longer;
        }
        if (s->w->memory && (!s->remembered || strcmp(running, s->remembered)) && watch_memory_save(s->w->memory, running, &e) < 0)
                say(s, NULL, "warning", "%s", e.text);
        free(s->remembered);
        s->remembered = running;
}

/* The domain's XML; NULL when it is gone. Freed by the caller. */
static char *domain_xml(virDomainPtr domain)
{
        return virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
}

/* 1 and *b when the domain's kernel comes from its own /boot. */
static int read_bootdir(virDomainPtr domain, struct bootdir_domain *b)
{
        struct err e;
        AUTO_FREE char *xml = domain_xml(domain);
        return xml && bootdir_domain_read(xml, strlen(xml), b, &e) == 1;
}

/* QEMU's reset would end nothing, and it would start the old kernel, unless all three are 'destroy'. */
static void check_actions(struct service *s, const struct watch_guest *g, virDomainPtr domain)
{
        struct err e;
        AUTO_FREE char *text = domain_xml(domain);
        AUTO_XML xmlDoc *doc = text ? xml_parse(text, strlen(text), "the domain XML", &e) : NULL;
        if (doc && !xml_has(xmlDocGetRootElement(doc), "/domain[on_reboot='destroy' and on_poweroff='destroy' and on_crash='destroy']"))
                say(s, g, "warning",
                        "%s has not on_reboot, on_poweroff and on_crash all set to 'destroy': QEMU then reboots into the old kernel by "
                        "itself",
                        g->name);
}

/* The guest of that domain, if it is one to watch; one that is not any more is forgotten. */
static struct watch_guest *consider(struct service *s, virDomainPtr domain)
{
        char uuid[VIR_UUID_STRING_BUFLEN];
        AUTO_BOOTDIR_DOMAIN struct bootdir_domain b = { 0 };
        virDomainGetUUIDString(domain, uuid);
        struct watch_guest *g = find_guest(s, uuid);
        bool ours = virDomainIsPersistent(domain) == 1 && read_bootdir(domain, &b);
        if (ours && !g) {
                g = add_guest(s, uuid, virDomainGetName(domain));
                check_actions(s, g, domain);
        } else if (!ours && g && !g->running) {
                remove_guest(s, g);
                g = NULL;
        }
        return g;
}

/* ---- starting ---- */

/* As the hook does it; where there is a hook, this tells what it finds. */
static void update_kernel(struct service *s, const struct watch_guest *g, const struct bootdir_domain *b)
{
        struct bootdir_update u;
        struct err e;
        if (bootdir_store_update(b->root, b->name, b->share, b->arch, &u, &e) < 0)
                say(s, g, "warning", "%s: %s", g->name, e.text);
        else if (u.outcome == BOOTDIR_KEPT)
                say(s, g, "warning", "%s starts from Linux %s as before: %s", g->name, u.found.release, u.why_kept.text);
        else
                say(s, g, "kernel", "%s starts from Linux %s%s", g->name, u.found.release,
                        u.outcome == BOOTDIR_NEW ? ", which is new" : "");
}

/* A new kernel that never ran well: back to the one before, once. */
static bool go_back(struct service *s, struct watch_guest *g)
{
        AUTO_BOOTDIR_DOMAIN struct bootdir_domain b = { 0 };
        AUTO_DOMAIN virDomainPtr domain = virDomainLookupByUUIDString(s->conn, g->uuid);
        struct bootdir_status st = { 0 };
        struct bootdir_found now;
        struct err e;
        if (!s->local || !domain || !read_bootdir(domain, &b) || bootdir_store_status(b.root, b.name, &st, &e) <= 0)
                return false;
        free(st.name);
        if (st.proven || !st.has_previous || *st.refused || bootdir_store_rollback(b.root, b.name, &now, &e) < 0)
                return false;
        say(s, g, "rollback", "%s has not stayed up %u times in a row under the new Linux %s: it goes back to %s", g->name, g->short_runs,
                st.current.release, now.release);
        g->short_runs = 0;
        g->ours_to_start = true;
        g->start_at = now_ms();
        return true;
}

static void give_up(struct service *s, struct watch_guest *g)
{
        if (!go_back(s, g))
                say(s, g, "gave-up",
                        "%s was started %u times in a row without running for %lld s: it stays off; look at its console, then `crossarm "
                        "vm start %s`",
                        g->name, g->short_runs, (long long)s->w->limits.steady_ms / 1000, g->name);
}

static void start_guest(struct service *s, struct watch_guest *g)
{
        AUTO_BOOTDIR_DOMAIN struct bootdir_domain b = { 0 };
        AUTO_DOMAIN virDomainPtr domain = virDomainLookupByUUIDString(s->conn, g->uuid);
        g->ours_to_start = false;
        if (!domain)
                return;
        if (s->local && read_bootdir(domain, &b))
                update_kernel(s, g, &b);
        if (virDomainCreate(domain) == 0) {
                watch_started(g, now_ms(), true);
                return;
        }
        if (virDomainIsActive(domain) == 1)
                return; /* somebody was faster: its event comes */
        say(s, g, "failed", "%s does not start: %s", g->name, virGetLastErrorMessage());
        g->started_at = now_ms();
        if (watch_stopped(g, WATCH_REBOOT, g->started_at, &s->w->limits) == WATCH_GIVES_UP)
                give_up(s, g);
}

/* ---- what happened ---- */

/* Nobody saw the end of this guest: what its console says. */
static enum watch_cause look_at_console(virDomainPtr domain)
{
        struct err e;
        AUTO_FREE char *text = domain_xml(domain);
        AUTO_XML xmlDoc *doc = text ? xml_parse(text, strlen(text), "the domain XML", &e) : NULL;
        AUTO_FREE char *log =
                doc ? xml_text(xmlDocGetRootElement(doc), "/domain/devices/*[self::serial or self::console]/log/@file") : NULL;
        return log ? watch_console_read(log) : WATCH_UNKNOWN;
}

static void handle_stop(struct service *s, struct watch_guest *g, virDomainPtr domain, bool destroyed)
{
        enum watch_cause cause = g->cause;
        const char *words = g->words;
        if (!g->running && !words)
                return;
        if (!g->running) /* it ended so soon that its start had not been told */
                watch_started(g, now_ms(), false);
        if (cause == WATCH_UNKNOWN && !destroyed && s->local) {
                cause = look_at_console(domain);
                words = cause == WATCH_REBOOT ? "rebooted, by its console" : cause == WATCH_OFF ? "powered off, by its console" : NULL;
        }
        if (destroyed && cause == WATCH_UNKNOWN) {
                cause = WATCH_OFF;
                words = "was ended from the host";
        }
        if (!words)
                words = "ended while nobody saw why, and its console has no log that would tell: it stays off";
        say(s, g, cause == WATCH_REBOOT ? "reboot" : "off", "%s %s", g->name, words);
        if (watch_stopped(g, cause, now_ms(), &s->w->limits) == WATCH_GIVES_UP)
                give_up(s, g);
}

static void handle_event(struct service *s, const struct event *e)
{
        AUTO_DOMAIN virDomainPtr domain = virDomainLookupByUUIDString(s->conn, e->uuid);
        struct watch_guest *g = domain ? consider(s, domain) : find_guest(s, e->uuid);
        if (!g)
                return;
        switch (e->kind) {
        case EVENT_STARTED: /* not when it is off again by now: its end has been told, or will be */
                if (!g->running && domain && virDomainIsActive(domain) == 1)
                        watch_started(g, now_ms(), false);
                break;
        case EVENT_STOPPED:
                if (domain && virDomainIsActive(domain) == 0)
                        handle_stop(s, g, domain, e->destroyed);
                watch_forget_cause(g); /* also when it runs again, and this is old news */
                break;
        case EVENT_CAUSE:
                if (!g->words) /* the first counts: libvirt then ends QEMU by a signal, and that is told, too */
                        g->cause = watch_cause_of(e->reason, &g->words);
                break;
        case EVENT_CHANGED: break;
        }
        if (!domain)
                remove_guest(s, g);
}

static void handle_events(struct service *s)
{
        while (s->events) {
                struct event *e = s->events;
                s->events = e->next;
                if (!s->events)
                        s->events_end = &s->events;
                handle_event(s, e);
                free(e->reason);
                free(e);
        }
}

static void note_steady(struct service *s, struct watch_guest *g)
{
        AUTO_BOOTDIR_DOMAIN struct bootdir_domain b = { 0 };
        AUTO_DOMAIN virDomainPtr domain = virDomainLookupByUUIDString(s->conn, g->uuid);
        struct err e;
        g->proven = true;
        g->short_runs = 0;
        if (s->local && domain && read_bootdir(domain, &b) && bootdir_store_prove(b.root, b.name, &e) < 0)
                say(s, g, "warning", "%s", e.text);
}

static void handle_due(struct service *s)
{
        i64 next = -1, now = now_ms();
        for (size_t i = 0; i < s->count; i++) {
                struct watch_guest *g = &s->guests[i];
                i64 due = watch_due(g, &s->w->limits);
                if (due >= 0 && due <= now) {
                        g->ours_to_start ? start_guest(s, g) : note_steady(s, g);
                        due = watch_due(g, &s->w->limits);
                }
                if (due >= 0 && (next < 0 || due < next))
                        next = due;
        }
        now = now_ms();
        i64 wait = next < 0 ? -1 : next > now ? next - now : 0;
        virEventUpdateTimeout(s->timer, wait > 3600000 ? 3600000 : (int)wait);
}

/* ---- the connection ---- */

/* The names of the guests recalled by their UUID; who has no domain any more is forgotten. */
static void name_recalled(struct service *s)
{
        for (size_t i = s->count; i-- > 0;) {
                struct watch_guest *g = &s->guests[i];
                virDomainPtr domain = virDomainLookupByUUIDString(s->conn, g->uuid);
                if (!domain) {
                        remove_guest(s, g);
                        continue;
                }
                free(g->name);
                g->name = format("%s", virDomainGetName(domain));
                virDomainFree(domain);
        }
}

/* All guests as they are now; those that ran when last seen and do not any more have stopped unseen. */
static void catch_up(struct service *s)
{
        virDomainPtr *domains;
        name_recalled(s);
        int count = virConnectListAllDomains(s->conn, &domains, VIR_CONNECT_LIST_DOMAINS_PERSISTENT);
        for (int i = 0; i < count; i++) {
                struct watch_guest *g = consider(s, domains[i]);
                bool active = virDomainIsActive(domains[i]) == 1;
                int state = 0, reason = 0;
                virDomainGetState(domains[i], &state, &reason, 0);
                if (g && active && !g->running)
                        watch_started(g, now_ms(), false);
                else if (g && !active)
                        handle_stop(s, g, domains[i], state == VIR_DOMAIN_SHUTOFF && reason == VIR_DOMAIN_SHUTOFF_DESTROYED);
                virDomainFree(domains[i]);
        }
        if (count >= 0)
                free(domains);
}

static bool open_connection(struct service *s, struct err *e)
{
        s->lost = false;
        s->conn = vm_connect(s->w->uri, e);
        if (!s->conn)
                return false;
        AUTO_FREE char *uri = virConnectGetURI(s->conn);
        s->local = uri && strstr(uri, ":///");
        virConnectSetKeepAlive(s->conn, 5, 3);
        if (virConnectRegisterCloseCallback(s->conn, on_close, s, NULL) == 0 &&
                virConnectDomainEventRegisterAny(
                        s->conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_life_cycle), s, NULL) >= 0 &&
                virConnectDomainQemuMonitorEventRegister(s->conn, NULL, "SHUTDOWN", on_shutdown, s, NULL, 0) >= 0) {
                catch_up(s);
                return true;
        }
        vm_error(e, "hear of the guests' ends (that needs a QEMU driver, and the right to QEMU's events)");
        virConnectClose(s->conn);
        s->conn = NULL;
        return false;
}

static void close_connection(struct service *s)
{
        if (s->conn)
                virConnectClose(s->conn);
        s->conn = NULL;
}

/* libvirt is being restarted: ask again until it is there, or the service is to end. */
static void wait_for_libvirt(struct service *s)
{
        struct err e;
        close_connection(s);
        say(s, NULL, "lost", "libvirt is gone; its guests run on, and it is waited for");
        do {
                struct pollfd p = { .fd = s->w->stop, .events = POLLIN };
                s->stop = poll(&p, 1, RETRY_MS) > 0;
        } while (!s->stop && !open_connection(s, &e));
        if (!s->stop)
                say(s, NULL, "back", "libvirt is back");
}

static void recall(struct service *s)
{
        if (!s->w->memory)
                return;
        char **uuids = watch_memory_load(s->w->memory);
        for (size_t i = 0; uuids[i]; i++)
                watch_started(add_guest(s, uuids[i], uuids[i]), now_ms(), true);
        watch_memory_free(uuids);
}

int watch_run(const struct watch *w, struct err *e)
{
        struct service s = { .w = w };
        s.events_end = &s.events;
        virEventRegisterDefaultImpl();
        s.timer = virEventAddTimeout(-1, on_timer, NULL, NULL);
        int stop = virEventAddHandle(w->stop, VIR_EVENT_HANDLE_READABLE, on_stop, &s, NULL);
        recall(&s);
        bool open = open_connection(&s, e);
        if (open)
                say(&s, NULL, "ready", "watching %zu guest%s", s.count, s.count == 1 ? "" : "s");
        while (open && !s.stop) {
                handle_events(&s);
                handle_due(&s);
                remember(&s);
                if (s.lost)
                        wait_for_libvirt(&s);
                else if (virEventRunDefaultImpl() < 0)
                        s.lost = true;
        }
        close_connection(&s);
        virEventRemoveHandle(stop);
        virEventRemoveTimeout(s.timer);
        while (s.count)
                remove_guest(&s, &s.guests[0]);
        free(s.guests);
        free(s.remembered);
        return open ? 0 : -1;
}
