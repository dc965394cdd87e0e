/* What several programs and commands say and look for. */
#include "cli/cmd.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

void say_error(const char *fmt, ...)
{
        va_list ap;
        fputs("crossarm: ", stderr);
        va_start(ap, fmt);
        vfprintf(stderr, fmt, ap);
        va_end(ap);
        fputc('\n', stderr);
}

int wrong_usage(const char *command)
{
        fprintf(stderr, "`crossarm %s --help` tells how it is used.\n", command);
        return 2;
}

char *beside_us(const char *program)
{
        char self[4096];
        ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
        self[n < 0 ? 0 : n] = 0;
        char *slash = strrchr(self, '/');
        return format("%.*s/%s", slash ? (int)(slash - self) : 0, self, program);
}

static char *engine_named(void)
{
        const char *named = getenv("CROSSARM_ENGINE");
        if (named && *named)
                return realpath(named, NULL);
        return beside_us("crossarm-aarch64");
}

char *engine_path(void)
{
        char *path = engine_named();
        if (!path)
                say_error("cannot find the engine: %s; CROSSARM_ENGINE may name it", strerror(errno));
        return path;
}

bool take_size(const char *text, u64 *size)
{
        static const char units[] = "KMGT";
        char *end;
        double number = strtod(text, &end);
        const char *unit = *end ? strchr(units, toupper((u8)*end)) : NULL;
        if (unit)
                number *= (double)(1ull << (10 * (unit - units + 1)));
        if (end == text || !(number >= 1 && number < 0x1p63) || (*end && (!unit || end[1])))
                return false;
        *size = (u64)number;
        return true;
}
