/* The QEMUs of this machine that can run arm64 programs. */
#pragma once
#include "base/types.h"

struct emulator {
        char *path;
        char *version; /* "7.2.22"; "" when it does not tell */
        char *skipped; /* why it cannot be used in a rootfs; NULL: it can */
};

/*
 * qemu-aarch64-static and qemu-aarch64 of each folder of `search` (as in PATH; NULL: none) and the `extra` ones, each file once, by where
 * they are found. Returns how many; *list is malloced.
 */
size_t emulator_list(const char *search, char *const *extra, size_t extra_count, struct emulator **list);
void emulator_list_free(struct emulator *list, size_t count);
