/*
 * How many root ports a machine really boots with, found by booting it: QEMU with its firmware and N ports, a disk behind the last that
 * says a word when it is booted (probe_image.h). Answers are remembered for this QEMU, machine type and firmware, by what is in their
 * files.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include "vm/ports.h"

struct probe_machine {
        char *emulator;       /* "/usr/bin/qemu-system-aarch64" */
        char *arch, *machine; /* "aarch64", "virt-2.12" */
        bool highmem;
        char *code, *code_format, *vars, *vars_format; /* a firmware pair; NULL: QEMU's own BIOS */
};

#define AUTO_PROBE_MACHINE __attribute__((cleanup(probe_machine_free)))
void probe_machine_free(struct probe_machine *m);

/* The machine of a domain's XML; false when its emulator or firmware are not named in it, or are not on this machine. */
bool probe_machine_of(xmlNode *domain, struct probe_machine *m);

/* The same as the model of ports.h sees it. */
void probe_ports_machine(const struct probe_machine *m, struct ports_machine *ports);

enum probe_result { PROBE_BOOTS, PROBE_NOT_SEEN, PROBE_SILENT };
const char *probe_result_name(enum probe_result result);

/*
 * One boot with `ports` root ports, a function each, for at most `limit_ms`. *took_ms tells how long it took. 0, or -1 and *e when QEMU
 * does not start: what it said.
 */
int probe_boot(const struct probe_machine *m, unsigned ports, int limit_ms, enum probe_result *result, int *took_ms, struct err *e);

/* Told after each boot. */
typedef void probe_step(unsigned ports, enum probe_result result, int took_ms);

/*
 * The largest number up to `most` that boots: first `guess`, then the next one, else by halves. 0, or -1 and *e: also when not even one
 * port boots, since then the probe says nothing about ports.
 */
int probe_search(const struct probe_machine *m, unsigned guess, unsigned most, probe_step *step, unsigned *found, struct err *e);

/*
 * What was found before: *ports, and the `most` that was tried. The file is vm-ports.json in $XDG_CACHE_HOME/crossarm; one that is damaged
 * is as good as none.
 */
bool probe_recall(const struct probe_machine *m, unsigned *ports, unsigned *most);
/* The limit that booting the machine of a domain has shown, for plan_make(); 0: none. `uri` is of the libvirt that has it, NULL for a
 * file's. */
unsigned probe_known(const char *uri, xmlNode *domain);
int probe_remember(const struct probe_machine *m, unsigned ports, unsigned most, struct err *e);
