/* What images are read through: jansson, with the limits for text from outside. Nothing here trusts a type. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/bytes.h"

#include <jansson.h>

#define AUTO_JSON __attribute__((cleanup(json_unref_var)))
void json_unref_var(json_t **j);

/* An object. `what` names it in the sentence, "the manifest of ..."; NULL and *e when it is not one. */
json_t *json_object_of(const char *data, size_t len, const char *what, struct err *e);

/* A member's text, "" when it is missing or of another type. Lives as long as the object. */
const char *json_text(const json_t *object, const char *key);

/* A member that has to be a number not below zero. */
bool json_u64(const json_t *object, const char *key, u64 *value);

/* The strings of a list, NULL-terminated, malloced in one piece each; NULL when the member is no list. */
char **json_texts(const json_t *object, const char *key);
void texts_free(char **texts);

/* The object's text, compact, keys in the order they were set. */
struct bytes json_bytes(const json_t *object);
