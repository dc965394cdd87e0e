#include "engine/linux/options.h"
#include "base/out.h"
#include "base/str.h"

#ifndef CROSSARM_VERSION
#define CROSSARM_VERSION "0"
#endif

typedef int option_fn(struct options *o, const char *value, struct err *e);

struct option_row {
        char name[24];
        char env[16]; /* QEMU_<env> and CROSSARM_<env>, empty: none */
        bool has_value;
        char help[80];
        option_fn *set;
};

static int set_prefix(struct options *o, const char *v, struct err *e)
{
        o->prefix = *v && !str_eq(v, "/") ? v : NULL;
        if (str_len(v) > 2048)
                return err_set(e, 126, "the prefix given by -L is longer than 2048 bytes; use a shorter path");
        return 0;
}

static int set_argv0(struct options *o, const char *v, struct err *e)
{
        o->argv0 = v;
        return 0;
}

static int add_env(struct options *o, const char *text, bool unset, struct err *e)
{
        if (o->env_count == OPTION_ENV_MAX)
                return err_set(e, 126, "more than %d options -E and -U; set the rest in the environment", OPTION_ENV_MAX);
        o->env[o->env_count].text = text;
        o->env[o->env_count++].unset = unset;
        return 0;
}

static int set_env(struct options *o, const char *v, struct err *e)
{
        if (!str_chr(v, '='))
                return err_set(e, 126, "-E needs NAME=VALUE and got '%s'; to remove a variable use -U NAME", v);
        return add_env(o, v, false, e);
}

static int unset_env(struct options *o, const char *v, struct err *e)
{
        return add_env(o, v, true, e);
}

static int set_stack(struct options *o, const char *v, struct err *e)
{
        if (!str_u64(v, &o->stack_size) || o->stack_size < 65536 || o->stack_size > 1UL << 40)
                return err_set(e, 126, "the stack size '%s' is no number of bytes from 65536 up; leave -s out for the system's limit", v);
        return 0;
}

static int set_strace(struct options *o, const char *v, struct err *e)
{
        o->strace = true;
        return 0;
}

static int set_avx512(struct options *o, const char *v, struct err *e)
{
        o->process.no_avx512 = !v || str_eq(v, "0");
        return 0;
}

static int set_code_cache(struct options *o, const char *v, struct err *e)
{
        o->code_cache = v;
        return 0;
}

static int set_dump(struct options *o, const char *v, struct err *e)
{
        static const char stages[][8] = { "guest", "ir", "host" };

        for (unsigned i = 0; i < ARRAY_LEN(stages); i++) {
                if (str_eq(v, stages[i])) {
                        o->process.dump |= 1 << i; /* enum dump_stage */
                        return 0;
                }
        }
        return err_set(e, 126, "--dump knows guest, ir and host, not '%s'", v);
}

static int set_perf_map(struct options *o, const char *v, struct err *e)
{
        o->process.perf_map = true;
        return 0;
}

static int set_fp_explicit(struct options *o, const char *v, struct err *e)
{
        o->process.fp_explicit = true;
        return 0;
}

static int set_max_insns(struct options *o, const char *v, struct err *e)
{
        u64 n;

        if (!str_u64(v, &n) || n > 1 << 16)
                return err_set(e, 126, "--max-insns needs a number of instructions up to 65536 and got '%s'", v);
        o->process.max_insns = n;
        return 0;
}

static int set_fd(i32 *fd, const char *v, struct err *e)
{
        u64 n;

        if (!str_u64(v, &n) || n > 1 << 30)
                return err_set(e, 126, "--engine-fd and --exec-fd are used between engines only; leave them out");
        *fd = n;
        return 0;
}

static int set_engine_fd(struct options *o, const char *v, struct err *e)
{
        return set_fd(&o->engine_fd, v, e);
}

static int set_exec_fd(struct options *o, const char *v, struct err *e)
{
        return set_fd(&o->exec_fd, v, e);
}

static int set_coverage(struct options *o, const char *v, struct err *e)
{
        o->coverage = true;
        return 0;
}

static int set_syscalls(struct options *o, const char *v, struct err *e)
{
        o->syscalls = true;
        return 0;
}

static int set_version(struct options *o, const char *v, struct err *e)
{
        o->version = true;
        return 0;
}

static int set_help(struct options *o, const char *v, struct err *e)
{
        o->help = true;
        return 0;
}

static int accept(struct options *o, const char *v, struct err *e)
{
        return 0;
}

static int refuse_gdb(struct options *o, const char *v, struct err *e)
{
        return err_set(e, 126, "a debugger cannot be attached to the guest yet (-g); use --dump or -strace to look inside");
}

