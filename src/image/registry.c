#include "image/registry.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <curl/curl.h>

#include "base/util.h"
#include "image/json.h"

enum { TRIES = 4, HANDLES = 8 };

struct registry {
        const struct ref *ref;
        bool push;
        struct http_options options;
        char *base;    /* "https://HOST" */
        char *ca_file; /* that docker or podman would use for it, or NULL */
        struct credentials who;
        pthread_mutex_t lock; /* of what follows */
        char *token;          /* of the last challenge; NULL: none yet */
        bool basic;           /* the registry wants user and password with each request */
        struct http *idle[HANDLES];
};

static struct http *take_handle(struct registry *r)
{
        struct http *h = NULL;
        pthread_mutex_lock(&r->lock);
        for (size_t i = 0; i < HANDLES && !h; i++) {
                h = r->idle[i];
                r->idle[i] = NULL;
        }
        pthread_mutex_unlock(&r->lock);
        return h ? h : http_new(&r->options);
}

static void give_handle(struct registry *r, struct http *h)
{
        pthread_mutex_lock(&r->lock);
        for (size_t i = 0; i < HANDLES && h; i++) {
                if (r->idle[i])
                        continue;
                r->idle[i] = h;
                h = NULL;
        }
        pthread_mutex_unlock(&r->lock);
        http_free(h);
}

void registry_close(struct registry *r)
{
        for (size_t i = 0; r && i < HANDLES; i++)
                http_free(r->idle[i]);
        if (r) {
                credentials_free(&r->who);
                pthread_mutex_destroy(&r->lock);
                free(r->base);
                free(r->ca_file);
                free(r->token);
        }
        free(r);
}

static char *escaped(const char *text)
{
        char *e = curl_easy_escape(NULL, text, 0);
        char *copy = format("%s", e ? e : "");
        curl_free(e);
        return copy;
}

static char *user_password(const struct registry *r)
{
        return r->who.user && r->who.password ? format("%s:%s", r->who.user, r->who.password) : NULL;
}

static int denied(const struct registry *r, const char *how, struct err *e)
{
        const char *host = r->ref->host;
        if (r->who.from)
                return err_set(e, 126,
                        "%s does not let the user of %s %s %s (%s); log in again with `podman login %s` or `docker login %s`", host,
                        r->who.from, r->push ? "push to" : "pull", r->ref->path, how, host, host);
        return err_set(e, 126,
                "%s does not let us %s %s without a login (%s), or does not have it; log in with `podman login %s` or `docker login %s`",
                host, r->push ? "push to" : "pull", r->ref->path, how, host, host);
}

/* Ask the token server (docker's token specification; OAuth2 when we have a refresh token). */
static int fetch_token(struct registry *r, struct http *h, const struct challenge *c, struct err *e)
{
        AUTO_FREE char *own = format("repository:%s:%s", r->ref->path, r->push ? "pull,push" : "pull");
        AUTO_FREE char *scope = escaped(c->scope[0] ? c->scope : own), *service = escaped(c->service);
        AUTO_FREE char *pair = user_password(r), *url = NULL, *form = NULL;
        struct http_request q = { .method = "GET", .user_password = pair, .max_body = 1 << 20 };
        if (r->who.identity) {
                AUTO_FREE char *identity = escaped(r->who.identity);
                form = format("grant_type=refresh_token&client_id=crossarm&service=%s&scope=%s&refresh_token=%s", service, scope, identity);
                q = (struct http_request){ .method = "POST",
                        .body = form,
                        .body_len = strlen(form),
                        .max_body = 1 << 20,
                        .content_type = "application/x-www-form-urlencoded" };
                url = format("%s", c->realm);
        } else {
                url = format("%s%sservice=%s&scope=%s", c->realm, strchr(c->realm, '?') ? "&" : "?", service, scope);
        }
        q.url = url;
        AUTO_REPLY struct http_reply reply = { 0 };
        /* A registry on TLS must not make us send the password in the clear. */
        if (!strncmp(r->base, "https:", 6) && strncmp(url, "https:", 6))
                return err_set(e, 126, "%s sends us to %s for a token, which is no https address; not done", r->ref->host, c->realm);
        if (!http_do(h, &q, &reply))
                return err_set(e, 126, "cannot get a token for %s from %s: %s", r->ref->host, c->realm, reply.why);
        if (reply.status == 401 || reply.status == 403)
                return denied(r, "the token server refused", e);
        if (reply.status != 200)
                return err_set(
                        e, 126, "cannot get a token for %s from %s: it answered with status %ld", r->ref->host, c->realm, reply.status);
        AUTO_JSON json_t *j = json_object_of(reply.body.data, reply.body.len, "the token server's answer", e);
        if (!j)
                return -1;
        const char *token = *json_text(j, "token") ? json_text(j, "token") : json_text(j, "access_token");
        if (!*token)
                return err_set(e, 126, "the token server %s sent no token", c->realm);
        pthread_mutex_lock(&r->lock);
        free(r->token);
        r->token = format("%s", token);
        pthread_mutex_unlock(&r->lock);
        return 0;
}

/* What a 401 asks for. 0: try again with it. */
static int answer_challenge(struct registry *r, struct http *h, const struct http_reply *reply, struct err *e)
{
        struct challenge c;
        if (!challenge_parse(reply->challenge, &c))
                return err_set(e, 126, "%s wants a login of a kind that is not known here: '%.100s'", r->ref->host, reply->challenge);
        if (c.bearer)
                return fetch_token(r, h, &c, e);
        if (!r->who.user || !r->who.password)
                return denied(r, "it wants a user and a password", e);
        pthread_mutex_lock(&r->lock);
        bool known = r->basic;
        r->basic = true;
        pthread_mutex_unlock(&r->lock);
        return known ? denied(r, "user and password are not right", e) : 0;
}

