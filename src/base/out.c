#include "base/out.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include <stdarg.h>

enum { SIGNAL_ABRT = 6 };

/* One conversion of a format. */
struct conv {
        bool zero, left;
        u8 length; /* number of l; z counts as one */
        int width, precision;
};

static void put_bytes(struct out *o, const char *s, size_t n)
{
        while (n) {
                size_t room = o->cap - o->len;

                if (!room) {
                        if (o->fd < 0)
                                return;
                        out_flush(o);
                        room = o->cap;
                }
                if (room > n)
                        room = n;
                memcpy(o->buf + o->len, s, room);
                o->len += room;
                s += room;
                n -= room;
        }
}

static void put_fill(struct out *o, char c, int n)
{
        for (; n > 0; n--)
                put_bytes(o, &c, 1);
}

static void put_padded(struct out *o, const struct conv *c, const char *s, int n)
{
        if (!c->left)
                put_fill(o, ' ', c->width - n);
        put_bytes(o, s, n);
        if (c->left)
                put_fill(o, ' ', c->width - n);
}

static void put_text(struct out *o, const struct conv *c, const char *s)
{
        int n = 0;

        if (!s)
                s = "(null)";
        while ((c->precision < 0 || n < c->precision) && s[n])
                n++;
        put_padded(o, c, s, n);
}

static void put_number(struct out *o, const struct conv *c, u64 v, bool negative, unsigned base, const char *prefix)
{
        char digits[24], text[32];
        int nd = 0, n = 0, zeros;

        do {
                digits[nd++] = "0123456789abcdef"[v % base];
                v /= base;
        } while (v);
        if (negative)
                text[n++] = '-';
        for (; *prefix; prefix++)
                text[n++] = *prefix;
        zeros = c->precision > nd ? c->precision - nd : 0;
        if (c->zero && !c->left && c->precision < 0 && c->width > n + nd)
                zeros = c->width - n - nd;
        if (zeros) {
                struct conv rest = *c;

                rest.width -= n + zeros;
                if (!c->left)
                        put_fill(o, ' ', rest.width - nd), rest.width = 0;
                put_bytes(o, text, n);
                put_fill(o, '0', zeros);
                n = 0;
                while (nd)
                        text[n++] = digits[--nd];
                put_padded(o, &rest, text, n);
                return;
        }
        while (nd)
                text[n++] = digits[--nd];
        put_padded(o, c, text, n);
}

static int parse_number(const char **fmt)
{
        int n = 0;

        while (**fmt >= '0' && **fmt <= '9')
                n = n * 10 + *(*fmt)++ - '0';
        return n;
}

static struct conv parse_conv(const char **fmt, va_list *ap)
{
        struct conv c = { .precision = -1 };

        for (;; (*fmt)++) {
                if (**fmt == '0')
                        c.zero = true;
                else if (**fmt == '-')
                        c.left = true;
                else
                        break;
        }
        if (**fmt == '*')
                (*fmt)++, c.width = va_arg(*ap, int);
        else
                c.width = parse_number(fmt);
        if (**fmt == '.') {
                (*fmt)++;
                if (**fmt == '*')
                        (*fmt)++, c.precision = va_arg(*ap, int);
                else
                        c.precision = parse_number(fmt);
        }
        for (; **fmt == 'l' || **fmt == 'z'; (*fmt)++)
                c.length++;
        return c;
}

static void put_signed(struct out *o, const struct conv *c, i64 v)
{
        put_number(o, c, v < 0 ? -(u64)v : (u64)v, v < 0, 10, "");
}

static void put_conv(struct out *o, char kind, const struct conv *c, va_list *ap)
{
        char ch;

        switch (kind) {
        case 's': put_text(o, c, va_arg(*ap, const char *)); break;
        case 'c':
                ch = va_arg(*ap, int);
                put_padded(o, c, &ch, 1);
                break;
        case 'd':
        case 'i': put_signed(o, c, c->length ? va_arg(*ap, long) : va_arg(*ap, int)); break;
        case 'u': put_number(o, c, c->length ? va_arg(*ap, u64) : va_arg(*ap, u32), false, 10, ""); break;
        case 'x': put_number(o, c, c->length ? va_arg(*ap, u64) : va_arg(*ap, u32), false, 16, ""); break;
        case 'o': put_number(o, c, c->length ? va_arg(*ap, u64) : va_arg(*ap, u32), false, 8, ""); break;
        case 'p': put_number(o, c, (u64)va_arg(*ap, void *), false, 16, "0x"); break;
        default: put_bytes(o, &kind, 1);
        }
}

void out_vprintf(struct out *o, const char *fmt, va_list *ap)
{
        while (*fmt) {
                const char *start = fmt;
                struct conv c;

                while (*fmt && *fmt != '%')
                        fmt++;
                put_bytes(o, start, fmt - start);
                if (!*fmt)
                        return;
                fmt++;
                c = parse_conv(&fmt, ap);
                if (*fmt)
                        put_conv(o, *fmt++, &c, ap);
        }
}

void out_printf(struct out *o, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        out_vprintf(o, fmt, &ap);
        va_end(ap);
}

void out_flush(struct out *o)
{
        u32 done = 0;

        if (o->fd < 0)
                return;
        while (done < o->len) {
                long n = sys_call3(__NR_write, o->fd, (long)(o->buf + done), o->len - done);

                if (n == -EINTR)
                        continue;
                if (n <= 0)
                        break;
                done += n;
        }
        o->len = 0;
}

_Noreturn static void exit_process(int code)
{
        for (;;)
                sys_call1(__NR_exit_group, code);
}

_Noreturn void die(int code, const char *fmt, ...)
{
        char buf[1024];
        struct out o = { .fd = 2, .cap = sizeof buf, .buf = buf };
        va_list ap;

        out_printf(&o, "crossarm: ");
        va_start(ap, fmt);
        out_vprintf(&o, fmt, &ap);
        va_end(ap);
        out_printf(&o, "\n");
        out_flush(&o);
        exit_process(code);
}

/* The kernel's struct sigaction of x86-64, all zero: SIG_DFL. */
struct default_action {
        u64 handler, flags, restorer, mask;
};

_Noreturn void check_failed(const char *cond, const char *file, int line)
{
        struct default_action dfl = { 0 };
        u64 abrt = 1UL << (SIGNAL_ABRT - 1);
        char buf[512];
        struct out o = { .fd = 2, .cap = sizeof buf, .buf = buf };

        out_printf(&o, "crossarm: internal error at %s:%d: %s does not hold. This is a bug in crossarm; please report it with this line.\n",
                file, line, cond);
        out_flush(&o);
        sys_call4(__NR_rt_sigaction, SIGNAL_ABRT, (long)&dfl, 0, 8);
        sys_call4(__NR_rt_sigprocmask, 1, (long)&abrt, 0, 8);
        sys_call2(__NR_tkill, sys_call0(__NR_gettid), SIGNAL_ABRT);
        exit_process(134);
}
