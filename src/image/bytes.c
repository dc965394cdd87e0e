#include "image/bytes.h"

#include <stdlib.h>
#include <string.h>

void bytes_free(struct bytes *b)
{
        free(b->data);
        *b = (struct bytes){ 0 };
}

void bytes_add(struct bytes *b, const void *data, size_t len)
{
        /* Powers of two: a download arrives in many small pieces. */
        size_t need = b->len + len + 1, old = b->data ? b->len + 1 : 0;
        size_t room = 64, had = 64;
        while (had < old)
                had *= 2;
        while (room < need)
                room *= 2;
        if (!b->data || room != had)
                b->data = realloc(b->data, room);
        if (!b->data)
                abort();
        if (len)
                memcpy(b->data + b->len, data, len);
        b->len += len;
        b->data[b->len] = 0;
}

void *grow(void *array, size_t count, size_t item_size)
{
        /* Doubled at each power of two, so that a long list costs no quadratic time. */
        if (count & (count - 1))
                return array;
        array = reallocarray(array, count ? 2 * count : 1, item_size);
        if (!array)
                abort();
        return array;
}
