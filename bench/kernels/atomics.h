/* Atomic operations of one thread on one line: add, exchange, compare-and-swap, acquire and release; for two builds. */
#pragma once
#include "bench.h"
#include <stdatomic.h>

static _Atomic uint64_t counter, slot;
static _Atomic uint32_t lock;

int main(int argc, char **argv)
{
        uint64_t sum = 0;
        for (long i = 0; i < 10000000 * bench_scale(argc, argv); i++) {
                uint32_t free_value = 0;
                while (!atomic_compare_exchange_weak_explicit(&lock, &free_value, 1, memory_order_acquire, memory_order_relaxed))
                        free_value = 0;
                sum += atomic_fetch_add_explicit(&counter, 3, memory_order_relaxed);
                sum ^= atomic_exchange_explicit(&slot, sum, memory_order_acq_rel);
                atomic_store_explicit(&lock, 0, memory_order_release);
        }
        printf("%llx\n", (unsigned long long)sum);
        return 0;
}
