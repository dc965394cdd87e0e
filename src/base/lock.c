#include "base/lock.h"
#include "base/sys.h"
#include <linux/futex.h>

bool lock_try(struct lock *l)
{
        u32 expected = 0;

        return __atomic_compare_exchange_n(&l->state, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void lock_acquire(struct lock *l)
{
        if (lock_try(l))
                return;
        while (__atomic_exchange_n(&l->state, 2, __ATOMIC_ACQUIRE) != 0)
                sys_call4(__NR_futex, (long)&l->state, FUTEX_WAIT_PRIVATE, 2, 0);
}

void lock_release(struct lock *l)
{
        if (__atomic_exchange_n(&l->state, 0, __ATOMIC_RELEASE) == 2)
                sys_call3(__NR_futex, (long)&l->state, FUTEX_WAKE_PRIVATE, 1);
}
