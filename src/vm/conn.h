/* A connection to libvirt, and its errors as our sentences. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

/*
 * Open `uri`; NULL takes libvirt's own choice (LIBVIRT_DEFAULT_URI, uri_default of libvirt.conf, then qemu:///system for root and
 * qemu:///session for others). NULL and *e with code 1 when there is no daemon. Close it by virConnectClose().
 * Source: https://libvirt.org/uri.html
 */
virConnectPtr vm_connect(const char *uri, struct err *e);

/* The domain of that name, ID or UUID; NULL and *e with code 1. Free it by virDomainFree(). */
virDomainPtr vm_domain(virConnectPtr conn, const char *name, struct err *e);

/*
 * "cannot WHAT: what libvirt said", code 1; -1, so that a caller can return it. No argument may be a call of libvirt, which would make it
 * forget the error: of a domain use the one below.
 */
int vm_error(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The same of a domain: "cannot WHAT NAME: ...". */
int vm_domain_error(struct err *e, virDomainPtr domain, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Is it this machine's libvirt: a URI without a host name, qemu:///system, qemu+unix:///session?socket=... */
bool vm_uri_here(const char *uri);

#define AUTO_CONN   __attribute__((cleanup(vm_close_var)))
#define AUTO_DOMAIN __attribute__((cleanup(vm_domain_free_var)))
void vm_close_var(virConnectPtr *conn);
void vm_domain_free_var(virDomainPtr *domain);
