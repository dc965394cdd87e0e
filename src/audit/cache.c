#include "audit/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/facts.h"
#include "base/util.h"

enum { BLOCK = 1 << 20, BUSY_MS = 5000, DIGEST = EVP_MAX_MD_SIZE, KEEP_DAYS = 90, FRESH_DAYS = 7 };

struct cache {
        sqlite3 *db;
        char *generation;
        int today;
};

static const char schema[] =
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "CREATE TABLE IF NOT EXISTS seen(identity TEXT PRIMARY KEY, content TEXT NOT NULL, day INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE IF NOT EXISTS facts(key TEXT PRIMARY KEY, text TEXT NOT NULL, day INTEGER NOT NULL);";

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
        c->today = (int)(time(NULL) / 86400);
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
        if (c->db) {
                AUTO_FREE char *sql = format(
                        "DELETE FROM seen WHERE day < %d; DELETE FROM facts WHERE day < %d", c->today - KEEP_DAYS, c->today - KEEP_DAYS);
                sqlite3_exec(c->db, sql, NULL, NULL, NULL); /* not to be able to costs room only */
        }
        sqlite3_close(c->db);
        free(c->generation);
        free(c);
}

struct statements {
        const char *find, *keep, *touch;
};

static const struct statements seen = {
        "SELECT content, day FROM seen WHERE identity = ?",
        "INSERT OR REPLACE INTO seen VALUES(?, ?, ?)",
        "UPDATE seen SET day = ?3 WHERE identity = ?1",
};
static const struct statements facts = {
        "SELECT text, day FROM facts WHERE key = ?",
        "INSERT OR REPLACE INTO facts VALUES(?, ?, ?)",
        "UPDATE facts SET day = ?3 WHERE key = ?1",
};

/* A cache that cannot be written to (full, read-only) only makes things slower. */
static void store(struct cache *c, const char *sql, const char *key, const char *text)
{
        sqlite3_stmt *s = NULL;
        if (sqlite3_prepare_v2(c->db, sql, -1, &s, NULL) == SQLITE_OK) {
                sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
                sqlite3_bind_text(s, 2, text, -1, SQLITE_STATIC);
                sqlite3_bind_int(s, 3, c->today);
                sqlite3_step(s);
        }
        sqlite3_finalize(s);
}

/* The text that belongs to a key; malloced; NULL. */
static char *look_up(struct cache *c, const struct statements *table, const char *key)
{
        sqlite3_stmt *s = NULL;
        char *text = NULL;
        bool old = false;
        if (sqlite3_prepare_v2(c->db, table->find, -1, &s, NULL) == SQLITE_OK &&
                sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
                text = format("%s", (const char *)sqlite3_column_text(s, 0));
                old = sqlite3_column_int(s, 1) < c->today - FRESH_DAYS;
        }
        sqlite3_finalize(s);
        if (old)
                store(c, table->touch, key, NULL);
        return text;
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
        for (off_t at = 0; (n = pread(fd, block, BLOCK, at)) > 0 || (n < 0 && errno == EINTR); at += n > 0 ? n : 0)
                if (n > 0)
                        EVP_DigestUpdate(ctx, block, (size_t)n);
        free(block);
        char *hex = hex_of(ctx);
        if (n == 0)
                return hex;
        free(hex);
        return NULL;
}

static char *key_of_content(const struct cache *c, const char *sha256, const char *name)
{
        return format("%s|%s|%s", c->generation, sha256, name);
}

char *cache_key_of_digest(struct cache *c, const char *sha256, const char *name)
{
        return key_of_content(c, sha256, name);
}

char *cache_key_of_file(struct cache *c, int fd, const char *name)
{
        struct stat st;
        if (fstat(fd, &st) < 0)
                return NULL;
        AUTO_FREE char *identity = format("%llu:%llu:%llu:%lld.%09ld:%lld.%09ld", (unsigned long long)st.st_dev,
                (unsigned long long)st.st_ino, (unsigned long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
        AUTO_FREE char *content = look_up(c, &seen, identity);
        if (!content && (content = content_of(fd)))
                store(c, seen.keep, identity, content);
        return content ? key_of_content(c, content, name) : NULL;
}

char *cache_key_of_files(struct cache *c, const struct tree_file *files, size_t count, const char *how)
{
        EVP_MD_CTX *ctx = hash_begin();
        for (size_t i = 0; i < count; i++) {
                const struct tree_file *f = &files[i];
                const u64 identity[] = { f->size, f->device, f->inode, (u64)f->mtime_ns, (u64)f->ctime_ns };
                EVP_DigestUpdate(ctx, f->path, strlen(f->path) + 1);
                EVP_DigestUpdate(ctx, identity, sizeof identity);
        }
        AUTO_FREE char *hex = hex_of(ctx);
        return format("%s|files %s|%s", c->generation, hex, how);
}

/* ---- facts ---- */

struct artefact *cache_get(struct cache *c, const char *key)
{
        AUTO_FREE char *text = look_up(c, &facts, key);
        return text ? facts_read(text) : NULL;
}

void cache_put(struct cache *c, const char *key, const struct artefact *found)
{
        AUTO_FREE char *text = facts_of(found);
        if (text)
                store(c, facts.keep, key, text);
}