static const struct option_row rows[] = {
        { "L", "LD_PREFIX", true, "PATH: look for the loader and absolute paths below PATH first", set_prefix },
        { "0", "ARGV0", true, "NAME: the program's argv[0]", set_argv0 },
        { "E", "", true, "NAME=VALUE: set a variable for the program", set_env },
        { "U", "", true, "NAME: remove a variable for the program", unset_env },
        { "s", "STACK_SIZE", true, "BYTES: size of the first stack", set_stack },
        { "strace", "STRACE", false, "print system calls to standard error", set_strace },
        { "no-avx512", "", false, "generate AVX2 code even where AVX-512 is there", set_avx512 },
        { "code-cache", "CODE_CACHE", true, "DIR: keep translations in DIR, an absolute path; empty: nowhere", set_code_cache },
        { "dump", "DUMP", true, "guest|ir|host: print that stage of translations to standard error", set_dump },
        { "perfmap", "PERFMAP", false, "write /tmp/perf-PID.map, by which perf names translated code", set_perf_map },
        { "fp-explicit", "FP_EXPLICIT", false, "no floating-point code that relies on traps", set_fp_explicit },
        { "max-insns", "MAX_INSNS", true, "N: at most N instructions in a translation", set_max_insns },
        { "engine-fd", "", true, "N: used between engines", set_engine_fd },
        { "exec-fd", "", true, "N: used between engines", set_exec_fd },
        { "coverage", "", false, "list all instruction encodings and their state", set_coverage },
        { "syscalls", "", false, "list all system calls and what becomes of them", set_syscalls },
        { "version", "", false, "print the version", set_version },
        { "h", "", false, "print this help", set_help },
        { "help", "", false, "the same", set_help },
        { "cpu", "CPU", true, "MODEL: accepted; there is one model", accept },
        { "g", "GDB", true, "PORT: refused", refuse_gdb },
        { "d", "LOG", true, "ITEMS: accepted and ignored, as the options below", accept },
        { "D", "LOG_FILENAME", true, "FILE", accept },
        { "dfilter", "DFILTER", true, "RANGE", accept },
        { "B", "GUEST_BASE", true, "ADDRESS", accept },
        { "R", "RESERVED_VA", true, "SIZE", accept },
        { "p", "PAGESIZE", true, "SIZE", accept },
        { "r", "UNAME", true, "RELEASE", accept },
        { "seed", "RAND_SEED", true, "SEED", accept },
        { "trace", "TRACE", true, "PATTERN", accept },
        { "plugin", "PLUGIN", true, "FILE", accept },
        { "tb-size", "TB_SIZE", true, "SIZE", accept },
        { "accel", "", true, "NAME", accept },
        { "singlestep", "SINGLESTEP", false, "", accept },
        { "one-insn-per-tb", "ONE_INSN_PER_TB", false, "", accept },
        { "jitdump", "", false, "", accept },
};

static const struct option_row *find_option(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (str_eq(rows[i].name, name))
                        return &rows[i];
        return NULL;
}

/* QEMU_SET_ENV and QEMU_UNSET_ENV hold lists separated by commas. The parts stay in the environment's own memory. */
static int env_list(struct options *o, char *list, bool unset, struct err *e)
{
        while (list && *list) {
                char *comma = str_chr(list, ',');

                if (comma)
                        *comma = 0;
                if (unset ? unset_env(o, list, e) : set_env(o, list, e))
                        return -1;
                list = comma ? comma + 1 : NULL;
        }
        return 0;
}

static int take_variable(struct options *o, const char *name, char *value, struct err *e)
{
        if (str_eq(name, "SET_ENV"))
                return env_list(o, value, false, e);
        if (str_eq(name, "UNSET_ENV"))
                return env_list(o, value, true, e);
        if (str_eq(name, "AVX512"))
                return set_avx512(o, value, e);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (rows[i].env[0] && str_eq(rows[i].env, name))
                        return rows[i].set(o, value, e);
        return 0;
}

int options_from_env(struct options *o, char *const *envp, struct err *e)
{
        for (; *envp; envp++) {
                const char *rest = **envp == 'Q' ? str_after(*envp, "QEMU_") : **envp == 'C' ? str_after(*envp, "CROSSARM_") : NULL;
                char *value = rest ? str_chr(rest, '=') : NULL;
                char name[24];

                if (!value || value - rest >= (long)sizeof name)
                        continue;
                str_copy(name, value - rest + 1, rest);
                if (take_variable(o, name, value + 1, e))
                        return -1;
        }
        return 0;
}

int options_parse(struct options *o, int argc, char **argv, char *const *envp, struct err *e)
{
        int i;

        if (envp && options_from_env(o, envp, e))
                return -1;
        for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
                const char *name = argv[i] + 1;
                const struct option_row *row;

                if (str_eq(name, "-"))
                        return i + 1;
                row = find_option(*name == '-' ? name + 1 : name);
                if (!row)
                        return err_set(e, 126, "there is no option '%s'; -h lists all", argv[i]);
                if (row->has_value && i + 1 >= argc)
                        return err_set(e, 126, "the option '%s' needs a value; -h lists all", argv[i]);
                if (row->set(o, row->has_value ? argv[++i] : NULL, e))
                        return -1;
        }
        return i;
}

void options_print_help(void)
{
        char buf[1024];
        struct out o = { .fd = 1, .cap = sizeof buf, .buf = buf };

        out_printf(&o, "usage: crossarm-aarch64 [OPTION...] PROGRAM [ARGUMENT...]\n"
                       "Run a 64-bit Arm Linux program on this x86-64 machine.\n\n");
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                out_printf(&o, "  -%-16s %s", rows[i].name, rows[i].help);
                if (rows[i].env[0])
                        out_printf(&o, " [CROSSARM_%s]", rows[i].env);
                out_printf(&o, "\n");
        }
        out_printf(&o, "\nThe variables in brackets may also be written QEMU_...; CROSSARM_SET_ENV and CROSSARM_UNSET_ENV take lists\n"
                       "separated by commas, CROSSARM_AVX512=0 is --no-avx512.\n");
        out_flush(&o);
}

void options_print_version(void)
{
        char buf[128];
        struct out o = { .fd = 1, .cap = sizeof buf, .buf = buf };

        out_printf(&o, "crossarm-aarch64 version %s\n", CROSSARM_VERSION);
        out_flush(&o);
}
