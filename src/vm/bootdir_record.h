/* What is kept about a pair beside it: pair.json. */
#pragma once
#include "vm/bootdir_take.h"

/* 0, or -1 with errno. */
int bootdir_record_write(int folder, const char *path, const struct bootdir_found *found, i64 taken_at);

/* 0, or -1 when there is none or it is damaged. taken_at may be NULL. */
int bootdir_record_read(int folder, const char *path, struct bootdir_found *found, i64 *taken_at);
