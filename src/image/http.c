#include "image/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <curl/curl.h>

#include "base/util.h"

enum { CONNECT_SECONDS = 20, BODY_MAX = 64 << 10, REDIRECTS_MAX = 8 };

struct http {
        CURL *curl;
        struct http_options options;
        /* of the request that runs */
        const struct http_request *q;
        struct http_reply *r;
        i64 content_from;
        u64 sent;
};

struct http *http_new(const struct http_options *o)
{
        struct http *h = calloc(1, sizeof *h);
        if (!h || !(h->curl = curl_easy_init()))
                abort();
        h->options = *o;
        return h;
}

void http_free(struct http *h)
{
        if (h)
                curl_easy_cleanup(h->curl);
        free(h);
}

void http_reply_free(struct http_reply *r)
{
        free(r->content_type);
        free(r->location);
        free(r->challenge);
        bytes_free(&r->body);
        *r = (struct http_reply){ 0 };
}

static bool keep_header(const char *line, const char *name, char **to)
{
        size_t n = strlen(name);
        if (strncasecmp(line, name, n) || line[n] != ':')
                return false;
        line += n + 1;
        line += strspn(line, " \t");
        free(*to);
        *to = format("%.*s", (int)strcspn(line, "\r\n"), line);
        return true;
}

static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
        struct http *h = arg;
        size_t len = size * count;
        AUTO_FREE char *line = format("%.*s", (int)len, data);
        AUTO_FREE char *range = NULL, *after = NULL, *challenge = NULL;
        long long from;
        if (!strncmp(line, "HTTP/", 5)) { /* a new answer, after a redirect */
                http_reply_free(h->r);
                h->content_from = -1;
        }
        keep_header(line, "Content-Type", &h->r->content_type);
        if (keep_header(line, "Content-Range", &range) && sscanf(range, "bytes %lld-", &from) == 1)
                h->content_from = from;
        if (keep_header(line, "Retry-After", &after))
                h->r->retry_after = (u32)strtoul(after, NULL, 10);
        /* Of several challenges the Bearer one counts. */
        if (keep_header(line, "WWW-Authenticate", &challenge) && (!h->r->challenge || !strncasecmp(challenge, "Bearer", 6))) {
                free(h->r->challenge);
                h->r->challenge = challenge;
                challenge = NULL;
        }
        if (keep_header(line, "Location", &h->r->location) && *h->r->location) {
                CURLU *url = curl_url();
                char *base = NULL, *whole = NULL;
                curl_easy_getinfo(h->curl, CURLINFO_EFFECTIVE_URL, &base);
                if (url && base && !curl_url_set(url, CURLUPART_URL, base, 0) && !curl_url_set(url, CURLUPART_URL, h->r->location, 0) &&
                        !curl_url_get(url, CURLUPART_URL, &whole, 0)) {
                        free(h->r->location);
                        h->r->location = format("%s", whole);
                }
                curl_free(whole);
                curl_url_cleanup(url);
        }
        return len;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
        struct http *h = arg;
        size_t len = size * count, max = h->q->max_body ? h->q->max_body : BODY_MAX;
        long status = 0;
        curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
        if (h->q->sink && (status == 200 || status == 206)) {
                i64 from = status == 200 ? 0 : h->content_from;
                h->r->refused = h->q->sink(h->q->sink_arg, from, data, len) != 0;
                return h->r->refused ? 0 : len;
        }
        if (h->r->body.len + len > max) {
                snprintf(h->r->why, sizeof h->r->why, "the answer is longer than %zu bytes", max);
                h->r->refused = true;
                return 0;
        }
        bytes_add(&h->r->body, data, len);
        return len;
}

static size_t on_read(char *to, size_t size, size_t count, void *arg)
{
        struct http *h = arg;
        u64 left = h->q->upload_size - h->sent;
        size_t room = size * count < left ? size * count : (size_t)left;
        ssize_t n = room ? pread(h->q->upload_fd, to, room, (off_t)h->sent) : 0;
        if (n < 0 || (room && n == 0))
                return CURL_READFUNC_ABORT;
        h->sent += (u64)n;
        return (size_t)n;
}

