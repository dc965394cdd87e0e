#include "vm/seed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/out.h"
#include "base/util.h"

enum { MAX_DOCUMENT = 1 << 20, MAX_KEY = 16 << 10 };

bool seed_wanted(const struct vm_spec *spec)
{
        const struct spec_cloud_init *c = &spec->cloud_init;
        return c->user_data || c->meta_data || c->network_config || c->hostname || c->user;
}

static char *read_document(const char *path, const char *what, size_t max, struct err *e)
{
        struct stat st;
        bool there = stat(path, &st) == 0;
        if (there && (size_t)st.st_size > max) {
                err_set(e, 2, "the %s %s is larger than %zu KiB", what, path, max >> 10);
                return NULL;
        }
        if (there && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))) { /* a pipe is welcome */
                err_set(e, 2, "the %s %s is a device", what, path);
                return NULL;
        }
        char *text = read_text(AT_FDCWD, path, max);
        if (!text)
                err_set(e, 2, "cannot read the %s %s: %s", what, path, strerror(errno));
        return text;
}

/* A key's line, as an OpenSSH public key file has it. */
static char *read_key(const char *path, struct err *e)
{
        char *key = read_document(path, "public key", MAX_KEY, e);
        if (!key)
                return NULL;
        key[strcspn(key, "\r\n")] = 0;
        bool good = (!strncmp(key, "ssh-", 4) || !strncmp(key, "ecdsa-", 6) || !strncmp(key, "sk-", 3)) && !strpbrk(key, "\"\\");
        if (!good) {
                err_set(e, 2,
                        strstr(key, "PRIVATE") ? "%s is the private key; the public one (%s.pub) goes into the guest"
                                               : "%s is no public key of OpenSSH: it begins with ssh-, ecdsa- or sk- (see %s.pub)",
                        path, path);
                free(key);
                return NULL;
        }
        return key;
}

static char *make_user_data(const struct spec_cloud_init *c, struct err *e)
{
        AUTO_FREE char *key = c->ssh_key ? read_key(c->ssh_key, e) : NULL;
        if (c->ssh_key && !key)
                return NULL;
        if (!c->user)
                return format("#cloud-config\n{}\n");
        AUTO_FREE char *keys = key ? format("    ssh_authorized_keys:\n      - \"%s\"\n", key) : format("%s", "");
        return format("#cloud-config\nusers:\n  - name: \"%s\"\n    sudo: \"ALL=(ALL) NOPASSWD:ALL\"\n    shell: /bin/bash\n    "
                      "lock_passwd: true\n%s",
                c->user, keys);
}

static char *make_meta_data(const struct vm_spec *spec, const char *instance)
{
        const char *host = spec->cloud_init.hostname ? spec->cloud_init.hostname : spec->top.name;
        return format("instance-id: \"%s\"\n%s%s%s", instance, host ? "local-hostname: \"" : "", host ? host : "", host ? "\"\n" : "");
}

static bool add_file(struct archive *iso, const char *name, const char *text)
{
        struct archive_entry *entry = archive_entry_new();
        size_t len = strlen(text);
        check(entry);
        archive_entry_set_pathname(entry, name);
        archive_entry_set_size(entry, (la_int64_t)len);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        bool good = archive_write_header(iso, entry) == ARCHIVE_OK && archive_write_data(iso, text, len) == (la_ssize_t)len;
        archive_entry_free(entry);
        return good;
}

static int write_image(int fd, const char *user, const char *meta, const char *network, struct err *e)
{
        struct archive *iso = archive_write_new();
        check(iso);
        archive_write_set_format_iso9660(iso);
        archive_write_set_options(iso, "volume-id=cidata,joliet=1,rockridge=useful");
        archive_write_set_bytes_in_last_block(iso, 1);
        archive_write_open_fd(iso, fd);
        bool good = add_file(iso, "user-data", user) && add_file(iso, "meta-data", meta) &&
                    (!network || add_file(iso, "network-config", network)) && archive_write_close(iso) == ARCHIVE_OK;
        if (!good)
                err_set(e, 1, "cannot make the image of cloud-init: %s", archive_error_string(iso));
        archive_write_free(iso);
        return good ? 0 : -1;
}

void seed_documents_free(struct seed_documents *d)
{
        free(d->user);
        free(d->meta);
        free(d->network);
}

int seed_documents(const struct vm_spec *spec, const char *instance, struct seed_documents *d, struct err *e)
{
        const struct spec_cloud_init *c = &spec->cloud_init;
        d->user = c->user_data ? read_document(c->user_data, "user-data", MAX_DOCUMENT, e) : make_user_data(c, e);
        d->meta = c->meta_data ? read_document(c->meta_data, "meta-data", MAX_DOCUMENT, e) : make_meta_data(spec, instance);
        d->network = c->network_config ? read_document(c->network_config, "network-config", MAX_DOCUMENT, e) : NULL;
        return d->user && d->meta && (d->network || !c->network_config) ? 0 : -1;
}

int seed_make(const struct vm_spec *spec, const char *instance, u64 *len, struct err *e)
{
        AUTO_DOCUMENTS struct seed_documents d = { 0 };
        if (seed_documents(spec, instance, &d, e))
                return -1;
        int fd = memfd_create("cidata", MFD_CLOEXEC);
        struct stat st;
        if (fd < 0 || write_image(fd, d.user, d.meta, d.network, e) || fstat(fd, &st)) {
                if (fd >= 0)
                        close(fd);
                return fd < 0 ? err_set(e, 1, "no memory for the image of cloud-init: %s", strerror(errno)) : -1;
        }
        *len = (u64)st.st_size;
        return fd;
}
