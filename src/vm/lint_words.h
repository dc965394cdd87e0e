/* Words of which the tables of rules (lint.def, convert.def) are made: parts of XPath, and sources. */
#pragma once

/* The host tells the values of an enumeration, and this one is not among them. */
#define HOST_LACKS(path, name, value) \
        "$caps/" path "/enum[@name='" name "'] and not(" value " = $caps/" path "/enum[@name='" name "']/value)"
/* Is it one of these words? */
#define ONE_OF(value, words) "contains(' " words " ', concat(' ', " value ", ' '))"

#define FORMAT(part) "https://libvirt.org/formatdomain.html#" part
#define VALIDATE     "libvirt src/qemu/qemu_validate.c"
#define VIRT_BOARD   "QEMU hw/arm/virt.c, docs/system/arm/virt.rst"
#define MEASURED     "measured: libvirt 9.0 with QEMU 7.2"
