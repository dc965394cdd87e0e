/* Who the user is for a registry: the files that docker login, podman login and skopeo login write, and credential helpers. */
#pragma once
#include "base/types.h"
#include "base/err.h"

struct credentials {
        char *user, *password; /* NULL: none */
        char *identity;        /* an OAuth2 refresh token instead of a password, or NULL */
        char *from;            /* the file, for messages */
};

/*
 * What the user's files say for this host ("docker.io", "127.0.0.1:5000") and repository: REGISTRY_AUTH_FILE,
 * $XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json, $DOCKER_CONFIG/config.json, ~/.docker/config.json, in this order.
 * 0, none found included; -1 when a file or helper that has to answer is broken.
 */
int credentials_find(const char *host, const char *repository, struct credentials *c, struct err *e);

/* From the text of one such file. 1 when it has an entry, 0 when not, -1 and *e. */
int credentials_read(
        const char *json, size_t len, const char *file, const char *host, const char *repository, struct credentials *c, struct err *e);
void credentials_free(struct credentials *c);

/* The parts of a WWW-Authenticate header (RFC 9110): Bearer realm="...",service="...",scope="...". */
struct challenge {
        bool bearer;
        char realm[1024], service[256], scope[512];
};

/* False when it is neither Basic nor Bearer, or cut off. */
bool challenge_parse(const char *header, struct challenge *c);
