/* The kernel's fast clock functions in our own address space. */
#pragma once
#include "engine/linux/linux.h"

/* Look the functions up in the vDSO at `ehdr` (AT_SYSINFO_EHDR, 0: none). What is missing stays NULL. */
void host_vdso_find(struct linux_state *ls, u64 ehdr);
