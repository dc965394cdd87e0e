/*
 * Can a host's KVM run 32-bit Arm guests? Their kernels run at EL1, and many 64-bit processors have AArch32 at EL0 only, or not at all.
 * libvirt lists KVM for armv7l whatever the processor is; QEMU then ends with "'aarch64' feature cannot be disabled unless KVM is enabled
 * and 32-bit EL1 is supported". Sources: Linux Documentation/virt/kvm/api.rst, KVM_ARM_VCPU_EL1_32BIT; QEMU target/arm/cpu.c,
 * aarch64_cpu_set_aarch64().
 */
#pragma once
#include "vm/host.h"

enum el1_32 { EL1_32_UNKNOWN, EL1_32_HAS, EL1_32_LACKS };

/*
 * This machine's KVM is asked; of another host, or without access to /dev/kvm, only the processor's name in libvirt's capabilities may
 * tell. *why is a constant: how it is known, or why it is not.
 */
enum el1_32 el1_32_of_host(const struct vm_host *host, const char **why);
