/*
 * The files that facts are read from: this machine's, a folder with a captured tree, or a captured tree as a tar file. Paths begin with
 * a slash. With `record` every answer is kept, so that what is written by hw_tree_write() answers the same reader the same way.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

struct hw_entry {
        char *path;
        u8 *data;
        size_t size;
        bool folder, denied; /* a folder or a name only; a file that may not be read */
};

struct hw_tree {
        int root_fd; /* of this machine or of the folder; -1: the entries are all there is */
        bool live, record;
        struct hw_entry *entries; /* of a tar file: sorted by path */
        size_t count, room;
};

/* The largest file that is read: DMI tables of big machines are below 1 MiB, /proc/cpuinfo of 4096 CPUs below 8. */
enum { HW_FILE_MAX = 16 << 20 };

/* The largest capture: a CPU takes some 30 KiB of it. */
enum { HW_TAR_MAX = 512 << 20 };

/* Open a tree: NULL is this machine, else a folder or a tar file. 0, or -1 with a sentence. */
int hw_tree_open(struct hw_tree *t, const char *path, struct err *e);

/* The same of a tar file in memory; what is malformed ends it with a sentence. */
int hw_tree_from_tar(struct hw_tree *t, const u8 *tar, size_t size, struct err *e);
void hw_tree_close(struct hw_tree *t);

/* A whole file, with a zero behind it; malloced. NULL with errno: EACCES is kept apart from ENOENT in captures, too. */
char *hw_tree_read(struct hw_tree *t, const char *path, size_t *size);

/* The same for a text file of one line, without spaces at its ends; NULL also when nothing is left. The path is a format. */
char *hw_tree_line(struct hw_tree *t, const char *path, ...) PRINTF_LIKE(2, 3);

/* The line as a number: decimal, or hexadecimal after 0x; an optional K, M, G behind it multiplies. False when there is none. */
bool hw_tree_number(struct hw_tree *t, u64 *value, const char *path, ...) PRINTF_LIKE(3, 4);

bool hw_tree_exists(struct hw_tree *t, const char *path);

/* The sorted names in a folder, with NULL behind them; never NULL itself. The names are in the same block: one free(). */
char **hw_tree_list(struct hw_tree *t, const char *path);

/* Write what was recorded as a tar file. 0, or -1 with errno. */
int hw_tree_write(struct hw_tree *t, int fd);

/* Replace what was recorded for `path` (malloced; the tree's from now on). */
void hw_tree_put(struct hw_tree *t, const char *path, u8 *data, size_t size);

/* The text of a number as hw_tree_number() reads it. */
bool hw_parse_number(const char *text, u64 *value);
