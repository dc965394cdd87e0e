/* Files mapped for execution: what the run-time has to know to keep their translations (run/module.h). */
#pragma once
#include "engine/linux/linux.h"
#include "engine/run/module.h"

/*
 * What says that the file behind fd is still the same. False: it is no regular file, its file system keeps no exact change times, or it was
 * changed so short ago that another change might leave no trace in them.
 */
bool mapped_file_id(int fd, struct file_id *id);

/* The guest mapped [start, start + len) from offset of fd. Nothing happens unless it is text: executable, private, not to be written. */
void mapped_file(struct process *p, int fd, gaddr start, u64 len, u64 offset, u64 prot, u64 flags);

/* The folder for translations: what the option says, else the first of the usual ones that is there; NULL for none. `buf` may hold it. */
const char *mapped_file_code_dir(const struct options *o, char *const *envp, char *buf, size_t size);
