/* A machine as verbs name it: one that libvirt knows, a file of domain XML, or a spec. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

#include "vm/xml.h"

struct vm_source {
        xmlDoc *doc;        /* the domain's XML: the running machine's if it runs */
        virConnectPtr conn; /* NULL for a file of XML */
        virDomainPtr domain;
};

#define AUTO_SOURCE __attribute__((cleanup(vm_source_free)))
void vm_source_free(struct vm_source *s);

/* Is `name` a file's: with a slash, "-" (standard input), or with the end of one (.xml, .yaml, .yml)? */
bool vm_source_is_file(const char *name);
bool vm_source_is_spec(const char *name);

/* 0, or -1 and *e. A spec becomes the XML that it would be defined by on the connection's host. */
int vm_source_open(const char *uri, const char *name, struct vm_source *s, struct err *e);
