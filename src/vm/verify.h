/*
 * Has the guest taken a device that was plugged? libvirt says success when QEMU has it; what the guest did is seen by what it left in the
 * device. The evidence, the strongest first: the guest's agent lists it; its driver has set DRIVER_OK (virtio 1.2, 2.1) or has read from
 * the disk; it has programmed the BARs, or given the USB device an address. Nothing of that: it has not noticed.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

#include "vm/xml.h"

enum verify_level { VERIFY_NOTHING, VERIFY_ADDRESSED, VERIFY_DRIVEN };

struct verify {
        enum verify_level level;
        enum verify_level best; /* the most that can be seen of such a device */
        char text[200];         /* "its driver runs it (DRIVER_OK)" */
};

/* `device` is from the running machine's XML, with its alias. 0, or -1 and *e when QEMU cannot be asked. */
int verify_device(virDomainPtr domain, xmlNode *device, struct verify *v, struct err *e);
