#include "rootfs/source.h"

#include "base/util.h"
#include "fs/ext.h"
#include "fs/fat.h"

enum { BLOCK = 1 << 18 };

struct copy {
        struct sink *sink;
        char *buffer;
        u64 files, total; /* total 0: not known */
};

static int copy_content(struct copy *c, struct volume *content, struct err *e)
{
        for (u64 at = 0; at < content->size;) {
                size_t piece = content->size - at < BLOCK ? (size_t)(content->size - at) : BLOCK;
                if (volume_read(content, at, c->buffer, piece, e) < 0 || sink_data(c->sink, c->buffer, piece, e) < 0)
                        return -1;
                at += piece;
        }
        return 0;
}

static int copy_entry(void *arg, struct archive_entry *entry, struct volume *content, struct err *e)
{
        struct copy *c = arg;
        job_tell(c->sink->job, "unpacking", ++c->files, c->total, archive_entry_pathname(entry));
        int take = sink_entry(c->sink, entry, e);
        if (take < 0 || (take && content && copy_content(c, content, e) < 0))
                return -1;
        return sink_end_entry(c->sink, e);
}

static int copy_ext(struct copy *c, struct volume *v, const struct fs_visitor *to, struct err *e)
{
        struct ext *x = ext_open(v, to->name, e);
        if (!x)
                return -1;
        c->total = ext_entries(x);
        int bad = ext_walk(x, to, e);
        ext_close(x);
        return bad;
}

int source_fs(struct sink *s, struct volume *v, enum source_kind kind, struct err *e)
{
        AUTO_FREE char *buffer = malloc(BLOCK);
        struct copy c = { .sink = s, .buffer = buffer };
        struct fs_visitor to = { .entry = copy_entry, .arg = &c, .name = s->name };
        if (!buffer)
                abort();
        return kind == SOURCE_FAT ? fat_walk(v, &to, e) : copy_ext(&c, v, &to, e);
}
