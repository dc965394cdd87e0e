/* ext2, ext3 and ext4, by libext2fs. */
#pragma once
#include "fs/visit.h"

struct ext;

bool ext_is(const u8 *head, size_t len);

/* `name` is for messages. The volume has to stay open. NULL and *e. */
struct ext *ext_open(struct volume *v, const char *name, struct err *e);
void ext_close(struct ext *x);

/* Inodes in use: about how many entries will come. */
u64 ext_entries(const struct ext *x);

/* Each entry but lost+found, depth first. Once for each open. 0, or -1 and *e, which is the visitor's or names what is damaged. */
int ext_walk(struct ext *x, const struct fs_visitor *to, struct err *e);
