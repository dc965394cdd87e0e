/* JSON from outside (descriptors, answers of QEMU): jansson with limits. No type is trusted: what is of another type reads as missing. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <jansson.h>

#define AUTO_JSN __attribute__((cleanup(jsn_free_var)))
void jsn_free_var(json_t **j);

/* An object, or NULL and *e with code 2. `what` begins the sentence. */
json_t *jsn_parse(const char *text, size_t len, const char *what, struct err *e);

/* A member's text, NULL when there is none; the text at the end of a path of members: jsn_at(j, "mapping", "executable", NULL). */
const char *jsn_text(const json_t *object, const char *key);
json_t *jsn_at(const json_t *object, const char *key, ...) __attribute__((sentinel));
