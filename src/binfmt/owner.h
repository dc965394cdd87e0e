/* Who brings a handler back when the machine starts. */
#pragma once
#include "base/types.h"

/*
 * The file that registers a handler of that name: of binfmt.d (as systemd-binfmt reads them), of Debian's binfmt-support, or our init
 * script; looked for below root ("" is the machine). *same: with this interpreter. Malloced; NULL when none does: the handler is gone
 * after a restart.
 */
char *owner_find(const char *root, const char *handler, const char *interpreter, bool *same);
