#include "vm/console.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "base/util.h"
#include "vm/conn.h"

/* Signals that end us, but not before the terminal is put back. libvirt has threads of its own, any of which may get one. */
static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
static int signal_event = -1; /* an eventfd: all that a handler may touch */

static void on_ending(int number)
{
        int saved = errno;
        (void)!eventfd_write(signal_event, 1);
        errno = saved;
}

struct console {
        virStreamPtr stream;
        int in, out, in_watch, signal_watch;
        bool terminal, done, failed;
        struct termios before;
        struct sigaction actions_before[ARRAY_LEN(ending)];
        char typed[4096]; /* on the way to the guest */
        size_t typed_len;
        enum console_end end;
        struct err *e;
};

int console_events(struct err *e)
{
        return virEventRegisterDefaultImpl() ? vm_error(e, "start libvirt's event loop") : 0;
}

static void finish(struct console *c, enum console_end end)
{
        c->done = true;
        c->end = end;
}

static void fail(struct console *c)
{
        c->done = c->failed = true;
}

/* What is watched depends on what there is to write. */
static void update_stream(struct console *c)
{
        virStreamEventUpdateCallback(c->stream, VIR_STREAM_EVENT_READABLE | (c->typed_len ? VIR_STREAM_EVENT_WRITABLE : 0));
}

static bool write_all(int fd, const char *data, size_t len)
{
        while (len) {
                ssize_t n = write(fd, data, len);
                if (n < 0 && errno != EINTR)
                        return false;
                data += n < 0 ? 0 : n;
                len -= n < 0 ? 0 : (size_t)n;
        }
        return true;
}

static void show(struct console *c)
{
        char text[4096];
        int n = virStreamRecv(c->stream, text, sizeof text);
        if (n == 0)
                finish(c, CONSOLE_GUEST_OFF);
        else if (n == -1) {
                vm_error(c->e, "read the console");
                fail(c);
        } else if (n > 0 && !write_all(c->out, text, (size_t)n)) {
                err_set(c->e, 1, "cannot write what the console shows: %s", strerror(errno));
                fail(c);
        }
}

static void send_typed(struct console *c)
{
        int n = virStreamSend(c->stream, c->typed, c->typed_len);
        if (n == -1) {
                vm_error(c->e, "write to the console");
                fail(c);
        }
        if (n <= 0)
                return;
        c->typed_len -= (size_t)n;
        memmove(c->typed, c->typed + n, c->typed_len);
        virEventUpdateHandle(c->in_watch, VIR_EVENT_HANDLE_READABLE);
        update_stream(c);
}

static void on_stream(virStreamPtr stream, int events, void *data)
{
        struct console *c = data;
        if (events & VIR_STREAM_EVENT_READABLE)
                show(c);
        if (!c->done && events & VIR_STREAM_EVENT_WRITABLE)
                send_typed(c);
        if (!c->done && events & (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP) && !(events & VIR_STREAM_EVENT_READABLE))
                finish(c, CONSOLE_GUEST_OFF);
}

static void on_input(int watch, int fd, int events, void *data)
{
        struct console *c = data;
        ssize_t n = read(fd, c->typed + c->typed_len, sizeof c->typed - c->typed_len);
        if (n <= 0) {
                virEventUpdateHandle(watch, 0);
                return;
        }
        char *escape = c->terminal ? memchr(c->typed + c->typed_len, CONSOLE_ESCAPE, (size_t)n) : NULL;
        if (escape) {
                finish(c, CONSOLE_LEFT);
                return;
        }
        c->typed_len += (size_t)n;
        if (c->typed_len == sizeof c->typed)
                virEventUpdateHandle(watch, 0); /* until the guest takes some */
        update_stream(c);
}

static void on_signal(int watch, int fd, int events, void *data)
{
        finish(data, CONSOLE_SIGNAL);
}

static void enter_raw(struct console *c)
{
        c->terminal = tcgetattr(c->in, &c->before) == 0;
        if (!c->terminal)
                return;
        struct termios raw = c->before;
        cfmakeraw(&raw);
        tcsetattr(c->in, TCSAFLUSH, &raw);
}

static int watch(struct console *c)
{
        signal_event = eventfd(0, EFD_CLOEXEC);
        for (size_t i = 0; i < ARRAY_LEN(ending); i++)
                sigaction(ending[i], &(struct sigaction){ .sa_handler = on_ending, .sa_flags = SA_RESTART }, &c->actions_before[i]);
        c->signal_watch = virEventAddHandle(signal_event, VIR_EVENT_HANDLE_READABLE, on_signal, c, NULL);
        c->in_watch = virEventAddHandle(c->in, VIR_EVENT_HANDLE_READABLE, on_input, c, NULL);
        if (c->signal_watch < 0 || c->in_watch < 0 || virStreamEventAddCallback(c->stream, VIR_STREAM_EVENT_READABLE, on_stream, c, NULL))
                return vm_error(c->e, "watch the console");
        return 0;
}

static void unwatch(struct console *c)
{
        virStreamEventRemoveCallback(c->stream);
        if (c->in_watch >= 0)
                virEventRemoveHandle(c->in_watch);
        if (c->signal_watch >= 0)
                virEventRemoveHandle(c->signal_watch);
        if (c->terminal)
                tcsetattr(c->in, TCSAFLUSH, &c->before);
        for (size_t i = 0; i < ARRAY_LEN(ending); i++)
                sigaction(ending[i], &c->actions_before[i], NULL);
        close(signal_event);
}

static int open_stream(struct console *c, virDomainPtr domain, bool force)
{
        const char *name = virDomainGetName(domain);
        if (virDomainIsActive(domain) == 0)
                return err_set(c->e, 1, "%s is not running; `crossarm vm start %s` starts it", name, name);
        c->stream = virStreamNew(virDomainGetConnect(domain), VIR_STREAM_NONBLOCK);
        if (c->stream && !virDomainOpenConsole(domain, NULL, c->stream, force ? VIR_DOMAIN_CONSOLE_FORCE : VIR_DOMAIN_CONSOLE_SAFE))
                return 0;
        if (!force && virGetLastErrorCode() == VIR_ERR_OPERATION_FAILED) /* "Active console session exists for this domain" */
                return err_set(c->e, 1, "cannot open the console of %s: %s; `crossarm vm console --force %s` takes it from whoever has it",
                        name, virGetLastErrorMessage(), name);
        return vm_error(c->e, "open the console of %s", name);
}

int console_run(virDomainPtr domain, int in, int out, bool force, enum console_end *end, struct err *e)
{
        struct console c = { .in = in, .out = out, .in_watch = -1, .signal_watch = -1, .e = e };
        int status = open_stream(&c, domain, force);
        if (!status) {
                status = watch(&c);
                enter_raw(&c);
                while (!status && !c.done)
                        if (virEventRunDefaultImpl())
                                status = vm_error(e, "wait for the console");
                unwatch(&c);
        }
        if (c.stream) {
                virStreamAbort(c.stream);
                virStreamFree(c.stream);
        }
        *end = c.end;
        return status || c.failed ? -1 : 0;
}
