/*
 * JSON written as one goes, indented by two spaces: json_open(), then values; inside of an object each with its key, inside of a list
 * with a NULL key.
 */
#pragma once
#include <stdio.h>

#include "base/types.h"

struct json {
        FILE *to;
        int depth;
        bool first; /* nothing stands at this depth yet */
};

void json_open(struct json *j, const char *key, char bracket);            /* '{' or '[' */
void json_close(struct json *j, char bracket);                            /* '}' or ']'; the outermost one ends the line */
void json_put_string(struct json *j, const char *key, const char *value); /* NULL gives null; broken UTF-8 becomes U+FFFD */
void json_put_bool(struct json *j, const char *key, bool value);
void json_put_number(struct json *j, const char *key, i64 value);
void json_put_decimal(struct json *j, const char *key, double value); /* with four digits behind the point */
