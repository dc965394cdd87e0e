/* Does KVM really run a guest? A virtual machine of one page says so: Linux Documentation/virt/kvm/api.rst. */
#pragma once
#include "base/err.h"

/*
 * Make a machine with one processor and let it run one instruction that comes back to us. 0; -1 and *e, code 1: which step KVM refused.
 * With `el1_32bit` (Arm) the processor begins in 32-bit mode, as 32-bit guests do.
 */
int tiny_vm_run(bool el1_32bit, struct err *e);
