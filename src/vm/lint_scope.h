/* The rules' XPath: a domain, and as variables what is known of it and of its host. */
#pragma once
#include "vm/lint.h"

#include <libxml/xpath.h>

struct lint_scope {
        const struct lint_host *host;
        xmlDoc *doc;
        unsigned on;          /* the one of ON_... that the guest is */
        enum lint_fate worst; /* of what the rules before found */
        xmlXPathContext *context;
};

/*
 * Variables: $caps (the root of the host's <domainCapabilities>), $arm $a32 $kvm $q35 $pc $virt (Booleans), $machine (its type, "" when
 * none is said), $refused (what the host said to it, else ""), $kvm-refused, $local (are the files it names here?), $libvirt and
 * $qemu (their versions as 9000000, 0 when unknown).
 */
void lint_scope_open(struct lint_scope *scope, const struct lint_host *host, xmlDoc *doc);
void lint_scope_close(struct lint_scope *scope);

struct lint_hit {
        xmlNode *node;
        char *detail; /* malloced, or NULL */
};

/* What a rule finds, in document order: their number, and *hits, to be freed by lint_hits_free(). */
size_t lint_scope_find(const struct lint_scope *scope, const struct lint_rule *rule, struct lint_hit **hits);
void lint_hits_free(struct lint_hit *hits, size_t count);

/* A finding's sentence with its {XPATH} filled in. Malloced. */
char *lint_scope_fill(const struct lint_scope *scope, const struct lint_hit *hit, const char *what);