static void wait_before_retry(int attempt, const struct http_reply *reply)
{
        u32 seconds = reply->retry_after ? reply->retry_after : 1u << attempt;
        struct timespec t = { .tv_sec = seconds > 30 ? 30 : seconds, .tv_nsec = 0 };
        nanosleep(&t, NULL);
}

/* The same machine and way of speaking: only there our token goes. */
static bool own_url(const struct registry *r, const char *url)
{
        size_t n = strlen(r->base);
        return !strncmp(url, r->base, n) && (url[n] == '/' || !url[n]);
}

static bool ask_once(struct registry *r, struct http *h, struct http_request *q, struct http_reply *reply)
{
        AUTO_FREE char *pair = NULL, *token = NULL;
        pthread_mutex_lock(&r->lock);
        token = r->token && own_url(r, q->url) ? format("%s", r->token) : NULL;
        pair = r->basic && own_url(r, q->url) ? user_password(r) : NULL;
        pthread_mutex_unlock(&r->lock);
        q->bearer = token;
        q->user_password = pair;
        bool ok = http_do(h, q, reply);
        q->bearer = q->user_password = NULL;
        return ok;
}

int registry_do(struct registry *r, const char *path, struct http_request *q, struct http_reply *reply, struct err *e)
{
        AUTO_FREE char *url = strstr(path, "://") ? format("%s", path) : format("%s/v2/%s/%s", r->base, r->ref->path, path);
        struct http *h = take_handle(r);
        int bad = 0;
        bool challenged = false;
        q->url = url;
        for (int attempt = 0;; attempt++) {
                bool ok = ask_once(r, h, q, reply);
                if (ok && reply->status == 401 && !challenged) {
                        challenged = true;
                        bad = answer_challenge(r, h, reply, e);
                        http_reply_free(reply);
                        if (bad)
                                break;
                        continue;
                }
                if (ok && (reply->status == 401 || reply->status == 403)) {
                        bad = denied(r, reply->status == 401 ? "status 401" : "status 403", e);
                        break;
                }
                /* A download knows itself how far it came and what to do. */
                if (reply->refused || q->sink || !reply->retry || attempt + 1 >= TRIES) {
                        if (!ok && !q->sink)
                                bad = err_set(e, 126, "cannot reach the registry %s: %s", r->ref->host, reply->why);
                        break;
                }
                wait_before_retry(attempt, reply);
                http_reply_free(reply);
        }
        give_handle(r, h);
        q->url = NULL;
        return bad;
}

int registry_refused(struct registry *r, const char *what, const struct http_reply *reply, struct err *e)
{
        struct err ignored;
        AUTO_JSON json_t *j = reply->body.len ? json_object_of(reply->body.data, reply->body.len, "", &ignored) : NULL;
        const char *words = json_text(json_array_get(json_object_get(j, "errors"), 0), "message");
        if (reply->status == 404)
                return err_set(e, 127, "the registry %s does not have %s%s%.160s", r->ref->host, what, *words ? ": " : "", words);
        return err_set(e, 126, "the registry %s answered with status %ld for %s%s%.160s", r->ref->host, reply->status, what,
                *words ? ": " : "", words);
}

static bool on_loopback(const char *host)
{
        return !strncmp(host, "127.", 4) || !strncmp(host, "[::1]", 5) || !strcmp(host, "localhost") || !strncmp(host, "localhost:", 10);
}

/* The one request without a name: it tells how to speak with the registry, and what it asks for first. */
static int greet(struct registry *r, struct err *e)
{
        const char *host = strcmp(r->ref->host, "docker.io") ? r->ref->host : "registry-1.docker.io";
        bool plain_allowed = on_loopback(host) || r->options.no_verify;
        struct http *h = take_handle(r);
        int bad = -1;
        for (int plain = 0; bad && plain <= plain_allowed; plain++) {
                free(r->base);
                r->base = format("%s://%s", plain ? "http" : "https", host);
                AUTO_FREE char *url = format("%s/v2/", r->base);
                struct http_request q = { .method = "GET", .url = url };
                AUTO_REPLY struct http_reply reply = { 0 };
                bool ok = http_do(h, &q, &reply);
                if (ok && reply.status == 404)
                        err_set(e, 126, "%s is no image registry: it does not know /v2/", r->ref->host);
                else if (ok)
                        bad = 0; /* 401 as well: what it wants is seen with the first real request */
                else
                        err_set(e, 126, "cannot reach the registry %s: %s%s", r->ref->host, reply.why,
                                reply.no_tls && !plain_allowed ? "; --tls-verify=false allows plain HTTP" : "");
                if (!ok && !reply.no_tls)
                        break;
        }
        give_handle(r, h);
        return bad;
}

/* As containers-certs.d(5) has it. */
static char *find_ca_file(const char *host)
{
        const char *home = getenv("HOME");
        AUTO_FREE char *own = format("%s/.config/containers", home ? home : "");
        const char *const folders[] = { own, "/etc/containers", "/etc/docker" };
        for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
                char *path = format("%s/certs.d/%s/ca.crt", folders[i], host);
                if (access(path, R_OK) == 0)
                        return path;
                free(path);
        }
        return NULL;
}

struct registry *registry_open(const struct ref *ref, bool push, const struct http_options *o, struct err *e)
{
        struct registry *r = calloc(1, sizeof *r);
        if (!r)
                abort();
        r->ref = ref;
        r->push = push;
        r->options = *o;
        r->options.ca_file = r->ca_file = find_ca_file(ref->host);
        pthread_mutex_init(&r->lock, NULL);
        if (credentials_find(ref->host, ref->path, &r->who, e) == 0 && greet(r, e) == 0)
                return r;
        registry_close(r);
        return NULL;
}
