/* What the path of a native file says about it. */
#pragma once
#include "audit/artefact.h"

/* Fills in said_machine, said_system, said_libc and said_at from the path. */
void names_read(struct native *n);

/* The component of a path that contains byte `at`; malloced. */
char *names_component(const char *path, size_t at);

/* The path without its words for processors, systems and C libraries: the same for builds of the same file. Malloced. */
char *names_key(const char *path);
