/* Names, platforms, manifests, configs, logins, whiteouts: what the image code reads from outside. Prints what is wrong; exit 0 when
 * nothing is. */
#include "check.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "base/util.h"
#include "image/auth.h"
#include "image/config.h"
#include "image/hash.h"
#include "image/layout.h"
#include "image/manifest.h"
#include "image/ref.h"
#include "image/tree.h"
#include "image/truth.h"
#include "image/whiteout.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static bool ref_is(const char *text, const char *name)
{
        struct ref r;
        struct err e;
        if (ref_parse(text, &r, &e) < 0)
                return !name;
        bool same = name && !strcmp(r.name, name);
        if (!same)
                printf("%s is %s\n", text, r.name);
        ref_free(&r);
        return same;
}

static void test_ref(void)
{
        CHECK(ref_is("debian", "docker.io/library/debian:latest"));
        CHECK(ref_is("debian:bookworm", "docker.io/library/debian:bookworm"));
        CHECK(ref_is("docker://ann/x", "docker.io/ann/x:latest"));
        CHECK(ref_is("index.docker.io/library/x:1", "docker.io/library/x:1"));
        CHECK(ref_is("127.0.0.1:5000/a/b/c:T-1.x", "127.0.0.1:5000/a/b/c:T-1.x"));
        CHECK(ref_is("[::1]:5000/a", "[::1]:5000/a:latest"));
        CHECK(ref_is("localhost/a", "localhost/a:latest"));
        CHECK(ref_is("ghcr.io/a/b@sha256:" HEX64, "ghcr.io/a/b@sha256:" HEX64));
        CHECK(ref_is("ghcr.io/a/b:t@sha256:" HEX64, "ghcr.io/a/b:t@sha256:" HEX64));
        CHECK(ref_is("oci:dir/x:name:tag", "oci:dir/x:name:tag"));
        static const char *const bad[] = { "", ":", "A", "a//b", "/a", "a/", "a:", "a:b c", "a@sha256:12", "a@", "a..b", "-a", "a_-",
                "h:99999999/x", "h:/x", "..", "../x", "a/../b", "oci:", "docker-archive:", "docker://", "x\n", "a:.t" };
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                CHECK(ref_is(bad[i], NULL));
}

static bool platform_is(const char *said, const char *normal)
{
        struct platform p;
        if (!platform_parse(said, &p))
                return !normal;
        return normal && !strcmp(platform_text(&p).text, normal);
}

static int fit(const char *want, const char *have)
{
        struct platform w, h;
        CHECK(platform_parse(want, &w) && platform_parse(have, &h));
        return platform_fit(&w, &h);
}

static void test_platform(void)
{
        CHECK(platform_is("arm64", "linux/arm64") && platform_is("aarch64", "linux/arm64") && platform_is("linux/arm64/v8", "linux/arm64"));
        CHECK(platform_is("linux/arm64/8", "linux/arm64") && platform_is("arm64/v8", "linux/arm64") &&
                platform_is("Linux/AArch64", "linux/arm64"));
        CHECK(platform_is("armhf", "linux/arm/v7") && platform_is("arm", "linux/arm/v7") && platform_is("linux/arm/v6", "linux/arm/v6"));
        CHECK(platform_is("x86_64", "linux/amd64") && platform_is("linux/amd64/v1", "linux/amd64") && platform_is("i686", "linux/386"));
        CHECK(platform_is("windows/amd64", "windows/amd64"));
        CHECK(platform_is("", NULL) && platform_is("linux", NULL) && platform_is("/", NULL) && platform_is("a/b/c/d", NULL) &&
                platform_is("linux/", NULL));
        CHECK(platform_is("linux/arm64/version-of-great-length", NULL) && platform_is("x y/z", NULL));
        CHECK(fit("linux/arm/v7", "linux/arm/v6") > fit("linux/arm/v7", "linux/arm/v5") && fit("linux/arm/v7", "linux/arm/v5"));
        CHECK(!fit("linux/arm/v6", "linux/arm/v7") && !fit("arm64", "amd64") && !fit("linux/arm64", "windows/arm64"));
        CHECK(fit("amd64", "linux/amd64/v1") && !fit("amd64", "linux/amd64/v3") && fit("linux/amd64/v3", "linux/amd64/v2"));
}

