/* Domain capabilities for when no host can be asked: what Debian 12's libvirt 9.0 says of its QEMU 7.2, as far as rules ask for it. */
#pragma once

#define LINT_DEFAULT_NAME "defaults (libvirt 9.0 with QEMU 7.2; no host was asked)"

/* Of a guest of that architecture and machine type; static. */
const char *lint_default_caps(const char *arch, const char *machine);
