/* The same work on each of many items, by several threads. */
#pragma once
#include <stddef.h>

/* one(arg, i) for each i below count, the next one by whichever thread is free; back when all are done. At most `threads` at a time. */
void parallel(unsigned threads, size_t count, void (*one)(void *arg, size_t i), void *arg);
