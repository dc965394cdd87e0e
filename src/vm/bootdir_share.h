/*
 * The folder on the host that a guest has as its /boot. Everything in it is the guest's: names, contents, metadata, and all of it may
 * change while one looks. Nothing outside of it is ever opened: openat2() with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_XDEV;
 * the guest's links are followed by reading them, never by the kernel. Only what fstat() calls a regular file is opened for reading, so
 * that no FIFO or device is touched.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <sys/stat.h>

enum bootdir_kind { BOOTDIR_FILE, BOOTDIR_FOLDER, BOOTDIR_LINK };

struct bootdir_file {
        int fd; /* open for reading when a file or link, else -1 */
        enum bootdir_kind kind;
        struct stat st; /* on the host */
};

enum {
        BOOTDIR_PATH_MAX = 4096,
        BOOTDIR_ENTRIES_MAX = 4096,
        BOOTDIR_LINKS_MAX = 40, /* as in Linux */
};

/* The folder at `path`, which may be reached by links: it is the host administrator's. A file descriptor, or -1 and *e. */
int bootdir_open(const char *path, struct err *e);

/*
 * What is at `path`, relative to the share and without "..". 1 and *f (close f->fd); 0 when there is nothing; -1 and *e when it is
 * something that a /boot does not have: a link of the host, a FIFO, a device, damaged metadata.
 */
int bootdir_look(int share, const char *path, struct bootdir_file *f, struct err *e);

/*
 * Follow the guest's links from `name`, as the guest would: /boot is the share, ".." stays in the guest's root. 1, *f and the path of the
 * file below the share (BOOTDIR_PATH_MAX bytes); 0 when there is no `name`; -1 and *e: it is no file in the end, leads out, dangles or
 * turns in a circle.
 */
int bootdir_follow(int share, const char *name, struct bootdir_file *f, char *path, struct err *e);

/* Call each() with the names in the share itself until it returns non-zero. 0, or what each() returned, or -1 and *e: more than
 * BOOTDIR_ENTRIES_MAX. */
int bootdir_each(int share, int (*each)(void *to, const char *name), void *to, struct err *e);

/* A name of the guest's as it may be printed: control and non-ASCII bytes as ?, cut at 120. */
struct bootdir_shown {
        char text[124];
};
struct bootdir_shown bootdir_shown(const char *name);
