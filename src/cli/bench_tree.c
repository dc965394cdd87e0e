#include "cli/bench_tree.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "box/box.h"
#include "cli/cmd.h"
#include "cli/run_file.h"
#include "cli/run_image.h"

static char **copy_of(char *const *list)
{
        size_t n = 0;
        while (list && list[n])
                n++;
        char **copy = calloc(n + 1, sizeof *copy);
        if (!copy)
                abort();
        for (size_t i = 0; i < n; i++)
                copy[i] = format("%s", list[i]);
        return copy;
}

/* What box_run sets by itself for a tree. */
static bool set_by_box(const char *name)
{
        static const char *const names[] = { "PATH", "HOME", "USER", "LOGNAME" };
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (!strcmp(name, names[i]))
                        return true;
        return false;
}

/*
 * run_image() leaves this process with the environment of an image's program. Ours comes back, and what was to go is removed in the box:
 * the other trees have environments of their own.
 */
static void environment_to_box(char **before, struct box *b)
{
        size_t n = 0, at = 0;
        while (before[n])
                n++;
        char **own = copy_of(b->env), **all;
        size_t own_count = 0;
        while (own[own_count])
                own_count++;
        if (!(all = calloc(n + own_count + 1, sizeof *all)))
                abort();
        for (size_t i = 0; i < n; i++) {
                char *name = format("%.*s", (int)strcspn(before[i], "="), before[i]);
                if (*name && !set_by_box(name) && !getenv(name))
                        all[at++] = name;
                else
                        free(name);
        }
        for (size_t i = 0; i < own_count; i++)
                all[at++] = own[i];
        free(own);
        for (size_t i = 0; i < n; i++)
                putenv(before[i]); /* it stays allocated for that */
        b->env = all;
}

int bench_find_tree(const char *operand, const char *platform, struct box *b)
{
        /* Everything writes to memory, so that each run begins with the same tree. */
        static const struct overlay in_memory = { 0 };
        static char *nothing[] = { "/bin/true", NULL };
        struct run_image image = { .platform = NULL, .entrypoint = "" }, wanted = { .platform = platform, .entrypoint = "" };
        struct stat st;
        b->overlay = &in_memory;
        if (stat(operand, &st) == 0 && S_ISDIR(st.st_mode)) {
                b->rootfs = operand;
                return 0;
        }
        if (run_names_file(operand))
                return run_file(operand, b);
        if (!run_names_image(operand, &image)) {
                say_error("%s is no rootfs folder, no file with one in it and no image", operand);
                return access(operand, F_OK) == 0 ? 126 : 127;
        }
        b->argv = nothing;
        char **before = copy_of(environ);
        int status = run_image(operand, &wanted, b);
        environment_to_box(before, b);
        b->overlay = &in_memory;
        return status;
}

char *bench_demo_tree(void)
{
        const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
        char *path = cache && *cache ? format("%s/crossarm/bookworm-arm64", cache)
                                     : format("%s/.cache/crossarm/bookworm-arm64", home ? home : "");
        if (access(path, F_OK) == 0)
                return path;
        say_error("which tree? There is no %s, which `make demo` makes; `crossarm rootfs create DIR --include=python3` makes one, too, or "
                  "name an image, as debian:bookworm",
                path);
        free(path);
        return NULL;
}
