#include "vm/bootdir_order.h"

#include <ctype.h>
#include <string.h>

#include "base/types.h"

/* "-rc" counts as "~rc". */
static int char_at(const char *s, size_t i)
{
        return s[i] == '-' && !strncmp(s + i, "-rc", 3) ? '~' : (unsigned char)s[i];
}

/* ~ is before the end, the end before letters, letters before the rest. */
static int weight(int c)
{
        return c == '~' ? -1 : !c || isdigit(c) ? 0 : isalpha(c) ? c : c + 256;
}

int bootdir_order(const char *a, const char *b)
{
        size_t i = 0, j = 0;
        while (a[i] || b[j]) {
                while ((a[i] && !isdigit((unsigned char)a[i])) || (b[j] && !isdigit((unsigned char)b[j]))) {
                        int difference = weight(char_at(a, i)) - weight(char_at(b, j));
                        if (difference)
                                return difference;
                        i++;
                        j++;
                }
                while (a[i] == '0')
                        i++;
                while (b[j] == '0')
                        j++;
                size_t digits_a = strspn(a + i, "0123456789"), digits_b = strspn(b + j, "0123456789");
                if (digits_a != digits_b)
                        return digits_a < digits_b ? -1 : 1;
                int difference = memcmp(a + i, b + j, digits_a);
                if (difference)
                        return difference;
                i += digits_a;
                j += digits_b;
        }
        return 0;
}
