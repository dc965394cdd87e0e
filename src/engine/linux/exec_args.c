#include "base/out.h"
#include "base/sys.h"
#include "engine/linux/exec.h"

int options_to_args(const struct options *o, const char **argv, int cap, char *buf, size_t buf_size)
{
        struct out text = { .fd = -1, .cap = buf_size - 1, .buf = buf };
        int n = 0;

        check(cap >= 16 && buf_size >= 64);
        if (o->prefix)
                argv[n++] = "-L", argv[n++] = o->prefix;
        if (o->code_cache)
                argv[n++] = "--code-cache", argv[n++] = o->code_cache;
        if (o->strace)
                argv[n++] = "-strace";
        if (o->process.no_avx512)
                argv[n++] = "--no-avx512";
        if (o->process.fp_explicit)
                argv[n++] = "--fp-explicit";
        if (o->stack_size) {
                argv[n++] = "-s";
                argv[n++] = buf + text.len;
                out_printf(&text, "%lu%c", o->stack_size, 0);
        }
        if (o->process.max_insns) {
                argv[n++] = "--max-insns";
                argv[n++] = buf + text.len;
                out_printf(&text, "%u%c", o->process.max_insns, 0);
        }
        return n;
}

long exec_count_args(gaddr argv)
{
        for (long n = 0; argv; n++) {
                u64 p;

                if (!guest_read(&p, argv + n * 8, sizeof p))
                        return -EFAULT;
                if (!p)
                        return n;
                if (n > 1 << 24)
                        return -E2BIG;
        }
        return 0;
}

long exec_fill_args(struct exec *x, const char **args, long argc, char *texts, size_t texts_size)
{
        struct linux_state *ls = linux_of(x->cpu);
        char *number = texts + texts_size - 32;
        struct out o = { .fd = -1, .cap = 32, .buf = number };
        gaddr argv0 = 0;
        long n = 0, taken = argc ? 1 : 0;

        if (argc && !guest_read(&argv0, x->argv, sizeof argv0))
                return -EFAULT;
        args[n++] = "crossarm-aarch64";
        n += options_to_args(&ls->options, args + n, 20, texts, texts_size - 32);
        if (ls->engine_fd >= 0) {
                args[n++] = "--engine-fd";
                args[n++] = number;
                out_printf(&o, "%d%c", ls->engine_fd, 0);
        }
        if (x->exec_fd >= 0 && !x->is_script) {
                args[n++] = "--exec-fd";
                args[n++] = number + o.len;
                out_printf(&o, "%d%c", x->exec_fd, 0);
        }
        args[n++] = "-0";
        args[n++] = x->is_script ? x->insert[0] : argc ? (const char *)argv0 : "";
        args[n++] = "--";
        args[n++] = x->path;
        for (int i = 1; i < x->insert_count; i++)
                args[n++] = x->insert[i];
        if (x->is_script)
                args[n++] = x->script_path;
        if (argc > taken && !guest_read(args + n, x->argv + taken * 8, (argc - taken) * 8))
                return -EFAULT;
        args[n + argc - taken] = NULL;
        return 0;
}
