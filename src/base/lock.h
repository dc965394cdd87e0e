/*
 * A futex mutex: 4 bytes, zero is unlocked, no owner, not recursive. The holder must not be interrupted by a
 * handler that takes the same lock.
 */
#pragma once
#include "base/types.h"

struct lock {
        u32 state; /* 0 free, 1 held, 2 held and somebody waits */
};

void lock_acquire(struct lock *l);
bool lock_try(struct lock *l);
void lock_release(struct lock *l);
