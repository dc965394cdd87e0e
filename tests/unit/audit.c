/*
 * The audit's readers of outside bytes: names, versions, and damaged files of every kind, which must neither crash nor hang. With
 * arguments: each of these files ROUNDS times, damaged (test-audit ROUNDS FILE...); what was found has to be the same after a way through
 * the cache's form.
 */
#include "check.h"
#include "random.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/documents.h"
#include "audit/facts.h"
#include "audit/image.h"
#include "audit/judge.h"
#include "audit/names.h"
#include "audit/report.h"
#include "audit/source.h"
#include "audit/walk.h"
#include "base/util.h"

static void names(void)
{
        static const struct {
                const char *path;
                enum machine machine;
                enum system system;
        } rows[] = {
                { "prebuilds/linux-arm64/t.node", MACHINE_ARM64, SYSTEM_LINUX },
                { "bin/linux/x64/7za", MACHINE_AMD64, SYSTEM_LINUX },
                { "bin/linux_arm64/ibazel", MACHINE_ARM64, SYSTEM_LINUX },
                { "com/sun/jna/linux-x86-64/libjnidispatch.so", MACHINE_AMD64, SYSTEM_LINUX },
                { "META-INF/native/libnetty_linux-aarch_64.so", MACHINE_ARM64, SYSTEM_LINUX },
                { "yaml/_yaml.cpython-311-x86_64-linux-gnu.so", MACHINE_AMD64, SYSTEM_LINUX },
                { "bin/darwin/arm64/ffprobe", MACHINE_ARM64, SYSTEM_MACOS },
                { "a/linux-x64/b/linux-arm64/t", MACHINE_ARM64, SYSTEM_LINUX },
                { "usr/lib/aarch64-linux-gnu/libc.so.6", MACHINE_ARM64, SYSTEM_LINUX },
                { "usr/bin/x86_64-linux-gnu-gcc", MACHINE_NONE, SYSTEM_NONE },
                { "usr/bin/qemu-x86_64", MACHINE_NONE, SYSTEM_NONE },
                { "usr/aarch64-linux-gnu/bin/ld", MACHINE_NONE, SYSTEM_NONE },
                { "usr/lib/gcc-cross/aarch64-linux-gnu/12/cc1", MACHINE_NONE, SYSTEM_NONE },
                { "usr/lib/x86_64-linux-gnu/libbfd-2.40-arm64.so", MACHINE_AMD64, SYSTEM_LINUX },
                { "usr/share/alarm/harmony", MACHINE_NONE, SYSTEM_NONE },
                { "x64-arm64/t", MACHINE_NONE, SYSTEM_NONE },
        };
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                struct native n = { .path = (char *)rows[i].path };
                names_read(&n);
                CHECK_CASE(n.said_machine == rows[i].machine && n.said_system == rows[i].system, "%s: says %s, %s", rows[i].path,
                        machine_name(n.said_machine), system_name(n.said_system));
        }
        AUTO_FREE char *a = names_key("p/linux-x64/t.node"), *b = names_key("p/linux/arm64/t.node"), *c = names_key("p/linux-x64/u.node");
        CHECK(!strcmp(a, b) && strcmp(a, c));
}

static void versions(void)
{
        CHECK(version_parse("2.34") > version_parse("2.17") && version_parse("2.17") > version_parse("2.4"));
        CHECK(version_parse("3.4.30") > version_parse("3.4.9"));
        CHECK(version_parse("PRIVATE") == 0 && version_parse("99999.1") == 0);
        CHECK(!strcmp(version_text(version_parse("2.17")).text, "2.17") && !strcmp(version_text(version_parse("3.4.30")).text, "3.4.30"));
}

/* ---- damage ---- */

static char *judged(struct artefact *a)
{
        image_assemble(a);
        judge(a, target_find("centos7"));
        json_t *report = report_of(a);
        char *text = json_dumps(report, 0);
        json_decref(report);
        return text ? text : format("a name that is no UTF-8");
}

static void look_at(const u8 *data, size_t len)
{
        int fd = memfd_create("t", MFD_CLOEXEC);
        struct artefact *a = artefact_new("t", "file");
        struct walk w = walk_new(len, true, NULL, NULL);
        w.budget = (struct budget){ .bytes = 64 << 20, .entries = 1000 };
        struct stream s;
        if (write(fd, data, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET))
                abort();
        stream_of_file(&s, fd, len, NULL);
        walk_stream(&w, a, &s, "", 0);
        char *facts = facts_of(a);
        struct artefact *again = facts ? facts_read(facts) : NULL;
        char *report = judged(a), *report_again = again ? judged(again) : NULL;
        CHECK(!report_again || !strcmp(report, report_again));
        free(facts);
        free(report);
        free(report_again);
        stream_end(&s);
        artefact_free(a);
        artefact_free(again);
        close(fd);
}

/* Some bytes changed, or the end cut off. Most of what matters is in the first kilobytes. */
static void damage(const u8 *seed, size_t len, int rounds)
{
        u8 *copy = malloc(len);
        for (int i = 0; i < rounds; i++) {
                memcpy(copy, seed, len);
                size_t n = any(8) ? len : random_bits() % len;
                for (u32 k = any(6); k; k--) {
                        static const size_t ranges[] = { 1024, 1024, 4096, 65536, SIZE_MAX, SIZE_MAX };
                        size_t range = ranges[any(ARRAY_LEN(ranges))];
                        range = range < len ? range : len;
                        static const u8 edges[] = { 0, 1, 0x7f, 0x80, 0xff };
                        size_t at = random_bits() % range;
                        copy[any(4) ? at : len - 1 - at] = /* the tables of some kinds are at the end */
                                any(2) ? (u8)random_bits() : edges[any(ARRAY_LEN(edges))];
                }
                look_at(copy, n);
        }
        free(copy);
}

