/* What is known about a file: struct stat differs, and /proc/self/exe is the guest program. */
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/linux/handlers.h"
#include "engine/linux/linux.h"
#include "engine/linux/path.h"
#include "engine/linux/procfs.h"
#include <asm/stat.h>
#include <linux/fcntl.h>

/* asm-generic/stat.h with 64-bit long. */
struct a64_stat {
        u64 st_dev, st_ino;
        u32 st_mode, st_nlink, st_uid, st_gid;
        u64 st_rdev, pad1;
        i64 st_size;
        i32 st_blksize, pad2;
        i64 st_blocks;
        i64 st_atime;
        u64 st_atime_nsec;
        i64 st_mtime;
        u64 st_mtime_nsec;
        i64 st_ctime;
        u64 st_ctime_nsec;
        u32 unused[2];
};
_Static_assert(sizeof(struct a64_stat) == 128, "struct stat of arm64");

static long put_stat(gaddr to, const struct stat *h)
{
        struct a64_stat g = {
                .st_dev = h->st_dev, .st_ino = h->st_ino,
                .st_mode = h->st_mode, .st_nlink = h->st_nlink, .st_uid = h->st_uid, .st_gid = h->st_gid,
                .st_rdev = h->st_rdev, .st_size = h->st_size, .st_blksize = h->st_blksize, .st_blocks = h->st_blocks,
                .st_atime = h->st_atime, .st_atime_nsec = h->st_atime_nsec,
                .st_mtime = h->st_mtime, .st_mtime_nsec = h->st_mtime_nsec,
                .st_ctime = h->st_ctime, .st_ctime_nsec = h->st_ctime_nsec,
        };

        return guest_write(to, &g, sizeof g) ? 0 : -EFAULT;
}

static bool is_exe_link(gaddr guest_path)
{
        char path[64];

        return path_begins(guest_path, "/proc/") && path_read(guest_path, path, sizeof path) > 0 && procfs_is_exe(path);
}

/* The path for a call that follows links. */
static long followed_path(struct cpu *cpu, gaddr guest_path, u64 flags, char *buf)
{
        if (!(flags & AT_SYMLINK_NOFOLLOW) && is_exe_link(guest_path))
                return (long)linux_of(cpu)->exe;
        return (long)path_translate(linux_of(cpu), guest_path, buf);
}

long sys_newfstatat(struct cpu *cpu)
{
        const u64 *x = cpu->x;
        struct stat st;
        char buf[PATH_SIZE];
        long ret = safe_syscall(__NR_newfstatat, x[0], followed_path(cpu, x[1], x[3], buf), (long)&st, x[3], 0, 0);

        return ret ? ret : put_stat(x[2], &st);
}

long sys_fstat(struct cpu *cpu)
{
        struct stat st;
        long ret = safe_syscall(__NR_fstat, cpu->x[0], (long)&st, 0, 0, 0, 0);

        return ret ? ret : put_stat(cpu->x[1], &st);
}

long sys_statx(struct cpu *cpu)
{
        const u64 *x = cpu->x;
        char buf[PATH_SIZE];

        return safe_syscall(__NR_statx, x[0], followed_path(cpu, x[1], x[2], buf), x[2], x[3], x[4], 0);
}

long sys_faccessat(struct cpu *cpu)
{
        const u64 *x = cpu->x;
        char buf[PATH_SIZE];

        return safe_syscall(__NR_faccessat, x[0], followed_path(cpu, x[1], 0, buf), x[2], 0, 0, 0);
}

long sys_faccessat2(struct cpu *cpu)
{
        const u64 *x = cpu->x;
        char buf[PATH_SIZE];

        return safe_syscall(__NR_faccessat2, x[0], followed_path(cpu, x[1], x[3], buf), x[2], x[3], 0, 0);
}

long sys_readlinkat(struct cpu *cpu)
{
        const u64 *x = cpu->x;
        char buf[PATH_SIZE];

        if (UNLIKELY(is_exe_link(x[1]))) {
                const char *exe = linux_of(cpu)->exe;
                size_t n = str_len(exe);

                if ((i32)x[3] <= 0)
                        return -EINVAL;
                if (n > x[3])
                        n = x[3];
                return guest_write(x[2], exe, n) ? (long)n : -EFAULT;
        }
        return safe_syscall(__NR_readlinkat, x[0], (long)path_translate(linux_of(cpu), x[1], buf), x[2], x[3], 0, 0);
}
