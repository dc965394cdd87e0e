/*
 * Domain XML judged by rules (lint.def): what libvirt refuses, what QEMU refuses, what neither minds and nobody gets. Rules that depend on
 * the host ask its domain capabilities.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

#include "vm/domcaps.h"
#include "vm/xml.h"

/* What becomes of a domain, the mildest first. */
enum lint_fate {
        LINT_OK,
        LINT_NOTE,    /* it works; something else works better */
        LINT_RISK,    /* it works as long as one does not ... */
        LINT_NOTHING, /* it is accepted and does nothing */
        LINT_BOOT,    /* it starts, and the guest does not come up */
        LINT_START,   /* it is defined, and its start is refused */
        LINT_DEFINE,  /* libvirt refuses it */
};

/* "ok", "note", "risk", "nothing", "boot", "start", "define". */
const char *lint_fate_name(enum lint_fate fate);

/* "note", "warning" or "error". */
const char *lint_severity(enum lint_fate fate);

/* Who judges: what is known of the host that the domain is for. */
struct lint_host {
        struct domcaps caps;
        virConnectPtr conn;    /* NULL: only kept or default capabilities */
        bool local, session;   /* files that the domain names are on this machine; the libvirt is a user's own */
        unsigned long libvirt; /* its version: 9000000 for 9.0.0; 0: unknown */
        unsigned long qemu;    /* QEMU's, the same */
        char *by;              /* who judges, for the reader: "qemu:///system", "host.xml", "the defaults of ..." */
        char *machine;         /* the type the host was asked for, and what it said when it has none such; NULL: it has */
        char *machine_refused;
        char *kvm_refused; /* what it said to type='kvm'; NULL: nothing */
};

#define AUTO_LINT_HOST __attribute__((cleanup(lint_host_free)))
void lint_host_free(struct lint_host *host); /* not the connection */

/* A host for the domain `doc`: asked at the connection; told by the text of domain capabilities that were kept (`name` is the file's); or
 * assumed. */
int lint_host_ask(virConnectPtr conn, xmlDoc *doc, struct lint_host *host, struct err *e);
int lint_host_kept(const char *text, size_t len, const char *name, xmlDoc *doc, struct lint_host *host, struct err *e);
int lint_host_assume(xmlDoc *doc, struct lint_host *host, struct err *e);

/* The architecture of a domain by libvirt's name: aarch64 also for "arm64", x86_64 when nothing is said. Malloced. */
char *lint_arch(xmlDoc *doc);

struct lint_scope;
typedef bool lint_when(const struct lint_scope *scope, xmlNode *node, char **detail);

struct lint_rule {
        const char *code;
        enum lint_fate fate;
        unsigned on;       /* ON_...: the guests it is for */
        const char *xpath; /* what it finds is at fault; a Boolean: the domain is */
        lint_when *when;   /* NULL, or a further condition; *detail (malloced) is then $detail in the sentence */
        const char *what;  /* {XPATH} stands for its value at the culprit */
        const char *cure, *fix, *source;
};

enum { ON_A64 = 1, ON_A32 = 2, ON_X86 = 4, ON_ARM = ON_A64 | ON_A32, ON_ANY = ON_ARM | ON_X86 };

extern const struct lint_rule lint_rules[];
extern const size_t lint_rule_count;

/* The rule of that code, or NULL. */
const struct lint_rule *lint_rule(const char *code);

struct lint_finding {
        const struct lint_rule *rule;
        xmlNode *node;
        char *path, *what;
        long line;
};

struct lint_report {
        struct lint_finding *findings;
        size_t count;
        enum lint_fate verdict; /* the worst: LINT_DEFINE, LINT_START, LINT_BOOT, LINT_NOTHING, else LINT_OK */
};

#define AUTO_LINT_REPORT __attribute__((cleanup(lint_report_free)))
void lint_report_free(struct lint_report *report);

/* 0, or -1 and *e when the document is no domain of QEMU on x86 or Arm. */
int lint_domain_check(xmlDoc *doc, struct err *e);

/* Judge by every rule. */
void lint_run(const struct lint_host *host, xmlDoc *doc, struct lint_report *report);
