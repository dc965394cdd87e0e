#include "engine/linux/strace.h"
#include "base/out.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/linux/linux.h"
#include "engine/linux/path.h"

struct row {
        char name[24], args[8];
        char reason; /* 1: left out on purpose */
};

/* Names as characters, not pointers: nothing to relocate at start. */
static const struct row rows[] = {
#define PASS(nr, name, host, args) [nr] = { #name, args, 0 },
#define NOSYS(nr, name, args, reason) [nr] = { #name, args, 1 },
#define CONVERT(nr, name, args) [nr] = { #name, args, 0 },
#define EMULATE CONVERT
#define SIGNALS CONVERT
#include "engine/linux/syscall.def"
#undef PASS
#undef NOSYS
#undef CONVERT
#undef EMULATE
#undef SIGNALS
};

enum { TEXT_MAX = 80, NR_EXIT = 93, NR_EXIT_GROUP = 94, NR_EXECVE = 221, NR_EXECVEAT = 281, NR_RT_SIGRETURN = 139 };

static const struct row *row_of(u64 nr)
{
        return nr < ARRAY_LEN(rows) && rows[nr].name[0] ? &rows[nr] : NULL;
}

static void print_bytes(struct out *o, const u8 *s, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                if (s[i] == '\n')
                        out_printf(o, "\\n");
                else if (s[i] == '"' || s[i] == '\\')
                        out_printf(o, "\\%c", s[i]);
                else if (s[i] >= ' ' && s[i] < 127)
                        out_printf(o, "%c", s[i]);
                else
                        out_printf(o, "\\%03o", s[i]);
        }
}

static void print_string(struct out *o, gaddr at)
{
        char text[TEXT_MAX];
        long n = at ? path_read(at, text, sizeof text) : -EFAULT;

        if (n == -EFAULT) {
                out_printf(o, at ? "0x%lx" : "NULL", at);
                return;
        }
        out_printf(o, "\"");
        print_bytes(o, (u8 *)text, n < 0 ? TEXT_MAX : n);
        out_printf(o, n < 0 ? "\"..." : "\"");
}

static void print_buffer(struct out *o, gaddr at, u64 size)
{
        u8 text[TEXT_MAX];
        size_t n = size < sizeof text ? size : sizeof text;

        if (!guest_read(text, at, n)) {
                out_printf(o, "0x%lx", at);
                return;
        }
        out_printf(o, "\"");
        print_bytes(o, text, n);
        out_printf(o, n < size ? "\"..." : "\"");
}

static void print_arg(struct out *o, char kind, const u64 *x)
{
        switch (kind) {
        case 'd':
        case 'f': out_printf(o, "%d", (int)*x); break;
        case 'F': out_printf(o, (int)*x == -100 ? "AT_FDCWD" : "%d", (int)*x); break;
        case 'u': out_printf(o, "%u", (u32)*x); break;
        case 'l': out_printf(o, "%ld", (long)*x); break;
        case 'z': out_printf(o, "%lu", *x); break;
        case 'm': out_printf(o, "0%o", (u32)*x); break;
        case 's': print_string(o, *x); break;
        case 'b': print_buffer(o, x[0], x[1]); break;
        case 'p': out_printf(o, *x ? "0x%lx" : "NULL", *x); break;
        default: out_printf(o, "0x%lx", *x);
        }
}

static void print_call(struct out *o, struct cpu *cpu)
{
        const struct row *r = row_of(cpu->x[8]);
        const char *kinds = r ? r->args : "xxxxxx";

        out_printf(o, "%ld ", sys_call0(__NR_gettid));
        if (r)
                out_printf(o, "%s(", r->name);
        else
                out_printf(o, "syscall_%lu(", cpu->x[8]);
        for (int i = 0; kinds[i]; i++) {
                if (i)
                        out_printf(o, ",");
                print_arg(o, kinds[i], &cpu->x[i]);
        }
        out_printf(o, ")");
}

static void print_result(struct out *o, struct cpu *cpu, long result)
{
        const struct row *r = row_of(cpu->x[8]);

        if (result == SYSCALL_NO_RESULT)
                out_printf(o, " = ?\n");
        else if (result == -SYSCALL_AGAIN)
                out_printf(o, " = ? (interrupted by a signal)\n");
        else if (!sys_failed(result))
                out_printf(o, (u64)result > 1UL << 31 ? " = 0x%lx\n" : " = %ld\n", result);
        else
                out_printf(o, " = -1 errno=%ld (%s)%s\n", -result, err_name(result), r && r->reason ? " by design" : "");
}

/* Calls that may not return are printed before, and their result on a line of its own. */
static bool printed_before(u64 nr)
{
        return nr == NR_EXIT || nr == NR_EXIT_GROUP || nr == NR_EXECVE || nr == NR_EXECVEAT || nr == NR_RT_SIGRETURN;
}

void strace_enter(struct cpu *cpu)
{
        char buf[1024];
        struct out o = { .fd = 2, .cap = sizeof buf, .buf = buf };

        if (!printed_before(cpu->x[8]))
                return;
        print_call(&o, cpu);
        out_printf(&o, "\n");
        out_flush(&o);
}

void strace_leave(struct cpu *cpu, long result)
{
        char buf[1024];
        struct out o = { .fd = 2, .cap = sizeof buf, .buf = buf };

        if (printed_before(cpu->x[8])) {
                if (!sys_failed(result))
                        return;
                out_printf(&o, "%ld ...", sys_call0(__NR_gettid));
        } else {
                print_call(&o, cpu);
        }
        print_result(&o, cpu, result);
        out_flush(&o);
}
