/* The steps of vm_choose(), in the order in which they build on each other. Each writes its part of the design and says why. */
#pragma once
#include "vm/design.h"

int choose_machine(struct vm_design *d, struct err *e);  /* processor, accelerator, machine type, the host's domain capabilities */
int choose_firmware(struct vm_design *d, struct err *e); /* BIOS, UEFI (which), or a kernel alone; what a 32-bit guest's PCI needs */
int choose_cpu(struct vm_design *d, struct err *e);      /* model, number, GIC, memory */
int choose_devices(struct vm_design *d, struct err *e);  /* video, USB, drives and their addresses, networks */
int choose_ports(struct vm_design *d, struct err *e);    /* PCIe root ports: for what there is, and what is to be plugged later */

/* Note a decision: `why` and the value are formatted by the caller or constant. */
void because(struct vm_design *d, const char *what, const char *value, const char *why, ...) PRINTF_LIKE(4, 5);

static inline bool is_arm(const struct vm_design *d)
{
        return d->arch[0] == 'a';
}

/* A kernel is started without a boot loader. */
static inline bool direct_boot(const struct vm_design *d)
{
        return d->kernel != NULL;
}