static void damaged_file(const char *path, int rounds)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        static u8 data[512 << 10];
        ssize_t len = read(fd, data, sizeof data);
        close(fd);
        CHECK(len > 0);
        if (len > 0)
                damage(data, (size_t)len, rounds);
}

static size_t make_rpm(u8 *p)
{
        static const u8 header[] = { 0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 3, 0xfe, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0,
                0, 1, 'n', 'o', 'a', 'r', 'c', 'h', 0, 0 };
        memset(p, 0, 96);
        memcpy(p, "\xed\xab\xee\xdb\3", 5);
        memcpy(p + 96, header, sizeof header);
        memcpy(p + 96 + sizeof header, header, sizeof header);
        return 96 + 2 * sizeof header;
}

static size_t make_firmware(u8 *p)
{
        memset(p, 0, 8192);
        memcpy(p + 40, "_FVH", 4);
        memcpy(p + 512, "VZ\x64\xaa\4\x0b\x40\0", 8);
        memcpy(p + 1024, "\x18\x20\0\2\x98\x58\x4e\xee\x14\x39\x59\x42\x9d\x6e\xdc\x7b\xd7\x94\x03\xcf\x18\0\1\0\x5d\0\0\x80\0", 29);
        return 8192;
}

static void damaged(void)
{
        static u8 p[8192];
        static const char source[] =
                "#ifndef A\n#define A\n#define M(x) _mm_pause() \\\n asm(\"rdtsc\")\n#if (defined(__x86_64__) && !(B >= 3)) || "
                "__has_include(<a.h>) ? 1 : 0 /* x */\n#include <immintrin.h>\n#else\n#error no\n#endif\nint f(void) { "
                "char c; while ((c = "
                "getc(f)) != EOF) __asm__ volatile (\"lock; xaddl %%eax, %0\\n\" : \"+m\"(x)); return __builtin_ia32_pause(); }\n#endif\n";
        static const char lines[] =
                "ifeq (a,b)\nCFLAGS += -msse2 -m64\nendif\ncase $host_cpu in\ni?86*|x86_64) a=b.c;;\n*) AC_MSG_ERROR(no) \\\nesac\nif(NOT "
                "X86)\nset(SSE a.c\n b.c)\nmessage(FATAL_ERROR x)\nelse()\nsubdir_done()\nendif()\nAC_CHECK_HEADER([cpuid.h], "
                "[AC_MSG_ERROR])\nFROM --platform=linux/amd64 x\nRUN curl https://x/amd64\nArchitecture: amd64\n";
        static const char *const paths[] = { "a.c", "Makefile", "Dockerfile", "debian/control", "a.S", "a.rs", "a.go", "x.spec",
                "configure.ac", "CMakeLists.txt", "arch/x86_64/a.c", "a_amd64.s", "a.asm" };
        damaged_file("/proc/self/exe", 120);
        damage(p, make_rpm(p), 400);
        damage(p, make_firmware(p), 200);
        for (int i = 0; i < 1500; i++) {
                struct artefact *a = artefact_new("t", "directory");
                const char *seed = i % 2 ? source : lines;
                size_t len = strlen(seed);
                char *text = malloc(len + 1);
                memcpy(text, seed, len + 1);
                for (u32 k = any(8); k; k--)
                        text[random_bits() % len] = "#(\"'\\/*\n x"[any(10)];
                source_scan(a, paths[any(ARRAY_LEN(paths))], text, len);
                source_finish(a);
                free(text);
                artefact_free(a);
        }
        static const char *const documents[] = { "package.json", "a.dist-info/WHEEL", "control", "info/index.json", "metadata",
                "x/qemu/firmware/1.json" };
        static const char json[] = "{\"cpu\": [\"arm64\", \"!x64\"], \"os\": [\"linux\"], \"scripts\": {\"install\": \"download\"}, "
                                   "\"subdir\": \"linux-64\", \"targets\": [{\"architecture\": "
                                   "\"aarch64\"}]}\nTag: cp3-cp3-linux_aarch64\nArchitecture: arm64\nplatform: x\n";
        for (int i = 0; i < 1500; i++) {
                struct artefact *a = artefact_new("t", i % 3 ? "deb" : "gem");
                char *text = format("%s", json);
                for (u32 k = any(8); k; k--)
                        text[random_bits() % strlen(json)] = (char)(1 + any(126));
                document_take(a, documents[any(ARRAY_LEN(documents))], text, strlen(text));
                artefact_free(a);
        }
}

static void damaged_files(int rounds, char **files)
{
        for (; *files; files++) {
                struct stat st;
                int fd = open(*files, O_RDONLY | O_CLOEXEC);
                if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !st.st_size) {
                        if (fd >= 0)
                                close(fd);
                        continue;
                }
                u8 *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
                CHECK(data != MAP_FAILED);
                look_at(data, (size_t)st.st_size);
                damage(data, (size_t)st.st_size, rounds);
                munmap(data, (size_t)st.st_size);
                close(fd);
        }
}

int main(int argc, char **argv)
{
        if (argc > 2) {
                damaged_files(atoi(argv[1]), argv + 2);
                return check_status();
        }
        names();
        versions();
        damaged();
        return check_status();
}
