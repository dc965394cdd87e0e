#include "base/str.h"
#include "base/mem.h"

size_t str_len(const char *s)
{
        size_t n = 0;

        while (s[n])
                n++;
        return n;
}

int str_cmp(const char *a, const char *b)
{
        while (*a && *a == *b)
                a++, b++;
        return (u8)*a - (u8)*b;
}

bool str_eq(const char *a, const char *b)
{
        return str_cmp(a, b) == 0;
}

char *str_chr(const char *s, int c)
{
        for (; *s; s++)
                if (*s == (char)c)
                        return (char *)s;
        return NULL;
}

char *str_rchr(const char *s, int c)
{
        char *last = NULL;

        for (; *s; s++)
                if (*s == (char)c)
                        last = (char *)s;
        return last;
}

const char *str_after(const char *s, const char *prefix)
{
        while (*prefix)
                if (*s++ != *prefix++)
                        return NULL;
        return s;
}

size_t str_copy(char *dst, size_t cap, const char *src)
{
        size_t len = str_len(src);
        size_t n = len < cap ? len : cap - 1;

        if (!cap)
                return len;
        memcpy(dst, src, n);
        dst[n] = 0;
        return len;
}

size_t str_append(char *dst, size_t cap, const char *src)
{
        size_t len = str_len(dst);

        return len + str_copy(dst + len, cap - len, src);
}

static int digit_of(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return 99;
}

bool str_u64(const char *s, u64 *value)
{
        int base = 10;
        u64 v = 0;

        if (s[0] == '0' && (s[1] | 32) == 'x') {
                base = 16;
                s += 2;
        }
        if (!*s)
                return false;
        for (; *s; s++) {
                int d = digit_of(*s);

                if (d >= base || __builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
                        return false;
        }
        *value = v;
        return true;
}

const char *env_get(char *const *envp, const char *name)
{
        for (; *envp; envp++) {
                const char *rest = str_after(*envp, name);

                if (rest && *rest == '=')
                        return rest + 1;
        }
        return NULL;
}
