/* What `crossarm binfmt` and the drop-in `crossarm-binfmt` both do: one architecture's handlers put in place or taken away. */
#pragma once
#include "base/err.h"
#include "binfmt/arch.h"
#include "binfmt/handler.h"
#include "binfmt/interpreter.h"

enum { HANDLERS_PER_ARCH = 2 };

/*
 * The handlers for `a`: for its programs and for AppImages of it; returns how many, or -1 when nothing here can run them.
 * `flags` as given, less what this kernel does not know.
 */
int handlers_for(
        struct handler h[HANDLERS_PER_ARCH], const struct arch *a, const struct interpreter_places *p, const char *flags, struct err *e);

/* OPF, and C where it is harmless or asked for. */
const char *handlers_flags(bool credential);

/*
 * See that there is an instance of binfmt_misc that takes handlers: the machine's for root, else one of this user namespace, which
 * then takes over what was visible before.
 */
int handlers_instance(struct err *e);

int handlers_put(const struct handler *h, int count, struct err *e);

/* Remove the handlers for `a` below dir; returns how many there were, or -1. */
int handlers_remove(const char *dir, const struct arch *a, struct err *e);

/* Whether an interpreter is our engine. */
bool handlers_ours(const struct handler *h);