static int on_seek(void *arg, curl_off_t offset, int origin)
{
        struct http *h = arg;
        if (origin != SEEK_SET)
                return CURL_SEEKFUNC_FAIL;
        h->sent = (u64)offset;
        return CURL_SEEKFUNC_OK;
}

static void set_method(struct http *h, const struct http_request *q)
{
        CURL *c = h->curl;
        if (!strcmp(q->method, "HEAD")) {
                curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
        } else if (q->upload) {
                curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
                curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)q->upload_size);
                curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
                curl_easy_setopt(c, CURLOPT_READDATA, h);
                curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
                curl_easy_setopt(c, CURLOPT_SEEKDATA, h);
                curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
        } else if (strcmp(q->method, "GET")) {
                curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body ? q->body : "");
                curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_len);
                curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
        }
}

static struct curl_slist *headers_of(const struct http_request *q)
{
        struct curl_slist *list = NULL;
        AUTO_FREE char *accept = q->accept ? format("Accept: %s", q->accept) : NULL;
        AUTO_FREE char *type = q->content_type ? format("Content-Type: %s", q->content_type) : NULL;
        if (accept)
                list = curl_slist_append(list, accept);
        if (type)
                list = curl_slist_append(list, type);
        return curl_slist_append(list, "Expect:"); /* no second of waiting before each upload */
}

static bool worth_retrying(CURLcode code)
{
        switch (code) {
        case CURLE_PARTIAL_FILE:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_GOT_NOTHING:
        case CURLE_OPERATION_TIMEDOUT:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM: return true;
        default: return false;
        }
}

bool http_do(struct http *h, const struct http_request *q, struct http_reply *r)
{
        CURL *c = h->curl;
        char error[CURL_ERROR_SIZE] = "";
        struct curl_slist *headers = headers_of(q);
        *r = (struct http_reply){ 0 };
        h->q = q;
        h->r = r;
        h->sent = 0;
        h->content_from = -1;
        curl_easy_reset(c); /* connections stay */
        curl_easy_setopt(c, CURLOPT_URL, q->url);
        curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
        curl_easy_setopt(c, CURLOPT_USERAGENT, "crossarm/" CROSSARM_VERSION);
        curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR,
                h->options.no_verify          ? "http,https"
                : strncmp(q->url, "http:", 5) ? "https"
                                              : "http,https");
        curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, q->upload ? 0L : 1L);
        curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
        curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
        curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)h->options.stall_seconds);
        curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 256L << 10);
        curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
        curl_easy_setopt(c, CURLOPT_HEADERDATA, h);
        curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
        /* Not CURLOPT_RESUME_FROM: a server that sends it all again is no error, the sink starts anew then. */
        AUTO_FREE char *range = q->from ? format("%lu-", q->from) : NULL;
        curl_easy_setopt(c, CURLOPT_RANGE, range);
        const char *ca_file = h->options.ca_file ? h->options.ca_file : getenv("SSL_CERT_FILE");
        if (ca_file && *ca_file)
                curl_easy_setopt(c, CURLOPT_CAINFO, ca_file);
        if (h->options.no_verify) {
                curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
                curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
        }
        /* As options, not as headers: libcurl then keeps them from other hosts after a redirect. */
        if (q->bearer) {
                curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
                curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER, q->bearer);
        } else if (q->user_password) {
                curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
                curl_easy_setopt(c, CURLOPT_USERPWD, q->user_password);
        }
        set_method(h, q);
        CURLcode code = curl_easy_perform(c);
        curl_slist_free_all(headers);
        curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &r->status);
        char **texts[] = { &r->content_type, &r->location, &r->challenge };
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                if (!*texts[i])
                        *texts[i] = format("%s", "");
        r->retry = worth_retrying(code) || r->status == 429 || r->status >= 500;
        r->stalled = code == CURLE_OPERATION_TIMEDOUT;
        r->no_tls = code == CURLE_SSL_CONNECT_ERROR;
        if (code == CURLE_OK)
                return true;
        if (!r->why[0])
                snprintf(r->why, sizeof r->why, "%s", *error ? error : curl_easy_strerror(code));
        return false;
}
