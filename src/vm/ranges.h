/* Lists of numbers as libvirt writes sets of CPUs and of NUMA nodes: "0-3,8,^2". https://libvirt.org/formatdomain.html#cpu-allocation */
#pragma once
#include "base/types.h"

/* Is any of the set below `count`? True for a text that is no such list: libvirt tells of those itself. */
bool ranges_any(const char *text, u32 count);

/* Is every one below `count`? */
bool ranges_all(const char *text, u32 count);
