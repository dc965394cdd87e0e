/*
 * The installation of Debian into a 32-bit Arm guest whose /boot is shared with the host: the installer is the guest's first /boot. Its
 * kernel and initramfs are put there as the guest's own vmlinuz and initrd.img, with the answers and what the installer lacks (9p modules,
 * of the same kernel) added; it mounts the share as /target/boot, so that the installed kernel lands there, and the next start finds that.
 * Sources: Debian GNU/Linux Installation Guide, appendix B (preseeding); base-installer's hooks in /usr/lib/base-installer.d
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

struct install {
        const char *share;   /* the guest's /boot; it exists and belongs to QEMU's user */
        const char *suite;   /* "bookworm" */
        const char *mirror;  /* "http://deb.debian.org/debian"; the guest uses it, too */
        const char *keyring; /* the keys that sign it */
        const char *hostname;
        const char *password_hash; /* of root, as crypt(3) makes it; NULL: the answers of `preseed` say */
        const char *preseed;       /* a file with more answers, or NULL; they win */
        void (*say)(const char *step);
};

/* What the kernel's command line has to say for the installer and for the installed system. */
#define INSTALL_CMDLINE "console=ttyAMA0 root=/dev/vda1"

/* The suites whose installer is known, for a message: "bullseye, bookworm". */
const char *install_suites(void);

/* Fetch the installer and put it into the share. 0, or -1 and *e; then the share is as it was. */
int install_prepare(const struct install *i, struct err *e);

/* Take the installer out of the share again: the machine could not be defined or started. */
void install_undo(const struct install *i);

/* The answers, malloced: for tests, and for who wants to see them. */
char *install_answers(const struct install *i);
