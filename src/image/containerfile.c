#include "image/containerfile.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/util.h"

/* The names of the stages so far: FROM one of them means no image. */
struct stages {
        char **names;
        size_t count;
};

/* The next word of the line at *at, its length; 0 at the end of the line. */
static size_t next_word(const char **at, const char *end)
{
        while (*at < end && strchr(" \t", **at))
                (*at)++;
        size_t n = 0;
        while (*at + n < end && !strchr(" \t\r\n", (*at)[n]))
                n++;
        return n;
}

static bool is_stage(const struct stages *s, const char *name, size_t len)
{
        for (size_t i = 0; i < s->count; i++)
                if (strlen(s->names[i]) == len && !strncasecmp(s->names[i], name, len))
                        return true;
        return len == 7 && !strncasecmp(name, "scratch", 7);
}

/* FROM [--platform=P] NAME [AS STAGE]: true when it wants a platform; the stage is noted. */
static bool wants_platform(const char *after_from, const char *end, struct stages *s)
{
        const char *at = after_from;
        size_t n = next_word(&at, end);
        bool said = false;
        while (n > 2 && !strncmp(at, "--", 2)) {
                said |= n > 11 && !strncmp(at, "--platform=", 11);
                at += n;
                n = next_word(&at, end);
        }
        bool image = n && !is_stage(s, at, n);
        at += n;
        n = next_word(&at, end);
        if (n == 2 && !strncasecmp(at, "as", 2)) {
                at += n;
                n = next_word(&at, end);
                s->names = grow(s->names, s->count, sizeof *s->names);
                s->names[s->count++] = format("%.*s", (int)n, at);
        }
        return image && !said;
}

/* The line goes on below: it ends in a backslash. */
static bool goes_on(const char *line, const char *end)
{
        while (end > line && strchr(" \t\r\n", end[-1]))
                end--;
        return end > line && end[-1] == '\\';
}

struct bytes containerfile_with_platform(const char *text, size_t len, const char *platform)
{
        struct bytes out = { 0 };
        struct stages stages = { 0 };
        bool inside = false; /* of an instruction that began above */
        AUTO_FREE char *option = format(" --platform=%s", platform);
        for (const char *line = text, *stop = text + len; line < stop;) {
                const char *newline = memchr(line, '\n', (size_t)(stop - line)), *end = newline ? newline + 1 : stop, *at = line;
                size_t n = next_word(&at, end);
                bool from = !inside && n == 4 && !strncasecmp(at, "from", 4) && wants_platform(at + 4, end, &stages);
                size_t head = from ? (size_t)(at + 4 - line) : 0;
                bytes_add(&out, line, head);
                if (from)
                        bytes_add(&out, option, strlen(option));
                bytes_add(&out, line + head, (size_t)(end - line) - head);
                if (!(inside && n && *at == '#')) /* a comment does not end an instruction that goes on */
                        inside = !(n && *at == '#') && goes_on(line, end);
                line = end;
        }
        for (size_t i = 0; i < stages.count; i++)
                free(stages.names[i]);
        free(stages.names);
        return out;
}
