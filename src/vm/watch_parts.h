/* What the parts of the service in watch.h share: watch.c (connection and loop), watch_event.c, watch_list.c, watch_start.c. */
#pragma once
#include <libvirt/libvirt.h>

#include "vm/bootdir_domain.h"
#include "vm/watch.h"

/* What libvirt's callbacks leave for the loop: a call to libvirt from inside of one would wait for itself. */
struct watch_event {
        struct watch_event *next;
        char uuid[VIR_UUID_STRING_BUFLEN];
        int id; /* of the run: libvirt counts the starts of all domains, also those that fail */
        enum { EVENT_STARTED, EVENT_STOPPED, EVENT_CHANGED, EVENT_CAUSE } kind;
        bool destroyed; /* of EVENT_STOPPED: by somebody on the host */
        char *reason;   /* of EVENT_CAUSE */
};

struct service {
        const struct watch *w;
        virConnectPtr conn;
        int life_cycle, shutdown; /* what watch_listen() has registered; -1: it could not */
        bool local;               /* the guests' /boot is on this machine */
        bool lost;                /* the connection is closed, or does not answer */
        bool stop;                /* the service is to end */
        struct watch_guest *guests;
        size_t count;
        struct watch_event *events, **events_end;
        char *remembered; /* what w->memory has */
        int timer;
};

i64 watch_now(void); /* milliseconds */
void watch_say(const struct service *s, const struct watch_guest *g, const char *what, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* ---- watch_event.c ---- */

/* Let libvirt tell of the guests' starts and ends. False: it cannot. */
bool watch_listen(struct service *s);
void watch_listen_end(struct service *s);
/* The oldest event that is not handled yet, or NULL; the caller frees it by watch_event_free(). */
struct watch_event *watch_event_next(struct service *s);
void watch_event_free(struct watch_event *e);

/* ---- watch_list.c ---- */

struct watch_guest *watch_find(struct service *s, const char *uuid);
struct watch_guest *watch_add(struct service *s, const char *uuid, const char *name);
void watch_remove(struct service *s, struct watch_guest *g);
/* The domain of that UUID. NULL and *gone: there is none; NULL otherwise: libvirt does not answer, and s->lost is set. */
virDomainPtr watch_domain(struct service *s, const char *uuid, bool *gone);
/* 1 and *b when the domain's kernel comes from its own /boot, 0 when not, -1 when libvirt does not answer. */
int watch_bootdir(virDomainPtr domain, struct bootdir_domain *b);
/* The guest of that domain, if it is one to watch; one that is not any more is forgotten. */
struct watch_guest *watch_consider(struct service *s, virDomainPtr domain);
/* Bring the file of guests that run up to date. */
void watch_remember(struct service *s);

/* ---- watch_start.c ---- */

/* Start it, from the kernel that its /boot has now. When libvirt does not answer, it stays to be started. */
void watch_start(struct service *s, struct watch_guest *g);
/* Enough of it: back to the kernel before, or off. */
void watch_give_up(struct service *s, struct watch_guest *g);
/* It has run for long enough: its kernel is a good one. */
void watch_note_steady(struct service *s, struct watch_guest *g);
