/* One registered handler, as its file below /proc/sys/fs/binfmt_misc tells it, and the line that registers it. */
#pragma once
#include "base/types.h"

#define BINFMT_DIR "/proc/sys/fs/binfmt_misc"

enum { HANDLER_MAGIC_MAX = 128 };

struct handler {
        char name[128], interpreter[512], flags[16];
        char extension[64]; /* "" for one that goes by magic */
        bool enabled;
        int offset, size; /* of magic and mask */
        u8 magic[HANDLER_MAGIC_MAX], mask[HANDLER_MAGIC_MAX];
};

struct handler_list {
        struct handler *at;
        size_t count;
};

/* The text of a handler's file; false when it is odd. */
bool handler_parse(const char *name, const char *text, struct handler *h);

/* Whether it takes a program that begins so; one that looks at fewer than 20 bytes (every ELF file) does not count. */
bool handler_takes(const struct handler *h, const u8 *head, size_t len);

/* The line to write to `register`. Malloced; NULL when no delimiter is left or the interpreter is no absolute path. */
char *handler_line(const struct handler *h);

/* Bytes as \xNN each. Malloced. */
char *handler_escaped(const u8 *bytes, int n);

/* All handlers below dir; an empty list when there are none or no binfmt_misc is mounted. */
void handler_list_read(const char *dir, struct handler_list *list);
void handler_list_free(struct handler_list *list);

/* Whether a binfmt_misc is mounted at dir. */
bool handler_dir_mounted(const char *dir);
