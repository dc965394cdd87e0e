/* The registry protocol (OCI distribution specification 1.0; docker's v2 API). */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/auth.h"
#include "image/http.h"
#include "image/ref.h"

struct registry;

/* Finds out how to speak to it (TLS or, on loopback and without verification, plain HTTP). NULL and *e. */
struct registry *registry_open(const struct ref *ref, bool push, const struct http_options *o, struct err *e);
void registry_close(struct registry *r);

/*
 * A request on a path below /v2/REPOSITORY/, or on a whole URL; authenticated, and tried again when that may help. q->url is set here.
 * 0 with whatever status but 401 and 403, or -1 and *e.
 */
int registry_do(struct registry *r, const char *path, struct http_request *q, struct http_reply *reply, struct err *e);

/* The sentence about a status that was not hoped for: "HOST does not have ... (404)", with the registry's own words. */
int registry_refused(struct registry *r, const char *what, const struct http_reply *reply, struct err *e);