static int parse(const char *text, const char *type, struct manifest *m, struct err *e)
{
        return manifest_parse(text, strlen(text), type, "the manifest", m, e);
}

static void test_manifest(void)
{
        struct manifest m;
        struct err e;
        struct platform arm64;
        platform_parse("arm64", &arm64);
#define BLOB(more) "{\"mediaType\":\"x\",\"digest\":\"sha256:" HEX64 "\",\"size\":12" more "}"
        CHECK(parse("{\"schemaVersion\":2,\"config\":" BLOB("") ",\"layers\":[" BLOB("") "," BLOB("") "]}", TYPE_DOCKER_MANIFEST, &m, &e) ==
                        0 &&
                !m.index && m.count == 2 && m.items[1].size == 12 && !strcmp(m.media_type, TYPE_DOCKER_MANIFEST));
        manifest_free(&m);
#define FOR(os, arch) ",\"platform\":{\"os\":\"" os "\",\"architecture\":\"" arch "\"}"
        CHECK(parse("{\"manifests\":[" BLOB(FOR("linux", "amd64")) "," BLOB(FOR("unknown", "unknown")) "," BLOB(FOR("linux", "arm64")) "]}",
                      "", &m, &e) == 0 &&
                m.index && manifest_choose(&m, &arm64) == &m.items[2] && m.items[1].attestation);
        AUTO_FREE char *all = manifest_platforms(&m);
        CHECK(!strcmp(all, "linux/amd64, linux/arm64"));
        manifest_free(&m);
        CHECK(parse("{\"manifests\":[],\"layers\":[],\"config\":" BLOB("") "}", "", &m, &e) < 0 && strstr(e.text, "contradicts"));
        CHECK(parse("{\"mediaType\":\"" TYPE_OCI_INDEX "\",\"layers\":[],\"config\":" BLOB("") "}", "", &m, &e) < 0);
        CHECK(parse("{\"manifests\":[]}", TYPE_OCI_MANIFEST, &m, &e) < 0);
        CHECK(parse("{\"schemaVersion\":1,\"fsLayers\":[]}", "", &m, &e) < 0 && strstr(e.text, "schema 1"));
        CHECK(parse("{\"a\":1,\"a\":2}", "", &m, &e) < 0 && parse("{}", "", &m, &e) < 0 && parse("", "", &m, &e) < 0);
        CHECK(parse("{\"manifests\":[{\"digest\":\"sha256:" HEX64 "\",\"size\":1.5}]}", "", &m, &e) < 0);
}

static void test_config(void)
{
        static const char text[] =
                "{\"os\":\"linux\",\"architecture\":\"aarch64\",\"config\":{\"Env\":[\"A=1\",2,\"B=\"],\"Cmd\":[\"x\"],\"Entrypoint\":null,"
                "\"Volumes\":{\"/data\":{}},\"User\":\"7:8\"},\"rootfs\":{\"diff_ids\":[\"sha256:" HEX64 "\"]}}";
        struct image_config c;
        struct err e;
        CHECK(config_parse(text, strlen(text), "the config", &c, &e) == 0);
        CHECK(!strcmp(c.platform.arch, "arm64") && !strcmp(c.env[1], "B=") && !c.env[2] && !c.entrypoint && !strcmp(c.volumes[0], "/data"));
        CHECK(c.layer_count == 1 && !strcmp(c.user, "7:8") && !*c.workdir);
        config_free(&c);
        CHECK(config_parse("{\"rootfs\":{\"diff_ids\":[\"sha256:zz\"]}}", 35, "the config", &c, &e) < 0);
}

