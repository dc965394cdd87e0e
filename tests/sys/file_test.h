/* What the tests of files, memory and exec share. */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

/* An address that no program has. */
#define BAD ((void *)0x10)

static inline long read_file(const char *path, char *buf, size_t cap)
{
        int fd = open(path, O_RDONLY);
        long n = 0, r;

        if (fd < 0)
                return -1;
        while ((r = read(fd, buf + n, cap - 1 - n)) > 0)
                n += r;
        buf[n] = 0;
        close(fd);
        return n;
}
