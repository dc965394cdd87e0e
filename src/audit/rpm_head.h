/* The head of an RPM package (RPM's doc/manual/format.md): lead, signature, header; the payload follows. */
#pragma once
#include "audit/stream.h"

struct rpm_head {
        char name[128], arch[32]; /* "" when not said */
        bool source;
};

/* Takes the head from the stream, which is then at the payload. 0, or -1 and *e. */
int rpm_head_read(struct stream *s, struct rpm_head *r, struct err *e);
