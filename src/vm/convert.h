/* A domain of one architecture made into one of another: the architecture is changed, then every rule that finds fault is carried out. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include "vm/lint.h"

struct convert_change {
        const struct lint_rule *rule;
        long line; /* in the old file, of what was changed */
        char *what;
};

struct convert_result {
        struct convert_change *changes;
        size_t count;
        unsigned ports; /* PCIe root ports that the domain now has, and how many of them are free for devices to come */
        unsigned ports_free;
};

extern const struct lint_rule convert_rules[]; /* convert.def */
extern const size_t convert_rule_count;

#define AUTO_CONVERT __attribute__((cleanup(convert_free)))
void convert_free(struct convert_result *result);

/* "aarch64", "x86_64" and their other names: libvirt's, or NULL. */
const char *convert_arch(const char *name);

/*
 * Change the document's architecture, to its machine virt or q35, and add that to the result (one of zeros, or filled before). The rest is
 * for convert_apply(), so that a host can be asked between the two what it has for such a guest.
 */
void convert_retarget(xmlDoc *doc, const char *arch, struct convert_result *result);

/* Carry out convert.def when `retargeted`, then lint.def, until nothing more is found that a rule can mend. 0, or -1 and *e when rules
 * never end. */
int convert_apply(const struct lint_host *host, xmlDoc *doc, bool retargeted, struct convert_result *result, struct err *e);
