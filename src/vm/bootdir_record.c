#include "vm/bootdir_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/util.h"

enum { MAX_RECORD = 16384 };

/* The texts of a record: its key, where it is, its size. */
static const struct field {
        const char *key;
        size_t at, size;
} fields[] = {
#define FIELD(key, member) \
        { \
                key, offsetof(struct bootdir_found, member), sizeof((struct bootdir_found *)0)->member \
        }
        FIELD("kernel", pair.kernel),
        FIELD("kernel_link", pair.kernel_link),
        FIELD("kernel_format", kernel_format),
        FIELD("initrd", pair.initrd),
        FIELD("initrd_link", pair.initrd_link),
        FIELD("initrd_format", initrd_format),
        FIELD("arch", arch),
        FIELD("release", release),
        FIELD("digest", digest),
#undef FIELD
};

int bootdir_record_write(int folder, const char *path, const struct bootdir_found *found, i64 taken_at)
{
        json_t *root = json_object();
        for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
                const char *text = (const char *)found + fields[i].at;
                struct bootdir_shown shown = bootdir_shown(text);
                json_t *value = json_string(text);
                if (!value) /* it is no UTF-8 */
                        value = json_string(shown.text);
                json_object_set_new(root, fields[i].key, value);
        }
        json_object_set_new(root, "kernel_bytes", json_integer((json_int_t)found->kernel_bytes));
        json_object_set_new(root, "initrd_bytes", json_integer((json_int_t)found->initrd_bytes));
        json_object_set_new(root, "taken_at", json_integer(taken_at));
        AUTO_CLOSE int fd = openat(folder, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        int status = fd < 0 || json_dumpfd(root, fd, JSON_INDENT(2)) < 0 ? -1 : fsync(fd);
        json_decref(root);
        return status;
}

static u64 number(const json_t *root, const char *key)
{
        return (u64)json_integer_value(json_object_get(root, key));
}

int bootdir_record_read(int folder, const char *path, struct bootdir_found *found, i64 *taken_at)
{
        AUTO_FREE char *text = read_text(folder, path, MAX_RECORD);
        json_t *root = text ? json_loads(text, 0, NULL) : NULL;
        *found = (struct bootdir_found){ 0 };
        bool whole = json_is_object(root);
        for (size_t i = 0; i < ARRAY_LEN(fields) && whole; i++) {
                const char *value = json_string_value(json_object_get(root, fields[i].key));
                whole = value && strlen(value) < fields[i].size;
                if (whole)
                        strcpy((char *)found + fields[i].at, value);
        }
        found->kernel_bytes = number(root, "kernel_bytes");
        found->initrd_bytes = number(root, "initrd_bytes");
        if (taken_at)
                *taken_at = (i64)number(root, "taken_at");
        json_decref(root);
        return whole ? 0 : -1;
}
