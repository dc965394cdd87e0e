/*
 * System calls that may block, without losing a signal: one that arrives before the kernel has begun takes the call back, so that the
 * guest's handler runs first. Every blocking call of the guest goes through here.
 */
#pragma once
#include "base/types.h"

enum { SYSCALL_AGAIN = 513 }; /* the kernel's ERESTARTNOINTR: it shows it to nobody */

/*
 * The kernel's result; -SYSCALL_AGAIN when a signal waits and nothing was done, or the kernel wants the call done again after the
 * handler (it knows the guest's SA_RESTART, fault_set_handler). Return that value on as it is.
 */
long safe_syscall(long nr, long a, long b, long c, long d, long e, long f);

/* Copy that ends at the first fault. Bytes NOT copied: 0 is success. Either side may be guest memory. */
size_t safe_copy(void *dst, const void *src, size_t n);

/* One aligned word of guest code. False: it faulted. */
bool safe_load(u32 *word, gaddr from);

static inline bool guest_read(void *dst, gaddr src, size_t n)
{
        return safe_copy(dst, (const void *)src, n) == 0;
}

static inline bool guest_write(gaddr dst, const void *src, size_t n)
{
        return safe_copy((void *)dst, src, n) == 0;
}

/* For the signal handler: is `rip` inside, and where to go on instead. 0: leave alone. */
u64 safe_syscall_interrupted(u64 rip);
u64 safe_copy_faulted(u64 rip);
