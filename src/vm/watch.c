#include "vm/watch.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/util.h"
#include "vm/conn.h"
#include "vm/watch_console.h"
#include "vm/watch_memory.h"
#include "vm/watch_parts.h"
#include "vm/xml.h"

enum { RETRY_MS = 1000 };

i64 watch_now(void)
{
        struct timespec t;
        clock_gettime(CLOCK_BOOTTIME, &t);
        return (i64)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void watch_say(const struct service *s, const struct watch_guest *g, const char *what, const char *fmt, ...)
{
        char text[1024];
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        s->w->say(s->w->to, g ? g->name : NULL, what, text);
}

/* ---- what happened ---- */

/* Nobody saw the end of this guest: what its console says. */
static enum watch_cause look_at_console(virDomainPtr domain)
{
        struct err e;
        AUTO_FREE char *text = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
        AUTO_XML xmlDoc *doc = text ? xml_parse(text, strlen(text), "the domain XML", &e) : NULL;
        AUTO_FREE char *log =
                doc ? xml_text(xmlDocGetRootElement(doc), "/domain/devices/*[self::serial or self::console]/log/@file") : NULL;
        return log ? watch_console_read(log) : WATCH_UNKNOWN;
}

static void handle_stop(struct service *s, struct watch_guest *g, virDomainPtr domain, bool destroyed)
{
        enum watch_cause cause = g->cause;
        const char *words = g->words;
        if (!g->running)
                return;
        if (cause == WATCH_UNKNOWN && !destroyed && s->local) {
                cause = look_at_console(domain);
                words = cause == WATCH_REBOOT ? "rebooted, by its console" : cause == WATCH_OFF ? "powered off, by its console" : words;
        }
        if (destroyed && cause == WATCH_UNKNOWN) {
                cause = WATCH_OFF;
                words = "was ended from the host";
        }
        if (!words)
                words = "ended while nobody saw why, and its console has no log that would tell: it stays off";
        watch_say(s, g, cause == WATCH_REBOOT ? "reboot" : "off", "%s %s", g->name, words);
        if (watch_stopped(g, cause, watch_now(), &s->w->limits) == WATCH_GIVES_UP)
                watch_give_up(s, g);
}

/* The first cause of a run counts: libvirt then ends QEMU by a signal, and that is told, too. */
static void handle_cause(struct watch_guest *g, const struct watch_event *e)
{
        if (g->words && g->cause_id == e->id)
                return;
        g->cause = watch_cause_of(e->reason, &g->words);
        g->cause_id = e->id;
}

/* A start that failed is never told: what QEMU said of it is forgotten here. The guest may be off again by now; then its end is told next.
 */
static void handle_start(struct watch_guest *g, int id)
{
        if (g->cause_id != id)
                watch_forget_cause(g);
        if (!g->running)
                watch_started(g, watch_now(), false);
}

/* Without a domain libvirt has just gone away; catch_up() will see what has become of the guest. */
static void handle_event(struct service *s, const struct watch_event *e)
{
        bool gone;
        AUTO_DOMAIN virDomainPtr domain = watch_domain(s, e->uuid, &gone);
        struct watch_guest *g = domain ? watch_consider(s, domain) : watch_find(s, e->uuid);
        if (!g)
                return;
        switch (e->kind) {
        case EVENT_STARTED: handle_start(g, e->id); break;
        case EVENT_STOPPED:
                if (domain && virDomainIsActive(domain) == 0)
                        handle_stop(s, g, domain, e->destroyed);
                if (domain)
                        watch_forget_cause(g); /* also when it runs again, and this is old news */
                break;
        case EVENT_CAUSE: handle_cause(g, e); break;
        case EVENT_CHANGED: break;
        }
        if (gone)
                watch_remove(s, g);
}

static void handle_events(struct service *s)
{
        for (struct watch_event *e; (e = watch_event_next(s)); watch_event_free(e))
                handle_event(s, e);
}

static void handle_due(struct service *s)
{
        i64 next = -1, now = watch_now();
        for (size_t i = 0; i < s->count && !s->lost; i++) {
                struct watch_guest *g = &s->guests[i];
                i64 due = watch_due(g, &s->w->limits);
                if (due >= 0 && due <= now) {
                        g->ours_to_start ? watch_start(s, g) : watch_note_steady(s, g);
                        due = watch_due(g, &s->w->limits);
                }
                if (due >= 0 && (next < 0 || due < next))
                        next = due;
        }
        now = watch_now();
        i64 wait = next < 0 ? -1 : next > now ? next - now : 0;
        virEventUpdateTimeout(s->timer, wait > 3600000 ? 3600000 : (int)wait);
}

/* ---- the connection ---- */

/* The names of the guests recalled by their UUID; who has no domain any more is forgotten. */
static void name_recalled(struct service *s)
{
        for (size_t i = s->count; i-- > 0;) {
                struct watch_guest *g = &s->guests[i];
                bool gone;
                AUTO_DOMAIN virDomainPtr domain = watch_domain(s, g->uuid, &gone);
                if (gone)
                        watch_remove(s, g);
                if (!domain)
                        continue;
                free(g->name);
                g->name = format("%s", virDomainGetName(domain));
        }
}

/* A guest as it is now; one that ran when last seen and does not any more has stopped unseen. */
static void catch_up_with(struct service *s, virDomainPtr domain)
{
        struct watch_guest *g = watch_consider(s, domain);
        int active = virDomainIsActive(domain), state = 0, reason = 0;
        if (active < 0 || virDomainGetState(domain, &state, &reason, 0) < 0)
                s->lost = true;
        else if (g && active && !g->running)
                watch_started(g, watch_now(), g->ours_to_start); /* libvirt may have died after it had started it for us */
        else if (g && !active)
                handle_stop(s, g, domain, state == VIR_DOMAIN_SHUTOFF && reason == VIR_DOMAIN_SHUTOFF_DESTROYED);
}

static void catch_up(struct service *s)
{
        virDomainPtr *domains;
        name_recalled(s);
        int count = virConnectListAllDomains(s->conn, &domains, VIR_CONNECT_LIST_DOMAINS_PERSISTENT);
        for (int i = 0; i < count; i++) {
                catch_up_with(s, domains[i]);
                virDomainFree(domains[i]);
        }
        if (count >= 0)
                free(domains);
        else
                s->lost = true;
}

static void close_connection(struct service *s)
{
        if (!s->conn)
                return;
        watch_listen_end(s);
        virConnectClose(s->conn);
        s->conn = NULL;
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
        if (watch_listen(s)) {
                catch_up(s);
                return true;
        }
        vm_error(e, "hear of the guests' ends (that needs a QEMU driver, and the right to QEMU's events)");
        close_connection(s);
        return false;
}

/* libvirt is being restarted: ask again until it is there, or the service is to end. */
static void wait_for_libvirt(struct service *s)
{
        struct err e;
        close_connection(s);
        watch_say(s, NULL, "lost", "libvirt is gone; its guests run on, and it is waited for");
        do {
                struct pollfd p = { .fd = s->w->stop, .events = POLLIN };
                s->stop = poll(&p, 1, RETRY_MS) > 0;
        } while (!s->stop && !open_connection(s, &e));
        if (!s->stop)
                watch_say(s, NULL, "back", "libvirt is back");
}

static void recall(struct service *s)
{
        if (!s->w->memory)
                return;
        char **uuids = watch_memory_load(s->w->memory);
        for (size_t i = 0; uuids[i]; i++)
                watch_started(watch_add(s, uuids[i], uuids[i]), watch_now(), true);
        watch_memory_free(uuids);
}

static void on_stop(int watch, int fd, int events, void *to)
{
        ((struct service *)to)->stop = true;
}

/* The loop looks what is due by itself. */
static void on_timer(int timer, void *to)
{
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
                watch_say(&s, NULL, "ready", "watching %zu guest%s", s.count, s.count == 1 ? "" : "s");
        while (open && !s.stop) {
                handle_events(&s);
                handle_due(&s);
                watch_remember(&s);
                if (s.lost)
                        wait_for_libvirt(&s);
                else if (virEventRunDefaultImpl() < 0)
                        s.lost = true;
        }
        close_connection(&s);
        virEventRemoveHandle(stop);
        virEventRemoveTimeout(s.timer);
        for (struct watch_event *left; (left = watch_event_next(&s));)
                watch_event_free(left);
        while (s.count)
                watch_remove(&s, &s.guests[0]);
        free(s.guests);
        free(s.remembered);
        return open ? 0 : -1;
}
