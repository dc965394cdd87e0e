/* The addresses of a running guest. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

struct address {
        char *mac, *ip;     /* "52:54:00:...", "192.168.122.7" */
        unsigned prefix;    /* of its network */
        const char *source; /* who knows: "lease", "agent", "arp" */
};

struct address_list {
        struct address *all;
        size_t count;
};

#define AUTO_ADDRESSES __attribute__((cleanup(address_list_free)))
void address_list_free(struct address_list *list);

/*
 * Ask, in this order, the leases of libvirt's networks, the guest agent and the host's ARP table; the first that knows any answers.
 * Loopback and link-local addresses are left out. 0, or -1 and *e when nobody knows one: the sentence says why that may be.
 */
int address_find(virDomainPtr domain, struct address_list *list, struct err *e);
