/* Changing the handlers of a binfmt_misc instance. Each change is one the kernel takes as a whole. */
#pragma once
#include "base/err.h"
#include "binfmt/arch.h"
#include "binfmt/handler.h"

/* The handler of our own making for `a`: named as QEMU's packages name theirs, so that tools which look for it find it. */
void handler_make(struct handler *h, const struct arch *a, bool appimage, const char *interpreter, const char *flags);

/* P (keep argv[0]) is told to the interpreter only by Linux 5.12 and later: flags without it on an older one. */
const char *handler_flags(const char *flags, char buf[16]);

/* Mount binfmt_misc at dir unless it is. */
int binfmt_mount(const char *dir, struct err *e);

/*
 * Register h, in the place of one of the same name if there is one: programs that start meanwhile find the one or the other.
 * When the new one is refused the old one stays.
 */
int handler_put(const char *dir, const struct handler *h, struct err *e);

/* 0 removed, 1 there was none, -1. */
int handler_remove(const char *dir, const char *name, struct err *e);
