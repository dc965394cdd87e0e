#include "image/ref.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static const struct {
        const char *prefix;
        enum ref_kind kind;
} transports[] = {
        { "docker://", REF_REGISTRY },
        { "oci:", REF_LAYOUT },
        { "oci-archive:", REF_OCI_ARCHIVE },
        { "docker-archive:", REF_DOCKER_ARCHIVE },
};

enum { NAME_MAX_LEN = 255 };

void ref_free(struct ref *r)
{
        free(r->host);
        free(r->path);
        free(r->tag);
        free(r->name);
        *r = (struct ref){ 0 };
}

/* A folder or file, then :NAME; NAME may be a whole name with colons of its own, so the path has none. */
static int parse_file(const char *text, const char *prefix, struct ref *r, struct err *e)
{
        const char *colon = strchr(text, ':');
        size_t len = colon ? (size_t)(colon - text) : strlen(text);
        if (!len)
                return err_set(e, 2, "%s%s names no file; write %sPATH or %sPATH:NAME", prefix, text, prefix, prefix);
        if (len > 4095 || strlen(text) > 8000)
                return err_set(e, 2, "the image name that begins with %s is too long", prefix);
        r->path = format("%.*s", (int)len, text);
        r->tag = colon && colon[1] ? format("%s", colon + 1) : NULL;
        r->name = format("%s%s", prefix, text);
        return 0;
}

/* distribution's reference grammar: lower-case parts joined by '/', each of [a-z0-9]+ joined by '.', '_', '__' or '-'s. */
static bool valid_path(const char *path)
{
        bool start = true;
        for (const char *c = path; *c; c++) {
                bool plain = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
                if (!plain && (start || !strchr("._-/", *c)))
                        return false;
                if (!plain && strchr("./", *c) && !strchr("abcdefghijklmnopqrstuvwxyz0123456789", c[1]))
                        return false;
                start = *c == '/';
                if (!c[1] && !plain)
                        return false;
        }
        return *path && strlen(path) <= NAME_MAX_LEN;
}

static bool valid_tag(const char *tag)
{
        size_t n = strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
        return n && n <= 128 && !tag[n] && tag[0] != '.' && tag[0] != '-';
}

static bool valid_host(const char *host)
{
        size_t n = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
        if (host[0] == '[') { /* an IPv6 address */
                n = 1 + strspn(host + 1, "0123456789abcdefABCDEF:.");
                if (host[n++] != ']')
                        return false;
        }
        if (!n || n > 253 || host[0] == '-' || host[0] == '.')
                return false;
        return !host[n] ||
               (host[n] == ':' && host[n + 1] && strlen(host + n + 1) <= 5 && strspn(host + n + 1, "0123456789") == strlen(host + n + 1));
}

static int parse_registry(const char *text, struct ref *r, struct err *e)
{
        if (strlen(text) > 600)
                return err_set(e, 2, "the image name is too long: it has %zu characters", strlen(text));
        AUTO_FREE char *rest = format("%s", text);
        char *at = strchr(rest, '@');
        if (at) {
                *at++ = 0;
                if (!digest_parse(at, &r->digest))
                        return err_set(e, 2, "%s is no image name: what follows the @ has to be sha256: and 64 hex digits", text);
        }
        char *slash = strchr(rest, '/');
        bool has_host = false;
        if (slash) {
                *slash = 0;
                has_host = strpbrk(rest, ".:") || !strcmp(rest, "localhost");
                *slash = '/';
        }
        r->host = has_host ? format("%.*s", (int)(slash - rest), rest) : format("docker.io");
        char *path = has_host ? slash + 1 : rest;
        if (!strcmp(r->host, "index.docker.io") || !strcmp(r->host, "registry-1.docker.io"))
                strcpy(r->host, "docker.io");
        char *colon = strrchr(path, ':');
        if (colon && !strchr(colon, '/'))
                *colon++ = 0;
        else
                colon = NULL;
        bool official = !strcmp(r->host, "docker.io") && !strchr(path, '/');
        r->path = format("%s%s", official ? "library/" : "", path);
        r->tag = colon ? format("%s", colon) : r->digest.text[0] ? NULL : format("latest");
        if (!valid_host(r->host))
                return err_set(e, 2, "%s is no image name: %s is no host", text, r->host);
        if (!valid_path(r->path))
                return err_set(e, 2, "%s is no image name: write [HOST/]NAME[:TAG], NAME in lower case", text);
        if (r->tag && !valid_tag(r->tag))
                return err_set(e, 2, "%s is no image name: a tag has letters, digits, '_', '.' and '-', at most 128", text);
        r->name = format("%s/%s%s%s%s%s", r->host, r->path, r->tag ? ":" : "", r->tag ? r->tag : "", at ? "@" : "", at ? at : "");
        return 0;
}

int ref_parse(const char *text, struct ref *r, struct err *e)
{
        *r = (struct ref){ .kind = REF_REGISTRY };
        const char *prefix = "", *rest = text;
        for (size_t i = 0; i < ARRAY_LEN(transports); i++) {
                size_t n = strlen(transports[i].prefix);
                if (strncmp(text, transports[i].prefix, n))
                        continue;
                r->kind = transports[i].kind;
                prefix = transports[i].prefix;
                rest = text + n;
        }
        int bad = r->kind == REF_REGISTRY ? parse_registry(rest, r, e) : parse_file(rest, prefix, r, e);
        if (bad)
                ref_free(r);
        return bad;
}
