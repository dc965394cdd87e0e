/* Finding what runs an architecture's programs. */
#pragma once
#include "binfmt/arch.h"

struct interpreter_places {
        const char *engine;   /* crossarm-aarch64, for arm64 */
        const char *qemu_dir; /* where QEMU's are; NULL: /usr/bin, then /usr/local/bin */
        const char *prefix;   /* goes before qemu-NAME, NULL: nothing */
        const char *suffix;   /* the one name ending to take, NULL: "-static", then none */
};

/*
 * The interpreter for `a`: our engine for arm64, else a static qemu-user. Malloced; NULL when there is none. A dynamic qemu-user is
 * not taken: held open by flag F it would still want its libraries from each root it is used in.
 */
char *interpreter_find(const struct arch *a, const struct interpreter_places *p);
