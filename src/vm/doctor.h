/* Can this host have guests, and which? Each check with what was found and what helps. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

enum doctor_level { DOCTOR_OK, DOCTOR_NOTE, DOCTOR_WARNING, DOCTOR_BAD };

struct doctor_check {
        const char *subject; /* "kvm", "libvirt", "aarch64"... */
        enum doctor_level level;
        char *text, *cure; /* cure may be NULL */
};

struct doctor {
        struct doctor_check *all;
        size_t count;
};

#define AUTO_DOCTOR __attribute__((cleanup(doctor_free)))
void doctor_free(struct doctor *d);

/* KVM: the device, a tiny machine, VHE, GIC, 32-bit guests; by system calls and the facts of hw. */
void doctor_kvm(struct doctor *d);

/* libvirt at this URI: does it answer, with which QEMU; versions that are known to be bad. */
void doctor_libvirt(struct doctor *d, const char *uri);

/* QEMU and firmware for each guest architecture. `session`: of a user's daemon. */
void doctor_guests(struct doctor *d, bool session);

/* May the user that QEMU runs as (of libvirt's system daemon) come to a file? Root can try; others see the mode bits of the folders. */
void doctor_path(struct doctor *d, const char *path);

const char *doctor_level_name(enum doctor_level level);
