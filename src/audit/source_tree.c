#include "audit/source_tree.h"

#include <stdlib.h>
#include <string.h>

struct node {
        u64 key;   /* 0: free */
        u64 built; /* of a FACT_FILE: the key of its FACT_BUILT */
        u32 flags;
        u8 kind;
};

struct edge {
        u64 from, to; /* keys of FACT_FILE */
};

enum { EDGES_MAX = 1 << 20 };

struct source_tree {
        struct node *nodes; /* open addressing; the capacity is a power of two */
        size_t capacity, count;
        struct edge *edges;
        size_t edge_capacity, edge_count;
        bool cut; /* there were more edges */
};

static u64 key_of(enum fact_kind kind, const char *name, size_t len)
{
        u64 h = 14695981039346656037u + kind;
        for (size_t i = 0; i < len; i++)
                h = (h ^ (u8)name[i]) * 1099511628211u;
        return h ? h : 1;
}

/* Without folders, and for FACT_BUILT without what follows the last dot. */
static void cut(enum fact_kind kind, const char **name, size_t *len)
{
        if (kind == FACT_MACRO || kind == FACT_FOLDER || kind == FACT_FAMILY)
                return;
        for (size_t i = *len; i--;)
                if ((*name)[i] == '/') {
                        *name += i + 1;
                        *len -= i + 1;
                        break;
                }
        for (size_t i = *len; kind == FACT_BUILT && i--;)
                if ((*name)[i] == '.') {
                        *len = i;
                        break;
                }
}

static struct node *place_of(const struct source_tree *t, u64 key)
{
        size_t at = key & (t->capacity - 1);
        while (t->nodes[at].key && t->nodes[at].key != key)
                at = (at + 1) & (t->capacity - 1);
        return &t->nodes[at];
}

static void grow(struct source_tree *t)
{
        struct source_tree old = *t;
        t->capacity = old.capacity ? old.capacity * 2 : 64;
        t->nodes = calloc(t->capacity, sizeof *t->nodes);
        if (!t->nodes)
                abort();
        for (size_t i = 0; i < old.capacity; i++)
                if (old.nodes[i].key)
                        *place_of(t, old.nodes[i].key) = old.nodes[i];
        free(old.nodes);
}

static struct source_tree *made(struct source_tree **t)
{
        if (!*t)
                *t = calloc(1, sizeof **t);
        if (!*t)
                abort();
        return *t;
}

static struct node *node_of(struct source_tree *t, u64 key, enum fact_kind kind)
{
        if ((t->count + 1) * 4 > t->capacity * 3)
                grow(t);
        struct node *n = place_of(t, key);
        t->count += !n->key;
        n->key = key;
        n->kind = (u8)kind;
        return n;
}

void tree_fact(struct source_tree **tree, enum fact_kind kind, const char *name, size_t len, u32 flags)
{
        struct source_tree *t = made(tree);
        cut(kind, &name, &len);
        struct node *n = node_of(t, key_of(kind, name, len), kind);
        n->flags |= flags;
        if (kind == FACT_FILE) {
                cut(FACT_BUILT, &name, &len);
                n->built = key_of(FACT_BUILT, name, len);
        }
}

static void add_edge(struct source_tree *t, struct edge e)
{
        if (t->edge_count == EDGES_MAX) {
                t->cut = true;
                return;
        }
        if (t->edge_count == t->edge_capacity) {
                t->edge_capacity = t->edge_capacity ? t->edge_capacity * 2 : 64;
                t->edges = realloc(t->edges, t->edge_capacity * sizeof *t->edges);
                if (!t->edges)
                        abort();
        }
        t->edges[t->edge_count++] = e;
}

void tree_includes(struct source_tree **tree, const char *from, const char *name, size_t len)
{
        size_t from_len = strlen(from);
        tree_fact(tree, FACT_FILE, name, len, FILE_INCLUDED);
        cut(FACT_FILE, &from, &from_len);
        cut(FACT_FILE, &name, &len);
        add_edge(*tree, (struct edge){ key_of(FACT_FILE, from, from_len), key_of(FACT_FILE, name, len) });
}

u32 tree_flags(const struct source_tree *t, enum fact_kind kind, const char *name, size_t len)
{
        if (!t || !t->capacity)
                return 0;
        cut(kind, &name, &len);
        return place_of(t, key_of(kind, name, len))->flags;
}

void tree_facts_merge(struct source_tree **to, struct source_tree *from)
{
        if (!from)
                return;
        if (!*to) {
                *to = from;
                return;
        }
        for (size_t i = 0; i < from->capacity; i++)
                if (from->nodes[i].key) {
                        struct node *n = node_of(*to, from->nodes[i].key, from->nodes[i].kind);
                        n->flags |= from->nodes[i].flags;
                        n->built = from->nodes[i].built ? from->nodes[i].built : n->built;
                }
        for (size_t i = 0; i < from->edge_count; i++)
                add_edge(*to, from->edges[i]);
        (*to)->cut |= from->cut;
        tree_facts_free(from);
}

void tree_facts_free(struct source_tree *t)
{
        if (!t)
                return;
        free(t->nodes);
        free(t->edges);
        free(t);
}

/* ---- what an arm64 build gets to ---- */

static u32 built_flags(const struct source_tree *t, const struct node *file)
{
        return place_of(t, file->built)->flags;
}

/* Whether the build files name most of what is compiled: then what they do not name is dead. */
static bool build_files_name_all(const struct source_tree *t)
{
        size_t units = 0, named = 0;
        for (size_t i = 0; i < t->capacity; i++) {
                const struct node *n = &t->nodes[i];
                if (n->kind != FACT_FILE || (n->flags & (FILE_UNIT | FILE_PLAIN)) != (FILE_UNIT | FILE_PLAIN))
                        continue;
                units++;
                named += built_flags(t, n) != 0;
        }
        return named >= 3 && named * 4 >= units * 3;
}

static bool is_root(const struct source_tree *t, const struct node *n, bool all_named)
{
        if (n->kind != FACT_FILE || !(n->flags & FILE_PLAIN))
                return false;
        u32 built = built_flags(t, n);
        if (!(n->flags & FILE_UNIT))
                return !(n->flags & FILE_INCLUDED) || built & BUILT_OPEN;
        return built ? built & BUILT_OPEN : !all_named && !(n->flags & FILE_INCLUDED);
}

void tree_trace(struct source_tree *t)
{
        if (!t || !t->capacity)
                return;
        bool all_named = build_files_name_all(t);
        for (size_t i = 0; i < t->capacity; i++)
                if (t->nodes[i].key && (t->cut || is_root(t, &t->nodes[i], all_named)))
                        t->nodes[i].flags |= FILE_LIVE;
        for (bool more = true; more;) {
                more = false;
                for (size_t i = 0; i < t->edge_count; i++) {
                        struct node *from = place_of(t, t->edges[i].from), *to = place_of(t, t->edges[i].to);
                        if (from->flags & FILE_LIVE && !(to->flags & FILE_LIVE)) {
                                to->flags |= FILE_LIVE;
                                more = true;
                        }
                }
        }
}

bool tree_live(const struct source_tree *t, const char *path)
{
        return tree_flags(t, FACT_FILE, path, strlen(path)) & FILE_LIVE;
}
