#include "box/prefix.h"

#include <fcntl.h>
#include <string.h>

#include "box/probe.h"
#include "base/util.h"

static bool has_loader(const char *prefix, const char *interp)
{
        AUTO_CLOSE int root = open(prefix, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
                return false;
        AUTO_CLOSE int fd = root_open(root, interp, O_RDONLY, 0);
        struct program p;
        return fd >= 0 && probe_program(fd, &p) == 0 && p.kind == PROGRAM_ARM64;
}

char *prefix_find(const char *program, const char *interp)
{
        if (has_loader("/", interp))
                return format("/");
        char *dir = format("%s", program);
        for (char *slash; (slash = strrchr(dir, '/')) && slash != dir;) {
                *slash = 0;
                if (has_loader(dir, interp))
                        return dir;
        }
        free(dir);
        if (has_loader("/usr/aarch64-linux-gnu", interp))
                return format("/usr/aarch64-linux-gnu");
        return NULL;
}
