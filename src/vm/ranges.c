#include "vm/ranges.h"

#include <ctype.h>
#include <stdlib.h>

enum { MOST = 16384 /* libvirt's own limit of CPUs in a set */ };

/* The set as one flag per number; false when the text is no list. */
static bool ranges_read(const char *text, bool set[MOST])
{
        for (bool more = true; more; text++) {
                bool without = *text == '^';
                text += without;
                if (!isdigit((unsigned char)*text))
                        return false;
                char *end;
                unsigned long first = strtoul(text, &end, 10), last = first;
                if (*end == '-' && isdigit((unsigned char)end[1]))
                        last = strtoul(end + 1, &end, 10);
                if (last >= MOST || last < first || (*end && *end != ','))
                        return false;
                for (unsigned long i = first; i <= last; i++)
                        set[i] = !without;
                text = end;
                more = *end;
        }
        return true;
}

bool ranges_any(const char *text, u32 count)
{
        bool set[MOST] = { false };
        bool any = !ranges_read(text, set);
        for (u32 i = 0; i < count && i < MOST; i++)
                any |= set[i];
        return any;
}

bool ranges_all(const char *text, u32 count)
{
        bool set[MOST] = { false };
        bool all = true;
        if (ranges_read(text, set))
                for (u32 i = count; i < MOST; i++)
                        all &= !set[i];
        return all;
}
