/*
 * What no file tells: answers of system calls, of /dev/kvm and of instructions, as lines NAME=VALUE. A capture keeps them as the file
 * HW_PROBE_FILE, so that the same reader serves this machine and a captured one.
 */
#pragma once
#include "base/types.h"

#define HW_PROBE_FILE "/crossarm-hw/probe"

struct probe {
        char *text;
        size_t length, room;
};

/* Ask this machine everything. The text is malloced. */
char *probe_machine(void);

/* Add a line; a number as decimal. */
void probe_put(struct probe *p, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The value of a name in such a text, malloced; NULL when it is not there. The number: false when it is none. */
char *probe_get(const char *text, const char *name);
bool probe_number(const char *text, const char *name, u64 *value);

/* The parts. */
void probe_kvm(struct probe *p);
void probe_log(struct probe *p);
void probe_processor(struct probe *p); /* per architecture */
void probe_speed(struct probe *p);

/*
 * Lines of a kernel log that tell of KVM and of errata, into lines log.NAME. A part of probe_log(); the log is cut up in place.
 */
void probe_log_text(struct probe *p, char *log);

/*
 * Per architecture: three chains of `rounds` times HW_CHAIN dependent instructions of one cycle each. They differ in kind, so that an
 * emulator takes different times for them.
 */
enum { HW_CHAIN = 64, HW_CHAINS = 3 };
void probe_chain(unsigned kind, u64 rounds);
