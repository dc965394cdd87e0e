/* The guests that are watched. Whoever of them libvirt cannot tell about is kept: only a domain that is known to be gone is forgotten. */
#include "vm/watch_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libvirt/virterror.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/watch_memory.h"
#include "vm/xml.h"

struct watch_guest *watch_find(struct service *s, const char *uuid)
{
        for (size_t i = 0; i < s->count; i++)
                if (!strcmp(s->guests[i].uuid, uuid))
                        return &s->guests[i];
        return NULL;
}

struct watch_guest *watch_add(struct service *s, const char *uuid, const char *name)
{
        s->guests = realloc(s->guests, (s->count + 1) * sizeof *s->guests);
        check(s->guests);
        struct watch_guest *g = &s->guests[s->count++];
        *g = (struct watch_guest){ .name = format("%s", name) };
        snprintf(g->uuid, sizeof g->uuid, "%s", uuid);
        return g;
}

void watch_remove(struct service *s, struct watch_guest *g)
{
        free(g->name);
        *g = s->guests[--s->count];
}

void watch_remember(struct service *s)
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
                watch_say(s, NULL, "warning", "%s", e.text);
        free(s->remembered);
        s->remembered = running;
}

/* ---- their domains ---- */

static bool is_gone(void)
{
        return virGetLastErrorCode() == VIR_ERR_NO_DOMAIN;
}

virDomainPtr watch_domain(struct service *s, const char *uuid, bool *gone)
{
        virDomainPtr domain = virDomainLookupByUUIDString(s->conn, uuid);
        *gone = !domain && is_gone();
        if (!domain && !*gone)
                s->lost = true;
        return domain;
}

int watch_bootdir(virDomainPtr domain, struct bootdir_domain *b)
{
        struct err e;
        AUTO_FREE char *xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
        if (!xml)
                return is_gone() ? 0 : -1;
        return bootdir_domain_read(xml, strlen(xml), b, &e) == 1;
}

/* QEMU's reset would end nothing, and it would start the old kernel, unless all three are 'destroy'. */
static void check_actions(struct service *s, const struct watch_guest *g, virDomainPtr domain)
{
        struct err e;
        AUTO_FREE char *text = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
        AUTO_XML xmlDoc *doc = text ? xml_parse(text, strlen(text), "the domain XML", &e) : NULL;
        if (doc && !xml_has(xmlDocGetRootElement(doc), "/domain[on_reboot='destroy' and on_poweroff='destroy' and on_crash='destroy']"))
                watch_say(s, g, "warning",
                        "%s has not on_reboot, on_poweroff and on_crash all set to 'destroy': QEMU then reboots into the old kernel by "
                        "itself",
                        g->name);
}

struct watch_guest *watch_consider(struct service *s, virDomainPtr domain)
{
        char uuid[VIR_UUID_STRING_BUFLEN];
        AUTO_BOOTDIR_DOMAIN struct bootdir_domain b = { 0 };
        virDomainGetUUIDString(domain, uuid);
        struct watch_guest *g = watch_find(s, uuid);
        int persistent = virDomainIsPersistent(domain), ours = persistent > 0 ? watch_bootdir(domain, &b) : persistent;
        if (ours > 0 && !g) {
                g = watch_add(s, uuid, virDomainGetName(domain));
                check_actions(s, g, domain);
        } else if (ours == 0 && g && !g->running) {
                watch_remove(s, g);
                g = NULL;
        } else if (ours < 0 && !is_gone())
                s->lost = true;
        return g;
}
