/* A binfmt_misc instance of our own, inside our user namespace (kernel 6.7 and later). */
#pragma once
#include "binfmt/handler.h"

/* The enabled handlers visible below `dir` that do not take arm64 programs: what a namespace of ours should go on having. */
void binfmt_read(const char *dir, struct handler_list *outer);

/*
 * Mount an instance at BINFMT_DIR, register `outer` and the engine. Call it inside the user namespace.
 * false with errno when this kernel has no private instances: the outer ones then stay as they are.
 */
bool binfmt_install(const struct handler_list *outer, const char *engine_path, int engine_fd);
