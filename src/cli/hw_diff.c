#include "cli/hw_view.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"

static char *shown(const struct hw_fact *fact)
{
        return fact ? hw_readable(fact) : format("(does not have it)");
}

static bool told_before(const struct hw_difference *d, size_t machine)
{
        for (size_t i = 0; i < machine; i++)
                if (hw_same(d->each[i], d->each[machine]))
                        return true;
        return false;
}

/* A value, and the machines that have it; why it is unknown, if it is. */
static void print_value(const struct hw_difference *d, size_t first, char *const *names, size_t machines)
{
        AUTO_FREE char *value = shown(d->each[first]);
        bool usual = d->usual < machines && hw_same(d->each[first], d->each[d->usual]);
        size_t sharing = 0;
        for (size_t i = 0; i < machines; i++)
                sharing += hw_same(d->each[i], d->each[first]);
        printf("  %s\n      ", value);
        if (usual && sharing > 3)
                printf("%zu machines", sharing);
        for (size_t i = first; i < machines && !(usual && sharing > 3); i++)
                if (hw_same(d->each[i], d->each[first]))
                        printf("%s%s", i == first ? "" : ", ", names[i]);
        printf("%s\n", d->usual < machines && !usual ? "   <- odd" : "");
        if (d->each[first] && d->each[first]->kind == HW_UNKNOWN)
                printf("      -> %s\n", d->each[first]->source);
}

/* How often each machine is the odd one: the sum that names the odd node of a cluster. */
static void print_odd(const struct hw_difference *d, size_t rows, char *const *names, size_t machines)
{
        for (size_t i = 0; i < machines; i++) {
                size_t odd = 0;
                for (size_t k = 0; k < rows; k++)
                        odd += d[k].usual < machines && !hw_same(d[k].each[i], d[k].each[d[k].usual]);
                if (odd)
                        printf("%s is odd in %zu field%s\n", names[i], odd, odd == 1 ? "" : "s");
        }
}

void hw_view_diff(const struct hw_difference *d, size_t rows, char *const *names, size_t machines)
{
        for (size_t i = 0; i < rows; i++) {
                printf("%s\n", d[i].key);
                for (size_t m = 0; m < machines; m++)
                        if (!told_before(&d[i], m))
                                print_value(&d[i], m, names, machines);
        }
        print_odd(d, rows, names, machines);
}
