#include "vm/address.h"

#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/str.h"
#include "base/util.h"
#include "vm/conn.h"

static const struct {
        unsigned source;
        const char *name;
} sources[] = {
        { VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE, "lease" },
        { VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, "agent" },
        { VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP, "arp" },
};

void address_list_free(struct address_list *list)
{
        for (size_t i = 0; i < list->count; i++) {
                free(list->all[i].mac);
                free(list->all[i].ip);
        }
        free(list->all);
        *list = (struct address_list){ 0 };
}

/* Nobody reaches a guest by these. */
static bool is_local(const char *ip)
{
        return str_after(ip, "127.") || str_after(ip, "169.254.") || !strcmp(ip, "::1") || str_after(ip, "fe80:");
}

static void add(struct address_list *list, const virDomainInterface *card, const char *source)
{
        for (unsigned i = 0; i < card->naddrs; i++) {
                if (is_local(card->addrs[i].addr))
                        continue;
                list->all = realloc(list->all, (list->count + 1) * sizeof *list->all);
                check(list->all);
                list->all[list->count++] = (struct address){
                        .mac = format("%s", card->hwaddr ? card->hwaddr : ""),
                        .ip = format("%s", card->addrs[i].addr),
                        .prefix = card->addrs[i].prefix,
                        .source = source,
                };
        }
}

static void ask(virDomainPtr domain, unsigned source, const char *name, struct address_list *list)
{
        virDomainInterfacePtr *cards = NULL;
        int count = virDomainInterfaceAddresses(domain, &cards, source, 0);
        for (int i = 0; i < count; i++) {
                add(list, cards[i], name);
                virDomainInterfaceFree(cards[i]);
        }
        free(cards);
}

int address_find(virDomainPtr domain, struct address_list *list, struct err *e)
{
        const char *name = virDomainGetName(domain);
        if (virDomainIsActive(domain) == 0)
                return err_set(e, 1, "%s is not running", name);
        for (size_t i = 0; i < ARRAY_LEN(sources) && !list->count; i++)
                ask(domain, sources[i].source, sources[i].name, list);
        if (list->count)
                return 0;
        return err_set(e, 1,
                "nobody knows an address of %s: its network gave it none yet, it runs no guest agent, and the host has not heard of it (a "
                "card of type user is "
                "never heard of)",
                name);
}
