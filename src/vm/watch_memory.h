/* Which guests ran when `crossarm vm watch` last looked: kept in a file, so that a reboot during its own restart is not missed. */
#pragma once
#include "base/err.h"
#include "base/types.h"

/* The UUIDs in the file: malloced list of malloced texts, ended by NULL; empty when there is no file or it is damaged. */
char **watch_memory_load(const char *path);
void watch_memory_free(char **uuids);

/* Replace the file; one UUID a line. 0, or -1 and *e. */
int watch_memory_save(const char *path, const char *lines, struct err *e);
