#include "image/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "image/json.h"

enum { FILE_MAX = 1 << 20, HELPER_MAX = 64 << 10 };

void credentials_free(struct credentials *c)
{
        free(c->user);
        free(c->password);
        free(c->identity);
        free(c->from);
        *c = (struct credentials){ 0 };
}

/* Base64 (RFC 4648), stopping at the first '='. Malloced and terminated; NULL when it is none. */
static char *from_base64(const char *text)
{
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        char *out = calloc(strlen(text) + 1, 1);
        size_t n = 0;
        u32 bits = 0, have = 0;
        if (!out)
                abort();
        for (; *text && *text != '='; text++) {
                const char *digit = strchr(digits, *text);
                if (!digit) {
                        free(out);
                        return NULL;
                }
                bits = bits << 6 | (u32)(digit - digits);
                have += 6;
                if (have >= 8) {
                        have -= 8;
                        out[n++] = (char)(bits >> have);
                }
        }
        return out;
}

static int helper_failed(const char *helper, const char *why, struct err *e)
{
        return err_set(e, 126, "the credential helper docker-credential-%s %s; log in again, or take it out of the auth file", helper, why);
}

/* docker-credential-NAME get: the server on its input, JSON on its output. */
static int ask_helper(const char *helper, const char *server, struct credentials *c, struct err *e)
{
        int in[2], out[2], status = 0;
        AUTO_FREE char *program = format("docker-credential-%s", helper);
        if (strchr(helper, '/'))
                return helper_failed(helper, "has a name that is a path", e);
        if (pipe2(in, O_CLOEXEC) < 0)
                return helper_failed(helper, strerror(errno), e);
        if (pipe2(out, O_CLOEXEC) < 0) {
                close(in[0]);
                close(in[1]);
                return helper_failed(helper, strerror(errno), e);
        }
        pid_t pid = fork();
        if (pid == 0) {
                dup2(in[0], 0);
                dup2(out[1], 1);
                execlp(program, program, "get", (char *)NULL);
                _exit(127);
        }
        close(in[0]);
        close(out[1]);
        /* A name fits into the pipe's buffer whether it is read or not. */
        bool told = pid > 0 && write(in[1], server, strlen(server)) >= 0;
        close(in[1]);
        AUTO_BYTES struct bytes answer = { 0 };
        char piece[4096];
        for (ssize_t n; told && answer.len < HELPER_MAX && (n = read(out[0], piece, sizeof piece)) > 0;)
                bytes_add(&answer, piece, (size_t)n);
        close(out[0]);
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 127)
                return helper_failed(helper, "cannot be run", e);
        if (WEXITSTATUS(status))
                return 0; /* it knows nothing of this server */
        AUTO_JSON json_t *j = json_object_of(answer.data, answer.len, "the credential helper's answer", e);
        if (!j)
                return -1;
        bool token = !strcmp(json_text(j, "Username"), "<token>");
        *(token ? &c->identity : &c->password) = format("%s", json_text(j, "Secret"));
        c->user = format("%s", json_text(j, "Username"));
        return 1;
}

static int read_entry(const json_t *entry, const char *file, struct credentials *c, struct err *e)
{
        const char *identity = json_text(entry, "identitytoken"), *auth = json_text(entry, "auth");
        AUTO_FREE char *plain = from_base64(auth);
        char *colon = plain ? strchr(plain, ':') : NULL;
        if (*identity) {
                c->identity = format("%s", identity);
                return 1;
        }
        if (!*auth)
                return 0;
        if (!colon)
                return err_set(e, 126, "the file %s has an entry whose auth is not base64 of USER:PASSWORD; log in again", file);
        *colon = 0;
        c->user = format("%s", plain);
        c->password = format("%s", colon + 1);
        return 1;
}

