/* Zero-terminated text. */
#pragma once
#include "base/types.h"

size_t str_len(const char *s);
int str_cmp(const char *a, const char *b);
bool str_eq(const char *a, const char *b);

/* The first `c` in s, or NULL; the last one. The terminator is never found. */
char *str_chr(const char *s, int c);
char *str_rchr(const char *s, int c);

/* What follows `prefix` in s, or NULL when s does not start with it. */
const char *str_after(const char *s, const char *prefix);

/* Copy with cutting at cap - 1 bytes; always terminated when cap > 0. Returns the length of src. */
size_t str_copy(char *dst, size_t cap, const char *src);

/* Append in the same way to the text already in dst. Returns the length that was wanted. */
size_t str_append(char *dst, size_t cap, const char *src);

/* A number in base 10, or 16 after 0x. False when it is not one, has a rest or overflows. */
bool str_u64(const char *s, u64 *value);

/* The value of NAME in an environment vector, or NULL. */
const char *env_get(char *const *envp, const char *name);
