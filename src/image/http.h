/* One HTTP request at a time, by libcurl: time limits, redirects, and bodies that go into a sink or into bounded memory. */
#pragma once
#include "base/types.h"
#include "image/bytes.h"

struct http;

struct http_options {
        bool no_verify;      /* take any TLS certificate */
        u32 stall_seconds;   /* without a byte: the server counts as stalled */
        const char *ca_file; /* who may sign its certificate instead of the system's authorities; NULL: SSL_CERT_FILE, or those */
};

/* A handle; not to be used by two threads at once. */
struct http *http_new(const struct http_options *o);
void http_free(struct http *h);

struct http_request {
        const char *method; /* GET, HEAD, POST, PUT, PATCH */
        const char *url;
        const char *accept;        /* or NULL */
        const char *bearer;        /* a token, or NULL */
        const char *user_password; /* "USER:PASSWORD" for Basic, or NULL */
        const char *content_type;  /* of the body */
        const char *body;          /* sent when not NULL, up to body_len */
        size_t body_len;
        int upload_fd; /* sent when upload_size is not 0 or upload is true, from its start */
        u64 upload_size;
        bool upload;
        u64 from; /* ask for the bytes from here on */
        /*
         * Takes the body of a 200 or 206 answer; `from` is the place of the first byte of that body, -1 when a 206 does not say it.
         * Anything but 0 ends the transfer.
         */
        int (*sink)(void *arg, i64 from, const void *data, size_t len);
        void *sink_arg;
        size_t max_body; /* of an answer that goes to memory; 0: 64 KiB */
};

struct http_reply {
        long status;                               /* 0: there was no answer, see `why` */
        char *content_type, *location, *challenge; /* "" when not sent; location is absolute */
        u32 retry_after;                           /* seconds */
        struct bytes body;
        bool retry;   /* trying again may help: the connection broke, the server was slow or busy */
        bool stalled; /* it sent nothing for too long */
        bool no_tls;  /* the server does not speak TLS */
        bool refused; /* the sink ended it */
        char why[256];
};

#define AUTO_REPLY __attribute__((cleanup(http_reply_free)))

/* True when there was an answer that ended well, whatever its status. */
bool http_do(struct http *h, const struct http_request *q, struct http_reply *r);
void http_reply_free(struct http_reply *r);
