/* From bytes to artefacts: what a stream is, and what is in it, to any depth. */
#pragma once
#include "audit/artefact.h"
#include "audit/kind.h"
#include "audit/spool.h"
#include "audit/stream.h"

enum { DEPTH_MAX = 16 };

/* Counted by all threads while they work; whoever shows progress reads them. */
struct audit_progress {
        _Atomic u64 files, bytes; /* looked at, members of archives included; bytes of input read */
        u64 total_bytes;          /* of the input; 0 while it is not known */
};

struct walk {
        struct budget budget;
        struct spool spool;
        struct audit_progress *progress;
        bool sources; /* read program text, too */
        bool whole;   /* the last member was read to its last byte */
        bool failed;  /* something could not be read: the error is with its artefact */
};

/* A walk over a target of `size` bytes: what unpacking it may cost follows from that. */
struct walk walk_new(u64 size, bool sources, const char *scratch, struct audit_progress *progress);

/* Where a stream of its input counts; NULL without progress. */
static inline _Atomic u64 *walk_bytes(const struct walk *w)
{
        return w->progress ? &w->progress->bytes : NULL;
}

/* Look at one file of artefact `a`: `path` is where it lies in `a`. */
void walk_stream(struct walk *w, struct artefact *a, struct stream *s, const char *path, int depth);

/* The same when it is known what it is. */
void walk_kinded(struct walk *w, struct artefact *a, struct stream *s, enum kind k, const char *path, int depth);

/* What is to come of the stream; nothing is taken. OTHER when it cannot be read. */
enum kind walk_kind(struct stream *s);

/* An error of the artefact; none below a folder of tests, where broken archives are on purpose. */
void walk_fail(struct walk *w, struct artefact *a, const char *path, const char *text);

/* `what` at this place is not looked into. */
void walk_not_read(struct artefact *a, const char *path, const char *what);

/* What the file name promises about what is inside. A name that only contains a word, such as gcc-x86-64, promises nothing. */
void walk_claim_by_name(struct artefact *part, const char *path);