static void test_auth(void)
{
        static const char text[] =
                "{\"auths\":{\"h:1\":{\"auth\":\"YW5uOnBhOnNz\"},\"h:1/team\":{\"auth\":\"Ym9iOng=\"},\"https://index.docker.io/v1/\":"
                "{\"identitytoken\":\"tok\"},\"bad\":{\"auth\":\"!\"}}}";
        struct credentials c;
        struct err e;
        CHECK(credentials_read(text, strlen(text), "f", "h:1", "x/y", &c, &e) == 1 && !strcmp(c.user, "ann") &&
                !strcmp(c.password, "pa:ss"));
        credentials_free(&c);
        CHECK(credentials_read(text, strlen(text), "f", "h:1", "team/y", &c, &e) == 1 && !strcmp(c.user, "bob"));
        credentials_free(&c);
        CHECK(credentials_read(text, strlen(text), "f", "docker.io", "library/x", &c, &e) == 1 && !strcmp(c.identity, "tok"));
        credentials_free(&c);
        CHECK(credentials_read(text, strlen(text), "f", "other", "x", &c, &e) == 0 &&
                credentials_read(text, strlen(text), "f", "bad", "x", &c, &e) < 0);
        struct challenge h;
        CHECK(challenge_parse("Bearer realm=\"https://a/t?x=1\", service=\"s\",scope=\"repository:a/b:pull,push\"", &h) && h.bearer &&
                !strcmp(h.realm, "https://a/t?x=1") && !strcmp(h.service, "s") && !strcmp(h.scope, "repository:a/b:pull,push"));
        CHECK(challenge_parse("Basic realm=\"x\"", &h) && !h.bearer);
        CHECK(!challenge_parse("Bearer realm=\"cut", &h) && !challenge_parse("Digest x", &h) && !challenge_parse("", &h));
}

static void test_tree(void)
{
        char out[4096];
        struct whiteout w;
        CHECK(tree_path("./a//b/./c/", out) && !strcmp(out, "a/b/c") && tree_path("/", out) && !*out && tree_path("/x", out) &&
                !strcmp(out, "x"));
        CHECK(!tree_path("..", out) && !tree_path("a/..", out) && !tree_path("a/../b", out) && tree_path("a/..b/...", out));
        CHECK(whiteout_parse("a/.wh.b", &w) == WHITEOUT_YES && !strcmp(w.path, "a/b") && !w.opaque);
        CHECK(whiteout_parse(".wh..wh..opq", &w) == WHITEOUT_YES && w.opaque && !*w.path);
        CHECK(whiteout_parse(".wh.", &w) == WHITEOUT_BAD && whiteout_parse("a/.wh...", &w) == WHITEOUT_BAD &&
                whiteout_parse(".wh..wh.plnk", &w) == WHITEOUT_AUFS);
        CHECK(whiteout_parse("wh.x", &w) == WHITEOUT_NONE);
}

static void put_program(struct truth *t, const char *path, u16 machine)
{
        u8 head[TRUTH_HEAD] = { 0x7f, 'E', 'L', 'F', 2, 1, 1, [16] = ET_DYN, [18] = (u8)machine, [19] = (u8)(machine >> 8) };
        truth_file(t, path, head, sizeof head);
}

