#include "audit/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/tree.h"
#include "base/util.h"

enum { BLOCK = 1 << 20, BUSY_MS = 5000, DIGEST = EVP_MAX_MD_SIZE };

struct cache {
        sqlite3 *db;
        char *generation;
};

static const char schema[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                             "CREATE TABLE IF NOT EXISTS seen(identity TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID;"
                             "CREATE TABLE IF NOT EXISTS report(key TEXT PRIMARY KEY, text TEXT NOT NULL);";

char *cache_default_path(void)
{
        const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
        if (base && *base == '/')
                return format("%s/crossarm/audit.db", base);
        return home && *home == '/' ? format("%s/.cache/crossarm/audit.db", home) : NULL;
}

/* The folders above the file; what cannot be made shows when the file is opened. */
static void make_folders(const char *path)
{
        AUTO_FREE char *copy = format("%s", path);
        for (char *p = copy + 1; (p = strchr(p, '/')); p++) {
                *p = 0;
                mkdir(copy, 0700);
                *p = '/';
        }
}

struct cache *cache_open(const char *path, const char *generation, struct err *e)
{
        struct cache *c = calloc(1, sizeof *c);
        if (!c)
                abort();
        make_folders(path);
        c->generation = format("%s", generation);
        if (sqlite3_open(path, &c->db) == SQLITE_OK && sqlite3_busy_timeout(c->db, BUSY_MS) == SQLITE_OK &&
                sqlite3_exec(c->db, schema, NULL, NULL, NULL) == SQLITE_OK)
                return c;
        err_set(e, 2, "cannot use the cache %s: %s; --no-cache does without", path, c->db ? sqlite3_errmsg(c->db) : "out of memory");
        cache_close(c);
        return NULL;
}

void cache_close(struct cache *c)
{
        if (!c)
                return;
        sqlite3_close(c->db);
        free(c->generation);
        free(c);
}

/* The text that belongs to a key; malloced; NULL. */
static char *look_up(struct cache *c, const char *sql, const char *key)
{
        sqlite3_stmt *s = NULL;
        char *text = NULL;
        if (sqlite3_prepare_v2(c->db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(s) == SQLITE_ROW)
                text = format("%s", (const char *)sqlite3_column_text(s, 0));
        sqlite3_finalize(s);
        return text;
}

/* A cache that cannot be written to (full, read-only) only makes things slower. */
static void store(struct cache *c, const char *sql, const char *key, const char *text)
{
        sqlite3_stmt *s = NULL;
        if (sqlite3_prepare_v2(c->db, sql, -1, &s, NULL) == SQLITE_OK) {
                sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
                sqlite3_bind_text(s, 2, text, -1, SQLITE_STATIC);
                sqlite3_step(s);
        }
        sqlite3_finalize(s);
}

/* ---- what a target is known by ---- */

static char *hex_of(EVP_MD_CTX *ctx)
{
        unsigned char digest[DIGEST];
        unsigned len = 0;
        EVP_DigestFinal_ex(ctx, digest, &len);
        EVP_MD_CTX_free(ctx);
        char *hex = malloc(2 * len + 1);
        if (!hex)
                abort();
        for (unsigned i = 0; i < len; i++)
                sprintf(hex + 2 * i, "%02x", digest[i]);
        hex[2 * len] = 0;
        return hex;
}

static EVP_MD_CTX *hash_begin(void)
{
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL))
                abort();
        return ctx;
}

static char *content_of(int fd)
{
        EVP_MD_CTX *ctx = hash_begin();
        char *block = malloc(BLOCK);
        ssize_t n;
        if (!block)
                abort();
        while ((n = read(fd, block, BLOCK)) > 0 || (n < 0 && errno == EINTR))
                if (n > 0)
                        EVP_DigestUpdate(ctx, block, (size_t)n);
        free(block);
        char *hex = hex_of(ctx);
        if (n == 0)
                return hex;
        free(hex);
        return NULL;
}

static char *key_of_file(struct cache *c, const char *target, const struct stat *st)
{
        AUTO_CLOSE int fd = open(target, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        AUTO_FREE char *identity = format("%llu:%llu:%llu:%lld.%09ld:%lld.%09ld", (unsigned long long)st->st_dev,
                (unsigned long long)st->st_ino, (unsigned long long)st->st_size, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
                (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
        AUTO_FREE char *content = look_up(c, "SELECT content FROM seen WHERE identity = ?", identity);
        if (!content && fd >= 0 && (content = content_of(fd)))
                store(c, "INSERT OR REPLACE INTO seen VALUES(?, ?)", identity, content);
        const char *slash = strrchr(target, '/');
        /* The name matters: it says things, too. */
        return content ? format("%s|%s|%s", c->generation, content, slash ? slash + 1 : target) : NULL;
}

static char *key_of_folder(struct cache *c, const char *target)
{
        struct tree t;
        struct err e;
        if (tree_read(target, &t, &e) < 0)
                return NULL;
        EVP_MD_CTX *ctx = hash_begin();
        bool whole = !t.unreadable_count;
        for (size_t i = 0; i < t.count; i++) {
                const struct tree_file *f = &t.files[i];
                const u64 facts[] = { f->size, f->device, f->inode, (u64)f->mtime_ns, (u64)f->ctime_ns };
                EVP_DigestUpdate(ctx, f->path, strlen(f->path) + 1);
                EVP_DigestUpdate(ctx, facts, sizeof facts);
        }
        AUTO_FREE char *hex = hex_of(ctx);
        tree_free(&t);
        return whole ? format("%s|folder %s|%s", c->generation, hex, target) : NULL;
}

char *cache_key(struct cache *c, const char *target)
{
        struct stat st;
        if (stat(target, &st) < 0)
                return NULL;
        return S_ISDIR(st.st_mode) ? key_of_folder(c, target) : S_ISREG(st.st_mode) ? key_of_file(c, target, &st) : NULL;
}

/* ---- reports ---- */

json_t *cache_get(struct cache *c, const char *key, const char *target)
{
        AUTO_FREE char *text = look_up(c, "SELECT text FROM report WHERE key = ?", key);
        json_t *report = text ? json_loads(text, 0, NULL) : NULL;
        if (report)
                json_object_set_new(report, "path", json_string(target));
        return report;
}

void cache_put(struct cache *c, const char *key, const json_t *report)
{
        if (audit_status(report) == 2)
                return;
        AUTO_FREE char *text = json_dumps(report, JSON_COMPACT);
        if (text)
                store(c, "INSERT OR REPLACE INTO report VALUES(?, ?)", key, text);
}
