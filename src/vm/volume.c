#include "vm/volume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/util.h"
#include "vm/conn.h"
#include "vm/work.h"
#include "vm/xml_write.h"

/* The pool of an image's folder while it is needed. */
struct pool {
        virStoragePoolPtr pool;
        bool ours; /* transient: it goes with us, its files stay */
        int lock;  /* while it is transient: another command would lose it when we go */
        char *folder;
        const char *name; /* of the image in it */
};

#define AUTO_POOL __attribute__((cleanup(pool_leave)))

/* Of the lock and of the transient pool. */
static char *lock_name(const struct pool *p)
{
        return format("crossarm-%016llx", (unsigned long long)text_hash(p->folder));
}

static void pool_leave(struct pool *p)
{
        if (p->pool && p->ours)
                virStoragePoolDestroy(p->pool);
        if (p->pool)
                virStoragePoolFree(p->pool);
        AUTO_FREE char *name = p->lock >= 0 ? lock_name(p) : NULL;
        if (name)
                work_unlock(name, p->lock);
        free(p->folder);
}

static virStoragePoolPtr create_pool(virConnectPtr conn, const char *name, const char *folder)
{
        AUTO_XML xmlDoc *doc = xml_new("pool");
        xmlNode *root = xmlDocGetRootElement(doc);
        xmlNewProp(root, BAD_CAST "type", BAD_CAST "dir");
        xml_leaf(root, "name", name);
        xml_leaf(xml_element(root, "target", NULL), "path", folder);
        AUTO_FREE char *text = xml_print(doc);
        return virStoragePoolCreateXML(conn, text, 0);
}

/* A pool of the folder for as long as we need it: one command at a time has it. One that was killed left it behind. */
static int borrow_pool(virConnectPtr conn, struct pool *p, struct err *e)
{
        AUTO_FREE char *name = lock_name(p);
        p->lock = work_lock(name, NULL, e);
        if (p->lock < 0)
                return -1;
        p->pool = virStoragePoolLookupByTargetPath(conn, p->folder);
        if (p->pool)
                virStoragePoolRefresh(p->pool, 0);
        else
                p->pool = create_pool(conn, name, p->folder);
        p->ours = p->pool != NULL;
        return p->pool ? 0 : vm_error(e, "use the folder %s on the host", p->folder);
}

static int pool_enter(virConnectPtr conn, const char *path, struct pool *p, struct err *e)
{
        const char *slash = strrchr(path, '/');
        *p = (struct pool){
                .lock = -1, .folder = slash == path ? format("/") : format("%.*s", (int)(slash - path), path), .name = slash + 1
        };
        p->pool = virStoragePoolLookupByTargetPath(conn, p->folder);
        if (!p->pool || str_after(virStoragePoolGetName(p->pool), "crossarm-")) {
                if (p->pool)
                        virStoragePoolFree(p->pool);
                return borrow_pool(conn, p, e);
        }
        virStoragePoolRefresh(p->pool, 0); /* what others put there */
        return 0;
}

static void free_volume(virStorageVolPtr *volume)
{
        if (*volume)
                virStorageVolFree(*volume);
}
#define AUTO_VOLUME __attribute__((cleanup(free_volume)))

static xmlDoc *volume_xml(const char *name, const char *format_name, u64 size, u64 allocated)
{
        xmlDoc *doc = xml_new("volume");
        xmlNode *root = xmlDocGetRootElement(doc);
        AUTO_FREE char *bytes = format("%llu", (unsigned long long)size), *now = format("%llu", (unsigned long long)allocated);
        xml_leaf(root, "name", name);
        xml_leaf(root, "capacity", bytes);
        xml_leaf(root, "allocation", now);
        xmlNode *target = xml_element(root, "target", NULL);
        xml_element(target, "format", "type", format_name, NULL);
        if (!strcmp(format_name, "qcow2"))
                xml_leaf(target, "compat", "1.1");
        return doc;
}

static virStorageVolPtr create(const struct pool *p, xmlDoc *doc, const char *path, struct err *e)
{
        AUTO_FREE char *text = xml_print(doc);
        virStorageVolPtr volume = virStorageVolCreateXML(p->pool, text, 0);
        if (!volume)
                vm_error(e, "make the image %s", path);
        return volume;
}

/* Size and format of the image that another one is based on, as libvirt sees them. */
static int look_at_backing(virConnectPtr conn, const char *path, u64 *size, char **format_name, struct err *e)
{
        AUTO_POOL struct pool p;
        if (pool_enter(conn, path, &p, e))
                return -1;
        AUTO_VOLUME virStorageVolPtr volume = virStorageVolLookupByName(p.pool, p.name);
        virStorageVolInfo info;
        if (volume && !virStorageVolGetInfo(volume, &info) && info.type != VIR_STORAGE_VOL_FILE && info.type != VIR_STORAGE_VOL_BLOCK)
                return err_set(e, 1, "the backing image %s is a folder", path);
        AUTO_FREE char *text = volume ? virStorageVolGetXMLDesc(volume, 0) : NULL;
        if (!text || virStorageVolGetInfo(volume, &info))
                return err_set(e, 1, "there is no backing image %s on the host", path);
        AUTO_XML xmlDoc *doc = xml_parse(text, strlen(text), "the backing image", e);
        if (!doc)
                return -1;
        *format_name = xml_text(xmlDocGetRootElement(doc), "string(/volume/target/format/@type)");
        if (*size && *size < info.capacity)
                return err_set(e, 1, "a disk of %llu MiB on the backing image %s, which has %llu MiB: it has to be as large at least",
                        (unsigned long long)*size >> 20, path, info.capacity >> 20);
        *size = *size ? *size : info.capacity;
        return 0;
}

