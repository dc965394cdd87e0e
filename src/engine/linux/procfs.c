#include "engine/linux/procfs.h"
#include "base/out.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/linux/procfs_maps.h"
#include "engine/guest/a64_id.h"
#include <linux/fcntl.h>
#include <linux/memfd.h>

enum { CPUS_MAX = 8192 };

/* What follows "/proc/<this process>/" or ".../task/<any thread>/" in path, or NULL. */
static const char *own_part(const char *path)
{
        const char *rest = str_after(path, "/proc/"), *after;
        u64 pid = 0;
        int digits = 0;

        if (!rest)
                return NULL;
        after = str_after(rest, "self/");
        if (!after)
                after = str_after(rest, "thread-self/");
        if (!after) {
                for (; *rest >= '0' && *rest <= '9' && digits < 10; rest++, digits++)
                        pid = pid * 10 + *rest - '0';
                if (!digits || *rest != '/' || pid != (u64)sys_call0(__NR_getpid))
                        return NULL;
                after = rest + 1;
        }
        rest = str_after(after, "task/");
        if (rest) {
                while (*rest >= '0' && *rest <= '9')
                        rest++;
                if (*rest == '/')
                        after = rest + 1;
        }
        return after;
}

bool procfs_is_exe(const char *path)
{
        const char *name = own_part(path);

        return name && str_eq(name, "exe");
}

static long make_file(const char *name, u64 flags)
{
        return sys_call2(__NR_memfd_create, (long)name, flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
}

/* From its beginning and for reading only, as those of /proc are: opened once more, under the same number. */
static long finish_file(long fd)
{
        char path[32];
        struct out o = { .fd = -1, .cap = sizeof path - 1, .buf = path };
        long cloexec = sys_call3(__NR_fcntl, fd, F_GETFD, 0) & FD_CLOEXEC ? O_CLOEXEC : 0;
        long again;

        out_printf(&o, "/proc/self/fd/%ld", fd);
        path[o.len] = 0;
        again = sys_call4(__NR_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0);
        if (sys_failed(again)) {
                sys_call1(__NR_close, fd);
                return again;
        }
        sys_call3(__NR_dup3, again, fd, cloexec);
        sys_call1(__NR_close, again);
        return fd;
}

/* A file with the bytes of guest memory [start, end) as they are now. */
static long memory_file(const char *name, gaddr start, gaddr end, u64 flags)
{
        long fd = make_file(name, flags);

        if (sys_failed(fd))
                return fd;
        while (start < end) {
                long n = sys_call3(__NR_write, fd, start, end - start);

                if (n <= 0)
                        break;
                start += n;
        }
        return finish_file(fd);
}

static long maps_file(struct cpu *cpu, u64 flags)
{
        long fd = make_file("maps", flags);

        if (sys_failed(fd))
                return fd;
        procfs_write_maps(linux_of(cpu), fd);
        return finish_file(fd);
}

static void print_cpu(struct out *o, u32 n)
{
        u64 midr = a64_id_register(SYS_MIDR_EL1);

        out_printf(o, "processor\t: %u\nBogoMIPS\t: 100.00\nFeatures\t: %s\n", n, a64_features);
        out_printf(o, "CPU implementer\t: 0x%02lx\nCPU architecture: 8\nCPU variant\t: 0x%lx\nCPU part\t: 0x%03lx\nCPU revision\t: %lu\n\n",
                   midr >> 24 & 0xff, midr >> 20 & 15, midr >> 4 & 0xfff, midr & 15);
}

static const char *parse_cpu(const char *s, u32 *n)
{
        for (*n = 0; *s >= '0' && *s <= '9' && *n < CPUS_MAX; s++)
                *n = *n * 10 + *s - '0';
        return s;
}

/* `list` is "0-3,8" as in /sys/devices/system/cpu/online. */
static void print_cpus(struct out *o, const char *list)
{
        while (*list >= '0' && *list <= '9') {
                u32 first, last;

                list = parse_cpu(list, &first);
                last = first;
                if (*list == '-')
                        list = parse_cpu(list + 1, &last);
                for (; first <= last; first++)
                        print_cpu(o, first);
                if (*list == ',')
                        list++;
        }
}

static long cpuinfo_file(u64 flags)
{
        char list[256] = "0", buf[4096];
        struct out o = { .cap = sizeof buf, .buf = buf };
        long fd = make_file("cpuinfo", flags), in, n; /* first: the guest expects the lowest free descriptor */

        if (sys_failed(fd))
                return fd;
        in = sys_call4(__NR_openat, AT_FDCWD, (long)"/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC, 0);
        if (in >= 0) {
                n = sys_call3(__NR_read, in, (long)list, sizeof list - 1);
                list[n > 0 ? n : 1] = 0;
                sys_call1(__NR_close, in);
        }
        o.fd = fd;
        print_cpus(&o, list);
        out_flush(&o);
        return finish_file(fd);
}

long procfs_open(struct cpu *cpu, const char *path, u64 flags)
{
        struct linux_state *ls = linux_of(cpu);
        const char *name;

        if (flags & O_PATH)
                return PROCFS_NOT_OURS;
        if (str_eq(path, "/proc/cpuinfo"))
                return cpuinfo_file(flags);
        name = own_part(path);
        if (!name)
                return PROCFS_NOT_OURS;
        if (str_eq(name, "exe"))
                return safe_syscall(__NR_openat, AT_FDCWD, (long)ls->exe, flags, 0, 0, 0);
        if (str_eq(name, "maps"))
                return maps_file(cpu, flags);
        if (str_eq(name, "cmdline"))
                return memory_file("cmdline", ls->arg_start, ls->arg_end, flags);
        if (str_eq(name, "environ"))
                return memory_file("environ", ls->env_start, ls->env_end, flags);
        if (str_eq(name, "auxv"))
                return memory_file("auxv", ls->auxv, ls->auxv + ls->auxv_size, flags);
        return PROCFS_NOT_OURS;
}
