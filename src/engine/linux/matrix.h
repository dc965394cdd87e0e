/* The list of all system calls and what becomes of them. */
#pragma once
#include "base/out.h"

/* One line per call: number, name, pass/convert/emulate/enosys, and for enosys the reason. Ends with the counts. */
void syscall_matrix_print(struct out *o);
