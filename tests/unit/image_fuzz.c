/*
 * Damaged input for everything that reads what others wrote: good examples, then flipped, cut, doubled and swapped at random, by a fixed
 * seed. Under ASan and UBSan what matters is that nothing is reported; here, that layers stay in their folder. IMAGE_FUZZ=N: rounds.
 */
#include "random.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "image/auth.h"
#include "image/config.h"
#include "image/manifest.h"
#include "image/member.h"
#include "image/ref.h"
#include "image/tree.h"
#include "image/unpack.h"

static void mutate(struct bytes *b, const char *const *words, size_t word_count)
{
        for (u32 n = 1 + any(4); n && b->len; n--) {
                size_t at = any((u32)b->len), len = any(1 + (u32)(b->len - at < 64 ? b->len - at : 64));
                const char *word = words[any((u32)word_count)];
                switch (any(6)) {
                case 0: b->data[at] ^= (char)(1 << any(8)); break;
                case 1: b->data[at] = (char)any(256); break;
                case 2: b->len = at; break;
                case 3: memmove(b->data + at, b->data + any((u32)(b->len - len + 1)), len); break;
                case 4: memset(b->data + at, (int)any(256), len); break;
                case 5: memcpy(b->data + at, word, strlen(word) < b->len - at ? strlen(word) : b->len - at); break;
                }
        }
        if (b->data)
                b->data[b->len] = 0;
}

static void read_texts(const struct bytes *b)
{
        struct err e;
        struct manifest m;
        struct image_config c;
        struct credentials who;
        struct ref r;
        struct platform p;
        struct challenge ch;
        const char *text = b->len ? b->data : "";
        if (manifest_parse(text, b->len, "", "it", &m, &e) == 0) {
                AUTO_FREE char *all = manifest_platforms(&m);
                manifest_free(&m);
        }
        if (config_parse(text, b->len, "it", &c, &e) == 0)
                config_free(&c);
        if (!strstr(text, "cred") && credentials_read(text, b->len, "it", "docker.io", "library/x", &who, &e) >= 0)
                credentials_free(&who);
        if (ref_parse(text, &r, &e) == 0)
                ref_free(&r);
        if (platform_parse(text, &p))
                platform_text(&p);
        challenge_parse(text, &ch);
}

