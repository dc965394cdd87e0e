#include "vm_bootdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/util.h"

size_t add_cpio(u8 *archive, size_t len, const char *name)
{
        u32 name_size = (u32)strlen(name) + 1;
        len += (size_t)sprintf((char *)archive + len, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s", 1, 0100644, 0, 0, 1,
                       0, 0, 0, 0, 0, 0, name_size, 0, name) +
               1;
        while (len % 4)
                archive[len++] = 0;
        return len;
}

size_t make_initrd(u8 archive[TEST_INITRD_MAX], const char *release)
{
        AUTO_FREE char *modules = format("usr/lib/modules/%s/kernel", release ? release : "");
        size_t len = add_cpio(archive, 0, "init");
        if (release)
                len = add_cpio(archive, len, modules);
        return add_cpio(archive, len, "TRAILER!!!");
}

static void write_file(int folder, const char *name, const void *data, size_t len)
{
        AUTO_CLOSE int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0 || write(fd, data, len) != (ssize_t)len) {
                perror(name);
                exit(1);
        }
}

void put_guest_file(int share, const char *name, u32 mode, const void *data, size_t len, bool beside)
{
        u8 raw[4] = { (u8)mode, (u8)(mode >> 8), (u8)(mode >> 16), (u8)(mode >> 24) };
        write_file(share, name, data, len);
        if (beside) {
                AUTO_FREE char *path = format(".virtfs_metadata/%s", name);
                AUTO_FREE char *text = format("virtfs.uid=0\nvirtfs.gid=0\nvirtfs.mode=%u\n", mode);
                mkdirat(share, ".virtfs_metadata", 0700);
                write_file(share, path, text, strlen(text));
                return;
        }
        AUTO_CLOSE int fd = openat(share, name, O_RDONLY | O_CLOEXEC);
        if (fsetxattr(fd, "user.virtfs.mode", raw, sizeof raw, 0) < 0) {
                perror("user.virtfs.mode");
                exit(1);
        }
}
