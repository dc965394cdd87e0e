/* The descriptor of our own executable, held when /proc/self/exe may get lost (chroot). */
#pragma once
#include "engine/linux/linux.h"

/* Open it if it is not open yet. On failure execve goes on with /proc/self/exe. */
void engine_fd_hold(struct linux_state *ls);
