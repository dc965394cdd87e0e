/* Questions to the QEMU of a running machine: its monitor, which libvirt marks the machine for ("custom-monitor"), and its guest agent. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

#include "vm/jsn.h"

/* The `return` of a QMP command, to be freed; NULL and *e. `arguments` may be NULL and is taken. */
json_t *monitor_ask(virDomainPtr domain, const char *command, json_t *arguments, struct err *e);

/* The same of the guest agent; NULL without a word when there is none that answers within two seconds. */
json_t *agent_ask(virDomainPtr domain, const char *command);
