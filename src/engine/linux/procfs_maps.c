#include "engine/linux/procfs_maps.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/run/code_mem.h"
#include <linux/fcntl.h>
#include <linux/mman.h>

enum { LINE_MAX = PATH_SIZE + 128 };

/* One line of the host's file. */
struct line {
        gaddr start, end, offset;
        char perms[5];
        const char *device; /* "08:01 1234" */
        int device_len;
        const char *name;   /* "" for anonymous memory */
};

static const char *parse_hex(const char *s, u64 *v)
{
        for (*v = 0;; s++) {
                int d = *s >= '0' && *s <= '9' ? *s - '0' : *s >= 'a' && *s <= 'f' ? *s - 'a' + 10 : -1;

                if (d < 0)
                        return s;
                *v = *v << 4 | d;
        }
}

static const char *skip_field(const char *s)
{
        while (*s && *s != ' ')
                s++;
        return s;
}

/* "start-end perms offset device inode   name" */
static bool parse_line(const char *s, struct line *l)
{
        s = parse_hex(s, &l->start);
        if (*s++ != '-')
                return false;
        s = parse_hex(s, &l->end);
        if (*s++ != ' ' || str_len(s) < 6)
                return false;
        str_copy(l->perms, sizeof l->perms, s);
        s = parse_hex(s + 5, &l->offset);
        if (*s++ != ' ')
                return false;
        l->device = s;
        s = skip_field(s);
        s = skip_field(*s ? s + 1 : s);
        l->device_len = s - l->device;
        while (*s == ' ')
                s++;
        l->name = s;
        return true;
}

static bool is_engines(struct linux_state *ls, const struct line *l)
{
        if (l->start < ls->engine_high && l->end > ls->engine_low)
                return true;
        if (l->perms[2] == 'x' || str_eq(l->name, "[stack]") || str_eq(l->name, "[heap]") || str_after(l->name, "[v"))
                return true;
        return code_mem_overlaps(ls->process, l->start, l->end - l->start);
}

static const char *guest_name(struct linux_state *ls, const struct line *l)
{
        if (l->start >= ls->stack_low && l->end <= ls->stack_high)
                return "[stack]";
        if (l->start >= ls->brk_start && l->end <= ((ls->brk + 4095) & -4096UL))
                return "[heap]";
        return l->name;
}

static void print_part(struct linux_state *ls, struct out *o, const struct line *l, gaddr start, gaddr end, bool exec, u32 prot)
{
        char perms[5];
        const char *name = guest_name(ls, l);

        memcpy(perms, l->perms, sizeof perms);
        if (exec) {
                perms[0] = prot & PROT_READ ? 'r' : '-';
                perms[1] = prot & PROT_WRITE ? 'w' : '-';
                perms[2] = 'x';
        }
        out_printf(o, "%08lx-%08lx %s %08lx %.*s", start, end, perms, l->name[0] == '/' ? l->offset + (start - l->start) : l->offset,
                   l->device_len, l->device);
        if (*name)
                out_printf(o, " %*s%s", 24 - l->device_len > 0 ? 24 - l->device_len : 0, "", name);
        out_printf(o, "\n");
}

/* A host mapping may hold several guest protections. */
static void print_line(struct linux_state *ls, struct out *o, const struct line *l)
{
        gaddr at = l->start;

        while (at < l->end) {
                struct vma copy;
                const struct vma *v;
                gaddr end = l->end;
                bool exec = false;

                lock_acquire(&ls->mm_lock);
                v = vma_next(&ls->vmas, at);
                if (v)
                        copy = *v;
                lock_release(&ls->mm_lock);
                if (v && copy.start <= at)
                        exec = true, end = copy.end < end ? copy.end : end;
                else if (v && copy.start < end)
                        end = copy.start;
                print_part(ls, o, l, at, end, exec, exec ? copy.prot : 0);
                at = end;
        }
}

static void print_text(struct linux_state *ls, struct out *o, char *text)
{
        struct line l;

        if (parse_line(text, &l) && !is_engines(ls, &l))
                print_line(ls, o, &l);
}

void procfs_write_maps(struct linux_state *ls, int fd)
{
        char in[LINE_MAX], buf[2048];
        struct out o = { .fd = fd, .cap = sizeof buf, .buf = buf };
        long file = sys_call4(__NR_openat, AT_FDCWD, (long)"/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
        size_t have = 0;
        long n;

        while (file >= 0 && (n = sys_call3(__NR_read, file, (long)(in + have), sizeof in - 1 - have)) > 0) {
                char *start = in, *newline;

                have += n;
                in[have] = 0;
                while ((newline = str_chr(start, '\n'))) {
                        *newline = 0;
                        print_text(ls, &o, start);
                        start = newline + 1;
                }
                have -= start - in;
                memmove(in, start, have);
        }
        if (file >= 0)
                sys_call1(__NR_close, file);
        out_flush(&o);
}
