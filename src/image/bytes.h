/* A growing piece of memory, always with a NUL after its end. */
#pragma once
#include "base/types.h"

struct bytes {
        char *data; /* NULL while empty */
        size_t len;
};

#define AUTO_BYTES __attribute__((cleanup(bytes_free)))

void bytes_free(struct bytes *b);

/* Ends the process when memory is out, as format() does. */
void bytes_add(struct bytes *b, const void *data, size_t len);

/* realloc of an array that grows by one, ends the process when memory is out. */
void *grow(void *array, size_t count, size_t item_size);
