#include "engine/run/dump.h"
#include "base/out.h"
#include "base/sys.h"
#include "engine/guest/decode.h"
#include "engine/run/safe_syscall.h"
#include <linux/fcntl.h>

enum { LINE = 1024, BYTES_PER_LINE = 16 };

static void dump_guest(struct out *o, const struct ir_block *b)
{
        for (gaddr pc = b->pc; pc < b->end; pc += 4) {
                u32 word;

                if (!safe_load(&word, pc))
                        break;
                out_printf(o, "  0x%lx: ", pc);
                a64_disassemble(o, pc, word);
                out_printf(o, "\n");
        }
        out_flush(o);
}

void dump_lifted(const struct process *p, const struct ir_block *b)
{
        char buf[LINE];
        struct out o = { .fd = 2, .cap = sizeof buf, .buf = buf };

        if (p->options.dump & DUMP_GUEST) {
                out_printf(&o, "guest 0x%lx..0x%lx\n", b->pc, b->end);
                dump_guest(&o, b);
        }
        if (p->options.dump & DUMP_IR) {
                out_printf(&o, "as lifted, ");
                ir_dump(&o, b);
        }
}

void dump_passed(const struct process *p, const struct ir_block *b)
{
        char buf[LINE];
        struct out o = { .fd = 2, .cap = sizeof buf, .buf = buf };

        if (!(p->options.dump & DUMP_IR))
                return;
        out_printf(&o, "after the passes, ");
        ir_dump(&o, b);
}

static void dump_host(struct block_ref b)
{
        char buf[LINE];
        struct out o = { .fd = 2, .cap = sizeof buf, .buf = buf };
        const u8 *code = block_entry(b);

        out_printf(&o, "host 0x%lx..0x%lx of guest 0x%lx", (u64)code, (u64)code + b.block->host_size, block_pc(b));
        for (u32 n = 0; n < b.block->host_size; n++)
                out_printf(&o, n % BYTES_PER_LINE ? " %x%x" : "\n  %x%x", code[n] >> 4, code[n] & 15);
        out_printf(&o, "\n");
        out_flush(&o);
}

/* Opened each time: the process may have forked, and no descriptor of the engine's lies in the guest's way. */
static void map_for_perf(struct block_ref b)
{
        char path[64], line[128];
        struct out name = { .fd = -1, .cap = sizeof path - 1, .buf = path }, o = { .fd = -1, .cap = sizeof line - 1, .buf = line };
        long fd;

        out_printf(&name, "/tmp/perf-%ld.map%c", sys_call0(__NR_getpid), 0);
        fd = sys_call4(__NR_openat, AT_FDCWD, (long)path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (fd < 0)
                return;
        out_printf(&o, "%lx %x a64:0x%lx\n", (u64)block_entry(b), b.block->host_size, block_pc(b));
        sys_call3(__NR_write, fd, (long)line, (long)o.len);
        sys_call1(__NR_close, fd);
}

void dump_block(const struct process *p, struct block_ref b)
{
        if (p->options.dump & DUMP_HOST)
                dump_host(b);
        if (p->options.perf_map)
                map_for_perf(b);
}
