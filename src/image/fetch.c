#include "image/fetch.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 4 };

struct item {
        bool done;
        int bad;
        u64 bytes; /* that have come */
};

struct fetch {
        struct source *source;
        const struct layout *layout;
        const struct descriptor *blobs;
        size_t count, next;
        struct fetch_watch watch;
        pthread_mutex_t lock;
        pthread_cond_t change;
        pthread_t threads[THREADS];
        size_t thread_count;
        u64 done, total;
        bool stop, failed;
        struct err why; /* of the first failure: those that follow from it say less */
        struct item *items;
};

struct watcher {
        struct fetch *f;
        size_t i;
};

static bool on_progress(void *arg, u64 done)
{
        struct watcher *w = arg;
        struct fetch *f = w->f;
        pthread_mutex_lock(&f->lock);
        f->done += done - f->items[w->i].bytes;
        f->items[w->i].bytes = done;
        if (f->watch.progress)
                f->watch.progress(f->watch.arg, f->done, f->total);
        bool go_on = !f->stop;
        pthread_mutex_unlock(&f->lock);
        return go_on;
}

static int get(struct source *s, const struct layout *l, const struct descriptor *d, struct watcher *watcher, struct err *e)
{
        struct blob_writer w;
        int state = blob_begin(l, d, &w, e);
        if (state)
                return state < 0 ? -1 : 0;
        w.progress = watcher ? on_progress : NULL;
        w.arg = watcher;
        if (s->ops->blob(s, &w, e) == 0)
                return blob_end(&w, e);
        blob_stop(&w);
        return -1;
}

int fetch_blob(struct source *s, const struct layout *l, const struct descriptor *d, struct err *e)
{
        return get(s, l, d, NULL, e);
}

static void *work(void *arg)
{
        struct fetch *f = arg;
        pthread_mutex_lock(&f->lock);
        while (!f->stop && f->next < f->count) {
                struct watcher w = { f, f->next++ };
                struct item *item = &f->items[w.i];
                pthread_mutex_unlock(&f->lock);
                struct err why = { 0 };
                int bad = get(f->source, f->layout, &f->blobs[w.i], &w, &why);
                if (!bad)
                        on_progress(&w, f->blobs[w.i].size); /* those that were there count, too */
                pthread_mutex_lock(&f->lock);
                item->bad = bad;
                item->done = true;
                if (bad && !f->failed)
                        f->why = why;
                f->failed |= bad;
                f->stop |= bad;
                pthread_cond_broadcast(&f->change);
        }
        pthread_mutex_unlock(&f->lock);
        return NULL;
}

struct fetch *fetch_start(
        struct source *s, const struct layout *l, const struct descriptor *blobs, size_t count, const struct fetch_watch *w)
{
        struct fetch *f = calloc(1, sizeof *f);
        if (!f || !(f->items = calloc(count + 1, sizeof *f->items)))
                abort();
        f->source = s;
        f->layout = l;
        f->blobs = blobs;
        f->count = count;
        f->watch = *w;
        pthread_mutex_init(&f->lock, NULL);
        pthread_cond_init(&f->change, NULL);
        for (size_t i = 0; i < count; i++)
                f->total += blobs[i].size;
        while (f->thread_count < THREADS && f->thread_count < count)
                if (pthread_create(&f->threads[f->thread_count], NULL, work, f) != 0)
                        break;
                else
                        f->thread_count++;
        if (!f->thread_count) /* no thread to be had: then without */
                work(f);
        return f;
}

int fetch_wait(struct fetch *f, size_t i, struct err *e)
{
        pthread_mutex_lock(&f->lock);
        while (!f->items[i].done && !f->stop)
                pthread_cond_wait(&f->change, &f->lock);
        int bad = f->items[i].done ? f->items[i].bad : -1;
        if (bad)
                *e = f->why;
        pthread_mutex_unlock(&f->lock);
        return bad;
}

void fetch_end(struct fetch *f)
{
        pthread_mutex_lock(&f->lock);
        f->stop = true;
        pthread_mutex_unlock(&f->lock);
        for (size_t i = 0; i < f->thread_count; i++)
                pthread_join(f->threads[i], NULL);
        pthread_mutex_destroy(&f->lock);
        pthread_cond_destroy(&f->change);
        free(f->items);
        free(f);
}
