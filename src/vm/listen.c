#include "vm/listen.h"

#include <stdlib.h>

#include "base/out.h"
#include "vm/conn.h"
#include "vm/console_verdict.h"

/* A boot that came to a trouble is quiet then: nothing is told before it is, since the next line may tell more. */
enum { MAX_TEXT = 1 << 20, PIECE = 4096, QUIET_MS = 3000 };

struct listener {
        char *text;
        size_t len;
        int quiet; /* the timer that runs since the last output */
        bool done;
};

static void on_stream(virStreamPtr stream, int events, void *data)
{
        struct listener *l = data;
        size_t room = MAX_TEXT - l->len;
        int n = events & VIR_STREAM_EVENT_READABLE ? virStreamRecv(stream, l->text + l->len, room < PIECE ? room : PIECE) : -1;
        if (n > 0)
                l->len += (size_t)n;
        l->done |= n == 0 || n == -1 || l->len == MAX_TEXT;
        virEventUpdateTimeout(l->quiet, QUIET_MS);
}

static void on_quiet(int timer, void *data)
{
        struct listener *l = data;
        struct console_report report;
        console_judge(l->text, l->len, &report);
        l->done |= report.verdict && report.verdict->kind == CONSOLE_TROUBLE;
        virEventUpdateTimeout(timer, -1);
}

static void on_time(int timer, void *data)
{
        ((struct listener *)data)->done = true;
}

int listen_to_console(virDomainPtr domain, unsigned seconds, char **text, size_t *len, struct err *e)
{
        struct listener l = { .text = malloc(MAX_TEXT) };
        check(l.text);
        virStreamPtr stream = virStreamNew(virDomainGetConnect(domain), VIR_STREAM_NONBLOCK);
        int status = !stream || virDomainOpenConsole(domain, NULL, stream, VIR_DOMAIN_CONSOLE_SAFE) < 0
                             ? vm_domain_error(e, domain, "listen to the console of")
                             : 0;
        if (status == 0) {
                int timer = virEventAddTimeout((int)seconds * 1000, on_time, &l, NULL);
                l.quiet = virEventAddTimeout(-1, on_quiet, &l, NULL);
                virStreamEventAddCallback(
                        stream, VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_HANGUP | VIR_STREAM_EVENT_ERROR, on_stream, &l, NULL);
                while (!l.done && virEventRunDefaultImpl() == 0)
                        ;
                virEventRemoveTimeout(timer);
                virEventRemoveTimeout(l.quiet);
                virStreamEventRemoveCallback(stream);
                virStreamAbort(stream);
        }
        if (stream)
                virStreamFree(stream);
        *text = l.text;
        *len = l.len;
        return status;
}