static void test_truth(void)
{
        struct truth *t = truth_new();
        struct platform arm64;
        struct verdict v;
        platform_parse("arm64", &arm64);
        truth_judge(t, &arm64, &v);
        CHECK(!v.lies && !v.files);
        truth_next_layer(t);
        put_program(t, "a/x", EM_X86_64);
        put_program(t, "a/y", EM_X86_64);
        put_program(t, "ab", EM_AARCH64);
        truth_judge(t, &arm64, &v);
        AUTO_FREE char *sentence = verdict_sentence(&v);
        CHECK(v.lies && v.machine == EM_X86_64 &&
                !strcmp(sentence, "says linux/arm64, but 2 of its 3 programs and libraries are for amd64: /a/x, /a/y"));
        verdict_free(&v);
        truth_next_layer(t);
        put_program(t, "a/z", EM_AARCH64);
        truth_hide(t, "a", false);
        truth_judge(t, &arm64, &v);
        CHECK(!v.lies && v.files == 2 && !v.offenders);
        verdict_free(&v);
        truth_file(t, "ab", "no program any more", 19);
        truth_judge(t, &arm64, &v);
        CHECK(v.files == 1);
        verdict_free(&v);
        truth_free(t);
}

/* Half a blob is taken up, a wrong one is thrown away. */
static void test_blob(void)
{
        struct err e = { 0 };
        AUTO_LAYOUT struct layout l;
        struct blob_writer w;
        struct descriptor d = { .digest = hash_of("hello world", 11), .size = 11 };
        CHECK(layout_open("blob-test", true, &l, &e) == 0);
        l.resume = true;
        CHECK(blob_begin(&l, &d, &w, &e) == 0 && blob_add(&w, "hello", 5, &e) == 0);
        blob_stop(&w);
        CHECK(!layout_has(&l, &d) && blob_begin(&l, &d, &w, &e) == 0 && w.done == 5);
        CHECK(blob_add(&w, " world and more", 15, &e) < 0 && blob_add(&w, " world", 6, &e) == 0 && blob_end(&w, &e) == 0 &&
                layout_has(&l, &d));
        CHECK(blob_begin(&l, &d, &w, &e) == 1);
        layout_forget(&l, &d.digest);
        CHECK(blob_begin(&l, &d, &w, &e) == 0 && w.done == 0 && blob_add(&w, "hello worle", 11, &e) == 0 && blob_end(&w, &e) < 0);
        CHECK(strstr(e.text, "wrong content") && blob_begin(&l, &d, &w, &e) == 0 && w.done == 0);
        blob_stop(&w);
        struct manifest index;
        d.media_type = (char *)TYPE_OCI_MANIFEST;
        d.ref_name = (char *)"a";
        CHECK(layout_name(&l, &d, &e) == 0 && layout_name(&l, &d, &e) == 0 && layout_index(&l, &index, &e) == 0 && index.count == 1 &&
                !strcmp(index.items[0].ref_name, "a"));
        manifest_free(&index);
        /* One image per platform; an index takes the name from all of them, and an image from the index. */
        const char *const platforms[] = { "linux/arm64", "linux/amd64" };
        for (size_t i = 0; i < 2; i++)
                CHECK(platform_parse(platforms[i], &d.platform) && layout_name(&l, &d, &e) == 0);
        CHECK(layout_index(&l, &index, &e) == 0 && index.count == 3);
        manifest_free(&index);
        struct descriptor whole = { .media_type = (char *)TYPE_OCI_INDEX, .ref_name = (char *)"a", .digest = d.digest, .size = d.size };
        CHECK(layout_name(&l, &whole, &e) == 0 && layout_index(&l, &index, &e) == 0 && index.count == 1);
        manifest_free(&index);
        CHECK(layout_name(&l, &d, &e) == 0 && layout_index(&l, &index, &e) == 0 && index.count == 1 &&
                !strcmp(index.items[0].media_type, TYPE_OCI_MANIFEST));
        manifest_free(&index);
        CHECK(tree_remove(AT_FDCWD, "blob-test") == 0 && access("blob-test", F_OK) < 0);
}

int main(void)
{
        char folder[] = "/tmp/image-test-XXXXXX";
        if (!mkdtemp(folder) || chdir(folder) < 0)
                return 1;
        test_ref();
        test_platform();
        test_manifest();
        test_config();
        test_auth();
        test_tree();
        test_truth();
        test_blob();
        return rmdir(folder) < 0 ? 1 : check_status();
}
