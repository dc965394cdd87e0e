#include "cli/bench_program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "box/probe.h"
#include "cli/cmd.h"

bool bench_names_program(const char *operand)
{
        struct stat st;
        struct program p;
        AUTO_CLOSE int fd = stat(operand, &st) == 0 && S_ISREG(st.st_mode) ? open(operand, O_RDONLY | O_CLOEXEC) : -1;
        return fd >= 0 && probe_program(fd, &p) == 0 && p.kind == PROGRAM_ARM64;
}

char *bench_program_path(const char *program)
{
        char *path = realpath(program, NULL);
        if (!path)
                say_error("cannot find the program %s: %s", program, strerror(errno));
        return path;
}

/* "/tmp/NAME" of a path below one of the folders that are empty there. */
static void add_place(const char *path, struct box_bind *binds, size_t *count)
{
        static const char *const empty[] = { "/tmp/", "/run/" };
        for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
                size_t n = strlen(empty[i]);
                if (strncmp(path, empty[i], n))
                        continue;
                char *place = format("%.*s", (int)(n + strcspn(path + n, "/")), path);
                for (size_t k = 0; k < *count; k++)
                        if (!strcmp(binds[k].guest, place)) {
                                free(place);
                                return;
                        }
                binds[(*count)++] = (struct box_bind){ .host = place, .guest = place, .read_only = true }; /* for as long as we live */
        }
}

int bench_program_places(const char *program, const char *native, struct box_bind *binds, size_t *count)
{
        AUTO_FREE char *here = realpath(".", NULL);
        if (!here) {
                say_error("cannot find out the working directory: %s", strerror(errno));
                return 126;
        }
        add_place(program, binds, count);
        add_place(here, binds, count);
        if (native)
                add_place(native, binds, count);
        return 0;
}
