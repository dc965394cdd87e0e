/* "sha256:HEX" as the OCI image specification has it (descriptor.md): checked text that is safe as a file name. */
#pragma once
#include "base/types.h"

struct digest {
        char text[136]; /* "sha256:" or "sha512:", then lower-case hex of exactly that length; "" for none */
};

/* False when the text is anything but a digest of one of the two kinds. */
bool digest_parse(const char *text, struct digest *d);

bool digest_equal(const struct digest *a, const struct digest *b);

/* The hex digits, and the name of the algorithm. */
const char *digest_hex(const struct digest *d);
const char *digest_algorithm(const struct digest *d);
