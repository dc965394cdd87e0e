/* struct stat of arm64 by every call that fills it, and bad pointers. */
#include "file_test.h"

static void compare(const struct stat *a, const struct stat *b)
{
        EXPECT(a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_mode == b->st_mode);
        EXPECT(a->st_nlink == b->st_nlink && a->st_size == b->st_size && a->st_blocks == b->st_blocks);
        EXPECT(a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec);
}

int main(void)
{
        char name[] = "/tmp/file_stat.XXXXXX";
        struct stat a, b;
        struct statx x;
        int fd = mkstemp(name);

        EXPECT(fd >= 0 && write(fd, "12345", 5) == 5 && fchmod(fd, 0640) == 0);
        EXPECT(fstat(fd, &a) == 0 && stat(name, &b) == 0);
        compare(&a, &b);
        EXPECT(a.st_size == 5 && a.st_mode == (S_IFREG | 0640) && a.st_nlink == 1 && a.st_blksize >= 512);
        EXPECT(a.st_uid == geteuid());
        EXPECT(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &x) == 0);
        EXPECT(x.stx_size == 5 && x.stx_ino == a.st_ino && x.stx_mtime.tv_nsec == a.st_mtim.tv_nsec);
        EXPECT(lstat("/proc/self", &b) == 0 && S_ISLNK(b.st_mode));
        EXPECT(stat("/dev/null", &b) == 0 && S_ISCHR(b.st_mode) && b.st_rdev == 0x103);
        EXPECT(syscall(SYS_fstat, fd, BAD) == -1 && errno == EFAULT);
        EXPECT(syscall(SYS_newfstatat, AT_FDCWD, name, BAD, 0) == -1 && errno == EFAULT);
        EXPECT(syscall(SYS_newfstatat, AT_FDCWD, BAD, &a, 0) == -1 && errno == EFAULT);
        EXPECT(syscall(SYS_newfstatat, AT_FDCWD, "/nowhere", &a, 0) == -1 && errno == ENOENT);
        EXPECT(syscall(SYS_newfstatat, AT_FDCWD, name, &a, 0x40000000) == -1 && errno == EINVAL);
        unlink(name);
        return 0;
}
