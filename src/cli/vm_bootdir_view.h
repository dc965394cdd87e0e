/* What `crossarm vm bootdir` prints. */
#pragma once
#include "vm/bootdir_store.h"

/* What `resolve` found in `share`, and took for the guest `name` (NULL: took for none). */
void bootdir_view_update(const char *share, const char *name, const struct bootdir_update *u);
void bootdir_view_update_json(const char *share, const char *name, const struct bootdir_update *u);

/* Every entry of the share and the pair (NULL: none, and *why). 0, or -1 and *e. */
int bootdir_view_check(int share, const char *path, const struct bootdir_found *found, const struct err *why, bool json, struct err *e);

/* What is kept of the guest `name` (NULL: of all). 0, or -1 and *e. */
int bootdir_view_status(const char *root, const char *name, const char *hooks, bool json, struct err *e);
