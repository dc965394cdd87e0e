/* What lint and convert take: the domain XML of a file or of libvirt; and the host that it is judged by. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include "vm/lint.h"

struct vm_judge {
        const char *uri, *domcaps; /* --connect, --domcaps */
        bool offline;              /* --offline, or nobody is there */
        virConnectPtr conn;        /* opened when first needed */
};

#define AUTO_JUDGE __attribute__((cleanup(vm_judge_close)))
void vm_judge_close(struct vm_judge *judge);

/* The domain of a file, or of libvirt by name, ID or UUID (vm/source.h); NULL and *e with code 2, also when it is none that can be judged.
 */
xmlDoc *vm_domain_xml(const char *name, struct vm_judge *judge, struct err *e);

/* Who judges it: --domcaps, else the connection, else (when none was asked for and none is there, or --offline) the defaults. -1 and *e,
 * code 2. */
int vm_judge_host(struct vm_judge *judge, xmlDoc *doc, struct lint_host *host, struct err *e);
