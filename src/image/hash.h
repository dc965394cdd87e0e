/* Digests of what goes by, by OpenSSL's EVP. */
#pragma once
#include "base/types.h"
#include "image/digest.h"

struct hash;

/* `algorithm` is "sha256" or "sha512". Never NULL. */
struct hash *hash_new(const char *algorithm);
void hash_add(struct hash *h, const void *data, size_t len);

/* The digest of all that was added; the hash is freed. */
struct digest hash_end(struct hash *h);
void hash_drop(struct hash *h);

struct digest hash_of(const void *data, size_t len); /* sha256 */
