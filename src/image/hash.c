#include "image/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <openssl/evp.h>

struct hash {
        EVP_MD_CTX *ctx;
        const char *algorithm;
};

struct hash *hash_new(const char *algorithm)
{
        struct hash *h = malloc(sizeof *h);
        if (!h)
                abort();
        *h = (struct hash){ .ctx = EVP_MD_CTX_new(), .algorithm = algorithm };
        if (!h->ctx || !EVP_DigestInit_ex(h->ctx, EVP_get_digestbyname(algorithm), NULL))
                abort();
        return h;
}

void hash_add(struct hash *h, const void *data, size_t len)
{
        if (!EVP_DigestUpdate(h->ctx, data, len))
                abort();
}

struct digest hash_end(struct hash *h)
{
        unsigned char md[EVP_MAX_MD_SIZE];
        unsigned len = 0;
        struct digest d = { 0 };
        if (!EVP_DigestFinal_ex(h->ctx, md, &len))
                abort();
        int at = snprintf(d.text, sizeof d.text, "%s:", h->algorithm);
        for (unsigned i = 0; i < len; i++)
                at += snprintf(d.text + at, sizeof d.text - (size_t)at, "%02x", md[i]);
        hash_drop(h);
        return d;
}

void hash_drop(struct hash *h)
{
        if (h)
                EVP_MD_CTX_free(h->ctx);
        free(h);
}

struct digest hash_of(const void *data, size_t len)
{
        struct hash *h = hash_new("sha256");
        hash_add(h, data, len);
        return hash_end(h);
}
