/* Program text that assumes x86. doc/audit.md tells how false alarms are kept out. */
#pragma once
#include "audit/artefact.h"

enum { SOURCE_MAX = 4 << 20 };

bool source_wanted(const char *path);

/* Findings go to the artefact; so does what the whole tree is judged by afterwards. */
void source_scan(struct artefact *a, const char *path, const char *text, size_t len);

/* After all files: findings that a twin elsewhere in the tree answers are taken back. */
void source_finish(struct artefact *a);

/* Take back all findings about sources. */
void source_forget(struct artefact *a);

/* A file by which a source tree is known (Makefile, configure, go.mod...), at most `levels` folders down. */
bool source_is_build_file(const char *path, int levels);
