/* From bytes to artefacts: what a stream is, and what is in it, to any depth. */
#pragma once
#include "audit/artefact.h"
#include "audit/stream.h"

enum { DEPTH_MAX = 16 };

/* Counted by all threads while they work; whoever shows progress reads them. */
struct audit_progress {
        _Atomic u64 files, bytes; /* looked at, members of archives included; bytes of input read */
        u64 total_bytes;          /* of the input; 0 while it is not known */
};

struct walk {
        struct budget budget;
        struct audit_progress *progress;
        bool sources; /* read program text, too */
        bool whole;   /* the last member was read to its last byte */
        bool failed;  /* something could not be read: the error is with its artefact */
};

/* A walk over a target of `size` bytes: what unpacking it may cost follows from that. */
struct walk walk_new(u64 size, bool sources, struct audit_progress *progress);

/* Look at one file of artefact `a`: `path` is where it lies in `a`. */
void walk_stream(struct walk *w, struct artefact *a, struct stream *s, const char *path, int depth);
