#include "image/digest.h"

#include <string.h>

static const struct {
        const char *name, *prefix;
        size_t digits;
} kinds[] = { { "sha256", "sha256:", 64 }, { "sha512", "sha512:", 128 } };

enum { PREFIX = 7 };

bool digest_parse(const char *text, struct digest *d)
{
        *d = (struct digest){ 0 };
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
                if (strncmp(text, kinds[i].prefix, PREFIX) || strlen(text) != PREFIX + kinds[i].digits)
                        continue;
                if (strspn(text + PREFIX, "0123456789abcdef") != kinds[i].digits)
                        return false;
                strcpy(d->text, text);
                return true;
        }
        return false;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
        return a->text[0] && !strcmp(a->text, b->text);
}

const char *digest_hex(const struct digest *d)
{
        return d->text[0] ? d->text + PREFIX : "";
}

const char *digest_algorithm(const struct digest *d)
{
        return strncmp(d->text, kinds[1].prefix, PREFIX) ? kinds[0].name : kinds[1].name;
}
