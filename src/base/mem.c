#include "base/mem.h"

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
        void *ret = dst;

        asm volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(n) : : "memory");
        return ret;
}

static void copy_backward(u8 *dst, const u8 *src, size_t n)
{
        dst += n - 1;
        src += n - 1;
        asm volatile("std; rep movsb; cld" : "+D"(dst), "+S"(src), "+c"(n) : : "memory", "cc");
}

void *memmove(void *dst, const void *src, size_t n)
{
        if ((uintptr_t)dst - (uintptr_t)src >= n)
                return memcpy(dst, src, n);
        copy_backward(dst, src, n);
        return dst;
}

void *memset(void *dst, int c, size_t n)
{
        void *ret = dst;

        asm volatile("rep stosb" : "+D"(dst), "+c"(n) : "a"(c) : "memory");
        return ret;
}

int memcmp(const void *a, const void *b, size_t n)
{
        const u8 *p = a, *q = b;

        for (size_t i = 0; i < n; i++)
                if (p[i] != q[i])
                        return p[i] - q[i];
        return 0;
}