int volume_make(virConnectPtr conn, const char *path, const char *format_name, u64 size, const char *backing, struct err *e)
{
        AUTO_FREE char *backing_format = NULL;
        if (backing && look_at_backing(conn, backing, &size, &backing_format, e))
                return -1;
        AUTO_POOL struct pool p;
        if (pool_enter(conn, path, &p, e))
                return -1;
        AUTO_XML xmlDoc *doc = volume_xml(p.name, format_name, size, 0);
        if (backing) {
                xmlNode *store = xml_element(xmlDocGetRootElement(doc), "backingStore", NULL);
                xml_leaf(store, "path", backing);
                xml_element(store, "format", "type", *backing_format ? backing_format : "raw", NULL);
        }
        AUTO_VOLUME virStorageVolPtr volume = create(&p, doc, path, e);
        return volume ? 0 : -1;
}

static int send(virStreamPtr stream, int fd, u64 len, bool (*progress)(u64 done, u64 all), const char *path, struct err *e)
{
        char part[256 << 10];
        for (u64 done = 0; done < len;) {
                ssize_t n = pread(fd, part, sizeof part < len - done ? sizeof part : (size_t)(len - done), (off_t)done);
                if (n <= 0)
                        return err_set(e, 1, "cannot read what goes into %s: %s", path, n ? strerror(errno) : "the file became shorter");
                for (ssize_t sent = 0; sent < n;) {
                        int m = virStreamSend(stream, part + sent, (size_t)(n - sent));
                        if (m < 0)
                                return vm_error(e, "write the image %s", path);
                        sent += m;
                }
                done += (u64)n;
                if (progress && !progress(done, len))
                        return err_set(e, 130, "interrupted");
        }
        return virStreamFinish(stream) ? vm_error(e, "write the image %s", path) : 0;
}

int volume_put(virConnectPtr conn, const char *path, int fd, u64 len, bool (*progress)(u64 done, u64 all), struct err *e)
{
        AUTO_POOL struct pool p;
        if (pool_enter(conn, path, &p, e))
                return -1;
        /* Space is taken before the copy: libvirt does not tell of a full disk in its middle. */
        AUTO_XML xmlDoc *doc = volume_xml(p.name, "raw", len, len);
        AUTO_VOLUME virStorageVolPtr volume = create(&p, doc, path, e);
        if (!volume)
                return -1;
        virStreamPtr stream = virStreamNew(conn, 0);
        int status = !stream || virStorageVolUpload(volume, stream, 0, len, 0) ? vm_error(e, "write the image %s", path)
                                                                               : send(stream, fd, len, progress, path, e);
        if (status && stream)
                virStreamAbort(stream);
        if (stream)
                virStreamFree(stream);
        return status;
}

int volume_copy(virConnectPtr conn, const char *from, const char *to, struct err *e)
{
        AUTO_POOL struct pool p;
        if (pool_enter(conn, from, &p, e))
                return -1;
        AUTO_VOLUME virStorageVolPtr source = virStorageVolLookupByName(p.pool, p.name);
        if (!source)
                return 0;
        const char *name = strrchr(to, '/') + 1;
        AUTO_FREE char *text = virStorageVolGetXMLDesc(source, 0);
        AUTO_XML xmlDoc *old = text ? xml_parse(text, strlen(text), from, e) : NULL;
        if (!old)
                return text ? -1 : vm_error(e, "look at %s", from);
        AUTO_FREE char *format_name = xml_text(xmlDocGetRootElement(old), "string(/volume/target/format/@type)");
        AUTO_FREE char *capacity = xml_text(xmlDocGetRootElement(old), "string(/volume/capacity)");
        AUTO_XML xmlDoc *doc = volume_xml(name, format_name, strtoull(capacity, NULL, 10), 0);
        AUTO_FREE char *wish = xml_print(doc);
        AUTO_VOLUME virStorageVolPtr there = virStorageVolLookupByName(p.pool, name);
        if (there && virStorageVolDelete(there, 0))
                return vm_error(e, "remove %s", to);
        AUTO_VOLUME virStorageVolPtr copy = virStorageVolCreateXMLFrom(p.pool, wish, source, 0);
        return copy ? 0 : vm_error(e, "copy %s to %s", from, to);
}

int volume_grow(virConnectPtr conn, const char *path, u64 size, struct err *e)
{
        AUTO_POOL struct pool p;
        if (pool_enter(conn, path, &p, e))
                return -1;
        AUTO_VOLUME virStorageVolPtr volume = virStorageVolLookupByName(p.pool, p.name);
        virStorageVolInfo info;
        if (!volume || virStorageVolGetInfo(volume, &info))
                return vm_error(e, "look at the image %s", path);
        if (size < info.capacity)
                return err_set(e, 1, "a disk of %llu MiB from an image of %llu MiB: it has to be as large at least",
                        (unsigned long long)size >> 20, info.capacity >> 20);
        if (size > info.capacity && virStorageVolResize(volume, size, 0))
                return vm_error(e, "make the image %s larger", path);
        return 0;
}

int volume_free(virConnectPtr conn, const char *path, struct err *e)
{
        AUTO_POOL struct pool p;
        if (pool_enter(conn, path, &p, e))
                return -1;
        AUTO_VOLUME virStorageVolPtr volume = virStorageVolLookupByName(p.pool, p.name);
        return volume ? err_set(e, 1, "there is an image %s on the host already", path) : 0;
}

int volume_remove(virConnectPtr conn, const char *path, struct err *e)
{
        AUTO_POOL struct pool p;
        if (pool_enter(conn, path, &p, e))
                return -1;
        AUTO_VOLUME virStorageVolPtr volume = virStorageVolLookupByName(p.pool, p.name);
        if (volume && virStorageVolDelete(volume, 0))
                return vm_error(e, "remove the image %s", path);
        return 0;
}
