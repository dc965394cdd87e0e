#include "vm/watch_console.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

enum { TAIL = 65536 };

static const struct {
        const char *text;
        enum watch_cause cause;
} marks[] = {
        { "reboot: Restarting system", WATCH_REBOOT }, { "reboot: Power down", WATCH_OFF }, { "reboot: System halted", WATCH_OFF },
        { "Linux version ", WATCH_UNKNOWN }, /* a later run, and what ended it is not there */
};

static const char *last_of(const char *text, size_t len, const char *mark)
{
        const char *last = NULL;
        size_t mark_len = strlen(mark);
        for (const char *at = text; (at = memmem(at, len - (size_t)(at - text), mark, mark_len)); at++)
                last = at;
        return last;
}

enum watch_cause watch_console_judge(const char *text, size_t len)
{
        const char *last = NULL;
        enum watch_cause cause = WATCH_UNKNOWN;
        for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
                const char *at = last_of(text, len, marks[i].text);
                if (at && (!last || at > last)) {
                        last = at;
                        cause = marks[i].cause;
                }
        }
        return cause;
}

enum watch_cause watch_console_read(const char *path)
{
        char text[TAIL];
        struct stat st;
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return WATCH_UNKNOWN;
        ssize_t len = pread(fd, text, sizeof text, st.st_size > TAIL ? st.st_size - TAIL : 0);
        return len > 0 ? watch_console_judge(text, (size_t)len) : WATCH_UNKNOWN;
}
