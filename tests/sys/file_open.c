/* Open flags: O_DIRECTORY, O_NOFOLLOW, O_DIRECT and O_LARGEFILE are other bits than on x86. */
#include "file_test.h"
#include <linux/openat2.h>

int main(void)
{
        char name[] = "/tmp/file_open.XXXXXX", link[64];
        struct open_how how = { .flags = O_RDONLY | O_DIRECTORY };
        int fd = mkstemp(name), p[2];

        EXPECT(fd >= 0);
        snprintf(link, sizeof link, "%s.link", name);
        EXPECT(symlink(name, link) == 0);
        EXPECT(open(name, O_RDONLY | O_DIRECTORY) == -1 && errno == ENOTDIR);
        EXPECT(open(link, O_RDONLY | O_NOFOLLOW) == -1 && errno == ELOOP);
        EXPECT((fd = open("/tmp", O_RDONLY | O_DIRECTORY)) >= 0);
        EXPECT((fcntl(fd, F_GETFL) & (O_DIRECTORY | O_ACCMODE)) == O_DIRECTORY);
        EXPECT((fd = open(name, O_RDWR | O_APPEND)) >= 0);
        EXPECT((fcntl(fd, F_GETFL) & ~0400000) == (O_RDWR | O_APPEND));
        EXPECT(fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && (fcntl(fd, F_GETFL) & ~0400000) == (O_RDWR | O_NONBLOCK));
        EXPECT((fd = open("/tmp", O_TMPFILE | O_RDWR, 0600)) >= 0 || errno == EOPNOTSUPP);
        EXPECT(pipe2(p, O_DIRECT | O_CLOEXEC) == 0);
        EXPECT(fcntl(p[1], F_GETFL) & O_DIRECT && fcntl(p[1], F_GETFD) == FD_CLOEXEC);
        EXPECT(write(p[1], "ab", 2) == 2 && write(p[1], "c", 1) == 1 && read(p[0], link + 60, 3) == 2);
        EXPECT(syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof how) == -1 && errno == ENOTDIR);
        EXPECT(syscall(SYS_openat2, AT_FDCWD, "/tmp", &how, sizeof how) >= 0);
        EXPECT(syscall(SYS_openat2, AT_FDCWD, "/tmp", &how, 8) == -1 && errno == EINVAL);
        EXPECT(syscall(SYS_openat, AT_FDCWD, BAD, O_RDONLY) == -1 && errno == EFAULT);
        snprintf(link, sizeof link, "%s.link", name);
        unlink(link);
        unlink(name);
        return 0;
}
