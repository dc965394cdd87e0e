/* /proc/self/maps as the guest should see it. */
#pragma once
#include "engine/linux/linux.h"

/* Write it to the file fd: the host's lines without the engine's own, with the guest's execute permissions and names. */
void procfs_write_maps(struct linux_state *ls, int fd);