/* The keys that a registry goes by, the nearest first: host and repository part by part, then the host as docker wrote it once. */
static const json_t *find_entry(const json_t *auths, const char *host, const char *repository)
{
        AUTO_FREE char *key = format("%s/%s", host, repository);
        for (;;) {
                const json_t *entry = json_object_get(auths, key);
                if (entry)
                        return entry;
                char *slash = strrchr(key, '/');
                if (!slash)
                        break;
                *slash = 0;
        }
        bool hub = !strcmp(host, "docker.io");
        AUTO_FREE char *https = format("https://%s", hub ? "index.docker.io/v1/" : host), *slashed = format("%s/", https);
        const json_t *entry = json_object_get(auths, https);
        if (!entry)
                entry = json_object_get(auths, slashed);
        return entry || !hub ? entry : json_object_get(auths, "index.docker.io");
}

int credentials_read(
        const char *text, size_t len, const char *file, const char *host, const char *repository, struct credentials *c, struct err *e)
{
        *c = (struct credentials){ 0 };
        AUTO_FREE char *what = format("the auth file %s", file);
        AUTO_JSON json_t *j = json_object_of(text, len, what, e);
        if (!j)
                return -1;
        const char *helper = json_text(json_object_get(j, "credHelpers"), host);
        const json_t *entry = find_entry(json_object_get(j, "auths"), host, repository);
        int found = entry ? read_entry(entry, file, c, e) : 0;
        if (!found && !*helper)
                helper = json_text(j, "credsStore");
        if (!found && *helper)
                found = ask_helper(helper, strcmp(host, "docker.io") ? host : "https://index.docker.io/v1/", c, e);
        if (found > 0)
                c->from = format("%s", file);
        return found;
}

static char *below(const char *variable, const char *rest)
{
        const char *folder = getenv(variable);
        return folder && *folder ? format("%s/%s", folder, rest) : NULL;
}

int credentials_find(const char *host, const char *repository, struct credentials *c, struct err *e)
{
        char *files[] = { below("REGISTRY_AUTH_FILE", ""), below("XDG_RUNTIME_DIR", "containers/auth.json"),
                below("XDG_CONFIG_HOME", "containers/auth.json"), below("HOME", ".config/containers/auth.json"),
                below("DOCKER_CONFIG", "config.json"), below("HOME", ".docker/config.json") };
        int found = 0;
        if (files[0])
                files[0][strlen(files[0]) - 1] = 0; /* a file, not a folder */
        *c = (struct credentials){ 0 };
        for (size_t i = 0; i < ARRAY_LEN(files); i++) {
                AUTO_FREE char *text = files[i] && !found ? read_text(AT_FDCWD, files[i], FILE_MAX) : NULL;
                if (text)
                        found = credentials_read(text, strlen(text), files[i], host, repository, c, e);
                free(files[i]);
        }
        return found < 0 ? -1 : 0;
}

/* name="value" or name=value; moves *at behind it. */
static bool next_parameter(const char **at, char *name, size_t name_cap, char *value, size_t value_cap)
{
        const char *p = *at + strspn(*at, " \t,");
        size_t n = strcspn(p, "= \t,"), len = 0;
        if (!n || n >= name_cap || p[n] != '=')
                return false;
        memcpy(name, p, n);
        name[n] = 0;
        p += n + 1;
        bool quoted = *p == '"';
        p += quoted;
        for (; *p && (quoted ? *p != '"' : !strchr(" \t,", *p)); p++) {
                if (quoted && *p == '\\' && p[1])
                        p++;
                if (len + 1 >= value_cap)
                        return false;
                value[len++] = *p;
        }
        value[len] = 0;
        if (quoted && *p++ != '"')
                return false;
        *at = p;
        return true;
}

bool challenge_parse(const char *header, struct challenge *c)
{
        *c = (struct challenge){ .bearer = !strncasecmp(header, "Bearer ", 7) };
        if (!c->bearer)
                return !strncasecmp(header, "Basic", 5);
        char name[64], value[1024];
        const char *at = header + 7;
        while (next_parameter(&at, name, sizeof name, value, sizeof value)) {
                if (!strcasecmp(name, "realm"))
                        snprintf(c->realm, sizeof c->realm, "%s", value);
                if (!strcasecmp(name, "service"))
                        snprintf(c->service, sizeof c->service, "%.255s", value);
                if (!strcasecmp(name, "scope"))
                        snprintf(c->scope, sizeof c->scope, "%.511s", value);
        }
        return c->realm[0] != 0;
}
