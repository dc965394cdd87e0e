#include "engine/linux/stack.h"
#include "base/arena.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/guest/a64_id.h"
#include <linux/auxvec.h>
#include <linux/mman.h>
#include <linux/resource.h>

enum {
        STACK_DEFAULT = 8 << 20,
        STACK_GUARD = 1 << 20,
        MINSIGSTKSZ_A64 = 4720, /* what Linux says without SVE: the signal frame with its FP/SIMD record */
        AUXV_MAX = 26,
        AT_MINSIGSTKSZ_NR = 51,
};
#define STACK_LIMIT (1UL << 30) /* of an "unlimited" stack */

u64 auxv_get(const u64 *auxv, u64 type, u64 otherwise)
{
        for (; auxv[0] != AT_NULL; auxv += 2)
                if (auxv[0] == type)
                        return auxv[1];
        return otherwise;
}

/* Does NAME=... stand for the same variable as `text` (NAME or NAME=...)? */
static bool same_variable(const char *var, const char *text)
{
        while (*var && *var == *text && *var != '=')
                var++, text++;
        return *var == '=' && (*text == '=' || !*text);
}

static u32 remove_variable(const char **env, u32 n, const char *text)
{
        u32 kept = 0;

        for (u32 i = 0; i < n; i++)
                if (!same_variable(env[i], text))
                        env[kept++] = env[i];
        return kept;
}

const char *const *stack_make_env(const struct options *o, char *const *envp)
{
        const char **env;
        u32 n = 0;

        if (!o->env_count)
                return (const char *const *)envp;
        while (envp[n])
                n++;
        env = pages_alloc((n + o->env_count + 1) * sizeof *env);
        memcpy(env, envp, n * sizeof *env);
        for (u32 i = 0; i < o->env_count; i++) {
                n = remove_variable(env, n, o->env[i].text);
                if (!o->env[i].unset)
                        env[n++] = o->env[i].text;
        }
        env[n] = NULL;
        return env;
}

static u64 stack_size(const struct options *o)
{
        struct rlimit64 lim = { STACK_DEFAULT, 0 };

        if (o->stack_size)
                return (o->stack_size + 4095) & -4096UL;
        sys_call4(__NR_prlimit64, 0, RLIMIT_STACK, 0, (long)&lim);
        if (lim.rlim_cur < 128 << 10)
                return 128 << 10;
        return lim.rlim_cur > STACK_LIMIT ? STACK_LIMIT : lim.rlim_cur & -4096UL;
}

static int map_stack(struct linux_state *ls, bool exec, struct err *e)
{
        u64 size = stack_size(&ls->options);
        long base = sys_call6(__NR_mmap, 0, size + STACK_GUARD, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

        if (sys_failed(base))
                return err_set(e, 126, "there is no memory for a stack of %lu KiB: %s; make it smaller with -s BYTES", size >> 10, err_name(base));
        sys_call3(__NR_mprotect, base, STACK_GUARD, PROT_NONE);
        ls->stack_low = base + STACK_GUARD;
        ls->stack_high = ls->stack_low + size;
        if (exec)
                vma_set(&ls->vmas, ls->stack_low, ls->stack_high, PROT_READ | PROT_WRITE | PROT_EXEC);
        return 0;
}

static size_t strings_size(const char *const *list, u32 *count)
{
        size_t n = 0;

        for (*count = 0; list[*count]; ++*count)
                n += str_len(list[*count]) + 1;
        return n;
}

/* Copy the strings to `at` and their addresses to `pointers`, ended by 0. Returns the end of the text. */
static gaddr put_strings(const char *const *list, gaddr at, u64 *pointers)
{
        for (; *list; list++) {
                size_t n = str_len(*list) + 1;

                memcpy((void *)at, *list, n);
                *pointers++ = at;
                at += n;
        }
        *pointers = 0;
        return at;
}

static u64 *put_aux(u64 *p, u64 type, u64 value)
{
        p[0] = type;
        p[1] = value;
        return p + 2;
}

struct aux_texts {
        gaddr execfn, platform, random;
};

static u64 *put_auxv(u64 *p, const struct loaded *prog, const u64 *host, const struct aux_texts *t)
{
        static const u8 copied[] = { AT_UID, AT_EUID, AT_GID, AT_EGID, AT_CLKTCK, AT_SECURE };

        p = put_aux(p, AT_MINSIGSTKSZ_NR, MINSIGSTKSZ_A64);
        p = put_aux(p, AT_HWCAP, a64_hwcap);
        p = put_aux(p, AT_PAGESZ, 4096);
        p = put_aux(p, AT_PHDR, prog->phdr);
        p = put_aux(p, AT_PHENT, sizeof(struct elf64_phdr));
        p = put_aux(p, AT_PHNUM, prog->phnum);
        p = put_aux(p, AT_BASE, prog->interp_base);
        p = put_aux(p, AT_FLAGS, 0);
        p = put_aux(p, AT_ENTRY, prog->exe_entry);
        for (size_t i = 0; i < sizeof copied; i++)
                p = put_aux(p, copied[i], auxv_get(host, copied[i], copied[i] == AT_CLKTCK ? 100 : 0));
        p = put_aux(p, AT_RANDOM, t->random);
        p = put_aux(p, AT_HWCAP2, a64_hwcap2);
        p = put_aux(p, AT_EXECFN, t->execfn);
        p = put_aux(p, AT_PLATFORM, t->platform);
        return put_aux(p, AT_NULL, 0);
}

static gaddr put_text(gaddr *top, const void *text, size_t n)
{
        *top -= n;
        memcpy((void *)*top, text, n);
        return *top;
}

static void put_random(gaddr at, const u64 *host)
{
        const void *bytes = (const void *)auxv_get(host, AT_RANDOM, 0);

        if (bytes)
                memcpy((void *)at, bytes, 16);
}

gaddr stack_create(struct linux_state *ls, const struct loaded *prog, const struct start_args *args, struct err *e)
{
        u32 argc, envc;
        size_t arg_size = strings_size(args->argv, &argc), env_size = strings_size(args->envp, &envc);
        size_t words = 1 + argc + 1 + envc + 1 + 2 * AUXV_MAX;
        struct aux_texts texts;
        gaddr top, strings;
        u64 *sp, *p;

        if (map_stack(ls, prog->exec_stack, e))
                return 0;
        if (arg_size + env_size + words * 8 + 2 * PATH_SIZE > (ls->stack_high - ls->stack_low) / 4 * 3) {
                err_set(e, 126, "%zu bytes of arguments and environment do not fit on the stack; shorten them or use -s BYTES", arg_size + env_size);
                return 0;
        }
        top = ls->stack_high - 8;
        texts.execfn = put_text(&top, args->execfn, str_len(args->execfn) + 1);
        strings = top - arg_size - env_size;
        top = strings;
        texts.platform = put_text(&top, "aarch64", 8);
        top = (top & -16UL) - 16;
        texts.random = top;
        put_random(top, args->host_auxv);

        sp = (u64 *)((top - words * 8) & -16UL);
        sp[0] = argc;
        ls->arg_start = strings;
        ls->arg_end = ls->env_start = put_strings(args->argv, strings, sp + 1);
        ls->env_end = put_strings(args->envp, ls->env_start, sp + 1 + argc + 1);
        ls->auxv = (gaddr)(sp + 1 + argc + 1 + envc + 1);
        p = put_auxv((u64 *)ls->auxv, prog, args->host_auxv, &texts);
        ls->auxv_size = (gaddr)p - ls->auxv;
        return (gaddr)sp;
}
