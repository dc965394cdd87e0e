/* Where the engine begins: _start, its own relocation, options, and the guest program's start. */
#include "base/arena.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/guest/decode.h"
#include "engine/linux/hostcpu.h"
#include "engine/linux/loader.h"
#include "engine/linux/mapped_file.h"
#include "engine/run/code_dir.h"
#include "engine/linux/matrix.h"
#include "engine/linux/stack.h"
#include <linux/auxvec.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/prctl.h>

#ifndef AT_FLAGS_PRESERVE_ARGV0
#define AT_FLAGS_PRESERVE_ARGV0 1
#endif

enum { R_X86_64_RELATIVE = 8, ELF_DT_RELA = 7, ELF_DT_RELASZ = 8 };

/* How the kernel called us. */
struct start {
        int argc;
        char **argv, **envp;
        u64 *auxv;
};

/* What is to be run: from the command line or from binfmt_misc. */
struct program {
        const char *path;
        long fd;           /* opened by the kernel (flag O), or -1 */
        const char **argv; /* NULL-terminated */
};

asm(".text\n"
    ".globl _start\n"
    ".hidden _start\n"
    ".type _start, @function\n"
    "_start:\n"
    "       xor %ebp, %ebp\n"
    "       mov %rsp, %rdi\n"
    "       lea _DYNAMIC(%rip), %rsi\n"
    "       and $-16, %rsp\n"
    "       call start_c\n"
    "       hlt\n");

struct elf64_dyn {
        u64 tag, value;
};

_Noreturn void start_c(u64 *sp, const struct elf64_dyn *dyn);

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

struct elf64_relative {
        u64 offset, info, addend;
};

/* We are a static-pie: the kernel put us anywhere. Must not use anything that itself needs relocation. */
static void relocate(const struct elf64_dyn *dyn)
{
        u64 base = (u64)__ehdr_start, rela = 0, size = 0;

        for (; dyn->tag; dyn++) {
                if (dyn->tag == ELF_DT_RELA)
                        rela = dyn->value;
                if (dyn->tag == ELF_DT_RELASZ)
                        size = dyn->value;
        }
        for (u64 at = base + rela; at < base + rela + size; at += sizeof(struct elf64_relative)) {
                const struct elf64_relative *r = (void *)at;

                if ((u32)r->info == R_X86_64_RELATIVE)
                        *(u64 *)(base + r->offset) = base + r->addend;
        }
}

static struct start read_start(u64 *sp)
{
        struct start s = { .argc = sp[0], .argv = (char **)(sp + 1) };
        char **p;

        s.envp = s.argv + s.argc + 1;
        for (p = s.envp; *p;)
                p++;
        s.auxv = (u64 *)(p + 1);
        return s;
}

/* binfmt_misc with flag P gives {engine, path, argv[0], ...}; without it {engine, path, ...}, argv[0] being lost. */
static bool from_binfmt(const struct start *s, struct program *prog)
{
        bool keeps_argv0 = auxv_get(s->auxv, AT_FLAGS, 0) & AT_FLAGS_PRESERVE_ARGV0;

        prog->fd = (i64)auxv_get(s->auxv, AT_EXECFD, -1UL);
        if ((!keeps_argv0 && prog->fd < 0) || s->argc < 2)
                return false;
        prog->path = s->argv[1];
        prog->argv = (const char **)(s->argv + (keeps_argv0 && s->argc > 2 ? 2 : 1));
        return true;
}

static void from_command_line(const struct start *s, const struct options *o, int first, struct program *prog)
{
        if (first >= s->argc)
                die(127, "no program given; usage: crossarm-aarch64 [OPTION...] PROGRAM [ARGUMENT...], -h for help");
        prog->path = s->argv[first];
        prog->argv = (const char **)(s->argv + first);
        prog->fd = o->exec_fd;
        if (o->argv0)
                prog->argv[0] = o->argv0;
}

static void print_list(void (*list)(struct out *))
{
        char buf[4096];
        struct out o = { .fd = 1, .cap = sizeof buf, .buf = buf };

        list(&o);
        out_flush(&o);
}

