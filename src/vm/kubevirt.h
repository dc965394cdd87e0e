/* A spec as KubeVirt's VirtualMachine. Source: KubeVirt's API, kubevirt.io/v1. */
#pragma once
#include "base/err.h"
#include "base/types.h"
#include "vm/spec.h"

/*
 * The YAML, malloced, or NULL and *e when KubeVirt has no such machine. `note` is told of each key that is left out or becomes something
 * that has to be there in the cluster.
 */
char *kubevirt_print(const struct vm_spec *spec, void (*note)(const char *sentence), struct err *e);
