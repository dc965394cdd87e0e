/* A machine's life: it is defined, runs, ends. Every function: 0, or -1 and *e. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

/* The name of a state (virDomainState): "running", "off". */
const char *life_state_name(unsigned state);

/*
 * Where the kernel comes from the guest's own /boot: take its newest one, as libvirt's hook does where it is installed. Nothing on another
 * host, where only the hook can.
 */
int life_bootdir(virDomainPtr domain, struct err *e);

int life_start(virDomainPtr domain, struct err *e);

/*
 * Ask the guest to shut down and wait at most `seconds`; `waiting` is called once a second meanwhile. Some guests do not listen: the
 * sentence then says how to switch off.
 */
int life_stop(virDomainPtr domain, unsigned seconds, void (*waiting)(unsigned second), struct err *e);

/* Switch off. One that is off already is no error. */
int life_destroy(virDomainPtr domain, struct err *e);

/* Whether it starts with the host. */
int life_autostart(virDomainPtr domain, int *on, struct err *e);
int life_set_autostart(virDomainPtr domain, int on, struct err *e);