static const char *const texts[] = {
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[{\"mediaType\":\"application/"
        "vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:ba02012236fdbe2370ba5c6f711c4c1c00bb4a408c219ceada17bf439e73ab51\",\"size\":"
        "503,"
        "\"platform\":{\"architecture\":\"arm64\",\"os\":\"linux\",\"variant\":\"v8\"}}]}",
        "{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:ba02012236fdbe2370ba5c6f711c4c1c00bb4a408c219ceada17bf439e73ab51\",\"size\":"
        "7},"
        "\"layers\":[{\"digest\":\"sha256:ba02012236fdbe2370ba5c6f711c4c1c00bb4a408c219ceada17bf439e73ab51\",\"size\":1}]}",
        "{\"os\":\"linux\",\"architecture\":\"arm64\",\"config\":{\"Env\":[\"A=1\"],\"Cmd\":[\"x\"],\"Volumes\":{\"/"
        "d\":{}},\"User\":\"7:8\"},"
        "\"rootfs\":{\"diff_ids\":[\"sha256:ba02012236fdbe2370ba5c6f711c4c1c00bb4a408c219ceada17bf439e73ab51\"]}}",
        "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"YW5uOnBhOnNz\"},\"docker.io/library\":{\"identitytoken\":\"t\"}}}",
        "registry.example:5000/a/b-c__d:tag@sha256:ba02012236fdbe2370ba5c6f711c4c1c00bb4a408c219ceada17bf439e73ab51",
        "docker-archive:file:name:tag",
        "linux/arm64/v8",
        "Bearer realm=\"https://auth/t\",service=\"r\",scope=\"repository:a:pull\"",
};

static const char *const text_words[] = { "\"", "{", "[", "sha256:", "18446744073709551615", "-1", "\\u0000", "null", "1e999", "://", "..",
        ",=", "\xff\xfe" };

static void add_entry(struct archive *a, const char *path, mode_t type, const char *link, bool hard, const char *data)
{
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, path);
        archive_entry_set_filetype(entry, type);
        archive_entry_set_perm(entry, type == AE_IFDIR ? 0755 : 0644);
        archive_entry_set_size(entry, (la_int64_t)strlen(data));
        if (link && hard)
                archive_entry_set_hardlink(entry, link);
        else if (link)
                archive_entry_set_symlink(entry, link);
        if (!link && type == AE_IFREG)
                archive_entry_xattr_add_entry(entry, "user.x", "y", 1);
        archive_write_header(a, entry);
        archive_write_data(a, data, strlen(data));
        archive_entry_free(entry);
}

/* A tar that has one of everything. */
static struct bytes make_tar(bool compressed)
{
        static char room[1 << 20];
        size_t used = 0;
        struct archive *a = archive_write_new();
        archive_write_set_format_pax(a);
        if (compressed)
                archive_write_add_filter_gzip(a);
        archive_write_open_memory(a, room, sizeof room, &used);
        add_entry(a, "d", AE_IFDIR, NULL, false, "");
        add_entry(a, "d/file", AE_IFREG, NULL, false, "content of a file");
        add_entry(a, "d/hard", AE_IFREG, "d/file", true, "");
        add_entry(a, "way", AE_IFLNK, "d", false, "");
        add_entry(a, "out", AE_IFLNK, "../canary", false, "");
        add_entry(a, "way/through", AE_IFREG, NULL, false, "x");
        add_entry(a, "d/.wh.old", AE_IFREG, NULL, false, "");
        add_entry(a, "d/.wh..wh..opq", AE_IFREG, NULL, false, "");
        add_entry(a, "out/new", AE_IFREG, NULL, false, "x");
        archive_write_close(a);
        archive_write_free(a);
        struct bytes b = { 0 };
        bytes_add(&b, room, used);
        return b;
}

static const char *const tar_words[] = { "../", "/..", "/", "../../canary/x", ".wh.", ".wh..", "out/", "1", "2", "5", "7", "77777777777",
        "\x80\xff\xff\xff\xff\xff\xff\xff", "GNU.sparse.size=", "ustar", "30 path=" };

static int in_canary(void)
{
        struct stat st;
        return lstat("canary/secret", &st) == 0 && st.st_nlink == 1 && st.st_size == 6 && lstat("canary/new", &st) < 0 &&
               lstat("canary/x", &st) < 0;
}

static void read_layer(const struct bytes *b)
{
        AUTO_CLOSE int fd = memfd_create("layer", MFD_CLOEXEC);
        struct err e;
        struct digest diff_id;
        if (write(fd, b->data, b->len) != (ssize_t)b->len || mkdir("root", 0755) < 0)
                abort();
        AUTO_CLOSE int root = open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct unpack u = { .root = root, .left = 8 << 20, .entries = 100, .truth = truth_new() };
        lseek(fd, 0, SEEK_SET);
        unpack_layer(&u, fd, "fuzz", &diff_id, &e);
        lseek(fd, 0, SEEK_SET);
        unpack_survey(&u, fd, "fuzz", &diff_id, &e);
        truth_free(u.truth);
        struct fd_path path = fd_path(fd);
        AUTO_BYTES struct bytes out = { 0 };
        member_load(path.text, "d/hard", 4096, &out, &e);
        if (tree_remove(AT_FDCWD, "root") < 0)
                abort();
}

int main(void)
{
        const char *said = getenv("IMAGE_FUZZ");
        u32 rounds = said ? (u32)atoi(said) : 1500;
        char folder[] = "/tmp/image-fuzz-XXXXXX";
        if (!mkdtemp(folder) || chdir(folder) < 0 || mkdir("canary", 0755) < 0)
                return 1;
        int secret = open("canary/secret", O_CREAT | O_WRONLY, 0644);
        bool made = write(secret, "secret", 6) == 6;
        close(secret);
        for (u32 i = 0; i < rounds * 10; i++) {
                const char *text = texts[any(ARRAY_LEN(texts))];
                AUTO_BYTES struct bytes b = { 0 };
                bytes_add(&b, text, strlen(text));
                mutate(&b, text_words, ARRAY_LEN(text_words));
                read_texts(&b);
        }
        AUTO_BYTES struct bytes plain = make_tar(false);
        AUTO_BYTES struct bytes packed = make_tar(true);
        int bad = 0;
        for (u32 i = 0; made && i < rounds && !bad; i++) {
                AUTO_BYTES struct bytes b = { 0 };
                const struct bytes *from = any(4) ? &plain : &packed;
                bytes_add(&b, from->data, from->len);
                if (i) /* the first is whole */
                        mutate(&b, tar_words, ARRAY_LEN(tar_words));
                if (b.len)
                        read_layer(&b);
                if (!in_canary()) {
                        printf("round %u touched what is outside\n", i);
                        bad = 1;
                }
        }
        return tree_remove(AT_FDCWD, folder) < 0 || bad || !made;
}