/* Options that print something and end. */
static void answer(const struct options *o)
{
        if (o->help)
                options_print_help();
        else if (o->version)
                options_print_version();
        else if (o->coverage)
                print_list(a64_coverage);
        else if (o->syscalls)
                print_list(syscall_matrix_print);
        else
                return;
        sys_call1(__NR_exit_group, 0);
}

static void read_options(const struct start *s, struct linux_state *ls, struct program *prog)
{
        struct options *o = &ls->options;
        char *const *envp = auxv_get(s->auxv, AT_SECURE, 0) ? NULL : s->envp;
        struct err e;
        int first = 0;

        o->engine_fd = o->exec_fd = -1;
        if (from_binfmt(s, prog)) {
                if (envp && options_from_env(o, envp, &e))
                        die(e.code, "%s", e.text);
                return;
        }
        first = options_parse(o, s->argc, s->argv, envp, &e);
        if (first < 0)
                die(e.code, "%s", e.text);
        answer(o);
        from_command_line(s, o, first, prog);
}

/* One mapping for all that is made once: each costs more than filling it. Below 2 MiB no huge page is cleared for it. */
static struct linux_state *linux_state_create(void)
{
        enum { ARENA_SIZE = 1 << 20, SOON_USED = 32 << 10 };
        struct linux_state *ls;
        struct arena a;

        arena_init(&a, ARENA_SIZE);
        sys_call3(__NR_madvise, (long)a.base, SOON_USED, MADV_POPULATE_WRITE);
        ls = arena_alloc(&a, sizeof *ls);
        ls->arena = a;
        return ls;
}

static int count_args(const char *const *argv)
{
        int n = 0;

        while (argv[n])
                n++;
        return n;
}

static const char *base_name(const char *path)
{
        const char *slash = str_rchr(path, '/');

        return slash ? slash + 1 : path;
}

_Noreturn void start_c(u64 *sp, const struct elf64_dyn *dyn)
{
        struct start s;
        struct program prog = { .fd = -1 };
        struct loaded loaded;
        struct linux_state *ls;
        struct host_cpuid cpuid;
        struct start_args args;
        struct err e;
        char code_dir[CODE_DIR_MAX];
        gaddr guest_sp;

        relocate(dyn);
        s = read_start(sp);
        ls = linux_state_create();
        read_options(&s, ls, &prog);
        host_cpuid_read(&cpuid);
        hostcpu_require(&cpuid);
        linux_state_init(ls, s.auxv);
        ls->options.code_cache = auxv_get(s.auxv, AT_SECURE, 0) ? NULL : mapped_file_code_dir(&ls->options, s.envp, code_dir, sizeof code_dir);
        if (prog.fd < 0)
                prog.fd = loader_open(prog.path, &e);
        if (prog.fd < 0 || loader_load(ls, prog.fd, prog.path, &loaded, &e))
                die(e.code, "%s", e.text);
        linux_state_set_exe(ls, prog.fd, prog.path);
        sys_call1(__NR_close, prog.fd);
        args = (struct start_args){
                .argc = count_args(prog.argv),
                .argv = prog.argv,
                .envp = stack_make_env(&ls->options, s.envp),
                .execfn = prog.path,
                .host_auxv = s.auxv,
        };
        guest_sp = stack_create(ls, &loaded, &args, &e);
        if (!guest_sp)
                die(e.code, "%s", e.text);
        ls->brk_start = ls->brk = loaded.end;
        sys_call2(__NR_prctl, PR_SET_NAME, (long)base_name(prog.path));
        linux_state_attach(ls, process_create(&ls->arena, &ls->options.process, &cpuid));
        ls->process->code_dir = ls->options.code_cache; /* lies on this stack or among the arguments: both stay */
        for (u32 i = 0; i < loaded.text_count; i++)
                module_add(ls->process, loaded.text[i].start, loaded.text[i].end, loaded.text[i].offset, &loaded.text[i].file);
        process_run(ls->process, loaded.entry, guest_sp);
}
