/* What the programs of an image are made for, against what the image says. Fed layer by layer; nothing has to be unpacked for it. */
#pragma once
#include "base/types.h"
#include "image/json.h"
#include "image/platform.h"

enum { TRUTH_HEAD = 20, TRUTH_MACHINES = 8, TRUTH_NAMES = 5 };

struct truth;

struct truth *truth_new(void);
void truth_free(struct truth *t);

/* Things of the layers below the current one can be hidden by it. */
void truth_next_layer(struct truth *t);

/* A regular file and its first bytes. What was at this path before is gone. */
void truth_file(struct truth *t, const char *path, const void *head, size_t len);

/* A whiteout: the path and all below it, as lower layers had it. An opaque folder: only what is below. */
void truth_hide(struct truth *t, const char *path, bool itself);

struct verdict {
        struct platform said;
        struct {
                u16 machine;
                u32 files;
        } count[TRUTH_MACHINES]; /* programs and libraries, the most first */
        u32 machines, files;     /* of all */
        u16 machine;             /* what most are; 0 when there are none */
        bool lies;               /* most are for another machine than was said */
        char *offender[TRUTH_NAMES];
        u32 offenders; /* how many of the names are there */
};

#define AUTO_VERDICT __attribute__((cleanup(verdict_free)))

void truth_judge(const struct truth *t, const struct platform *said, struct verdict *v);
void verdict_free(struct verdict *v);

/* "says linux/arm64, but 37 of its 40 programs and libraries are for amd64: /bin/ls, ..." Malloced; NULL when it does not lie. */
char *verdict_sentence(const struct verdict *v);

/* {"said": "linux/arm64", "lies": false, "is": "arm64", "files": {"arm64": 40}, "offenders": [...]} */
json_t *verdict_json(const struct verdict *v);
