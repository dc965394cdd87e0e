#include "audit/source.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "audit/source_scan.h"
#include "base/util.h"

enum language { LANGUAGE_C, LANGUAGE_ASM, LANGUAGE_RUST, LANGUAGE_LINES };

static const struct {
        const char *suffix;
        enum language language;
} suffixes[] = {
        { ".c", LANGUAGE_C },
        { ".h", LANGUAGE_C },
        { ".cc", LANGUAGE_C },
        { ".cpp", LANGUAGE_C },
        { ".cxx", LANGUAGE_C },
        { ".hh", LANGUAGE_C },
        { ".hpp", LANGUAGE_C },
        { ".hxx", LANGUAGE_C },
        { ".inl", LANGUAGE_C },
        { ".ipp", LANGUAGE_C },
        { ".C", LANGUAGE_C },
        { ".tcc", LANGUAGE_C },
        { ".S", LANGUAGE_ASM },
        { ".s", LANGUAGE_ASM },
        { ".asm", LANGUAGE_ASM },
        { ".nasm", LANGUAGE_ASM },
        { ".rs", LANGUAGE_RUST },
        { ".go", LANGUAGE_LINES },
        { ".sh", LANGUAGE_LINES },
        { ".mk", LANGUAGE_LINES },
        { ".mak", LANGUAGE_LINES },
        { ".cmake", LANGUAGE_LINES },
        { ".pro", LANGUAGE_LINES },
        { ".pri", LANGUAGE_LINES },
        { ".py", LANGUAGE_LINES },
        { ".yml", LANGUAGE_LINES },
        { ".yaml", LANGUAGE_LINES },
        { ".ac", LANGUAGE_LINES },
        { ".am", LANGUAGE_LINES },
        { ".in", LANGUAGE_LINES },
        { ".spec", LANGUAGE_LINES },
        { ".gyp", LANGUAGE_LINES },
        { ".gypi", LANGUAGE_LINES },
        { ".m4", LANGUAGE_LINES },
};

static const char *const build_files[] = { "Makefile", "makefile", "GNUmakefile", "Makefile.in", "Makefile.am", "CMakeLists.txt",
        "configure", "configure.ac", "configure.in", "meson.build", "go.mod", "Cargo.toml", "setup.py", "pyproject.toml", "BUILD",
        "BUILD.bazel", "SConstruct", "wscript", "Dockerfile", "build.gradle", "pom.xml", "binding.gyp", "build.sh" };

/* Written by the build system's authors, for every processor there is: no sign of anything. */
static const char *const generated[] = { "config.guess", "config.sub", "ltmain.sh", "libtool.m4", "aclocal.m4", "configure", "install-sh",
        "depcomp" };

static const char *base_of(const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash ? slash + 1 : path;
}

static bool is_one_of(const char *name, const char *const *list, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (!strcmp(name, list[i]))
                        return true;
        return false;
}

bool source_is_build_file(const char *path, int levels)
{
        for (const char *p = path; *p; p++)
                levels -= *p == '/';
        return levels >= 0 && is_one_of(base_of(path), build_files, ARRAY_LEN(build_files));
}

static bool language_of(const char *path, enum language *language)
{
        const char *base = base_of(path), *dot = strrchr(base, '.');
        if (is_one_of(base, generated, ARRAY_LEN(generated)))
                return false;
        for (size_t i = 0; dot && i < ARRAY_LEN(suffixes); i++)
                if (!strcasecmp(dot, suffixes[i].suffix)) {
                        *language = suffixes[i].language;
                        return true;
                }
        *language = LANGUAGE_LINES;
        return is_one_of(base, build_files, ARRAY_LEN(build_files)) || !strncmp(base, "Dockerfile", 10) || !strncmp(base, "Makefile", 8) ||
               (!strcmp(base, "control") && strstr(path, "debian/control"));
}

bool source_wanted(const char *path)
{
        enum language language;
        return language_of(path, &language);
}

/* ---- words ---- */

static const struct {
        const char *word;
        enum word class;
        bool prefix;
} words[] = {
        { "x86", WORD_X86, true },
        { "x64", WORD_X86, false },
        { "amd64", WORD_X86, false },
        { "i386", WORD_X86, false },
        { "i486", WORD_X86, false },
        { "i586", WORD_X86, false },
        { "i686", WORD_X86, false },
        { "ia32", WORD_X86, false },
        { "sse", WORD_X86, true },
        { "ssse", WORD_X86, true },
        { "avx", WORD_X86, true },
        { "mmx", WORD_X86, true },
        { "3dnow", WORD_X86, true },
        { "bmi", WORD_X86, false },
        { "bmi2", WORD_X86, false },
        { "popcnt", WORD_X86, false },
        { "aesni", WORD_X86, false },
        { "pclmul", WORD_X86, true },
        { "fma3", WORD_X86, false },
        { "fma4", WORD_X86, false },
        { "f16c", WORD_X86, false },
        { "xop", WORD_X86, false },
        { "rdtsc", WORD_X86, true },
        { "cpuid", WORD_X86, false },
        { "rdrand", WORD_X86, false },
        { "rdseed", WORD_X86, false },
        { "intel", WORD_X86, false },
        { "i86", WORD_X86, false },
        { "haswell", WORD_X86, false },
        { "skylake", WORD_X86, true },
        { "zen", WORD_X86, false },
        { "nehalem", WORD_X86, false },
        { "sandybridge", WORD_X86, false },
        { "knl", WORD_X86, false },
        { "core2", WORD_X86, false },
        { "pentium", WORD_X86, true },
        { "prescott", WORD_X86, false },
        { "penryn", WORD_X86, false },
        { "barcelona", WORD_X86, false },
        { "bulldozer", WORD_X86, false },
        { "arm", WORD_ARM, false },
        { "arm64", WORD_ARM, false },
        { "aarch64", WORD_ARM, true },
        { "neon", WORD_ARM, true },
        { "armv7", WORD_ARM, true },
        { "armv8", WORD_ARM, true },
        { "sve", WORD_ARM, false },
        { "sve2", WORD_ARM, false },
        { "arm32", WORD_ARM, false },
        { "armhf", WORD_ARM, false },
        { "ppc", WORD_OTHER_CPU, false },
        { "ppc64", WORD_OTHER_CPU, true },
        { "powerpc", WORD_OTHER_CPU, true },
        { "altivec", WORD_OTHER_CPU, false },
        { "vsx", WORD_OTHER_CPU, false },
        { "mips", WORD_OTHER_CPU, true },
        { "riscv", WORD_OTHER_CPU, true },
        { "sparc", WORD_OTHER_CPU, true },
        { "s390", WORD_OTHER_CPU, true },
        { "s390x", WORD_OTHER_CPU, false },
        { "loongarch", WORD_OTHER_CPU, true },
        { "wasm", WORD_OTHER_CPU, true },
        { "alpha", WORD_OTHER_CPU, false },
        { "ia64", WORD_OTHER_CPU, false },
        { "hppa", WORD_OTHER_CPU, false },
        { "m68k", WORD_OTHER_CPU, false },
        { "win32", WORD_CHOICE, false },
        { "win64", WORD_CHOICE, false },
        { "windows", WORD_CHOICE, false },
        { "msc", WORD_CHOICE, false },
        { "msvc", WORD_CHOICE, false },
        { "mingw32", WORD_CHOICE, false },
        { "mingw64", WORD_CHOICE, false },
        { "cygwin", WORD_CHOICE, false },
        { "borlandc", WORD_CHOICE, false },
        { "turboc", WORD_CHOICE, false },
        { "watcomc", WORD_CHOICE, false },
        { "djgpp", WORD_CHOICE, false },
        { "msdos", WORD_CHOICE, false },
        { "apple", WORD_CHOICE, false },
        { "have", WORD_CHOICE, false },
        { "has", WORD_CHOICE, false },
        { "use", WORD_CHOICE, false },
        { "using", WORD_CHOICE, false },
        { "enable", WORD_CHOICE, false },
        { "enabled", WORD_CHOICE, false },
        { "with", WORD_CHOICE, false },
        { "no", WORD_CHOICE, false },
        { "config", WORD_CHOICE, false },
        { "simd", WORD_CHOICE, true },
        { "vectorize", WORD_CHOICE, true },
        { "asm", WORD_CHOICE, false },
        { "isa", WORD_CHOICE, false },
        { "arch", WORD_CHOICE, false },
        { "cpu", WORD_CHOICE, false },
        { "intrin", WORD_CHOICE, true },
        { "target", WORD_CHOICE, false },
        { "icc", WORD_CHOICE, false },
        { "lp64", WORD_CHOICE, false },
        { "sun", WORD_CHOICE, false },
        { "freebsd", WORD_CHOICE, false },
        { "openbsd", WORD_CHOICE, false },
        { "vx", WORD_CHOICE, true },
};

enum word word_of(const char *word)
{
        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
                if (words[i].word[0] != word[0])
                        continue;
                size_t n = strlen(words[i].word);
                if (words[i].prefix ? !strncmp(word, words[i].word, n) : !strcmp(word, words[i].word))
                        return words[i].class;
        }
        return WORD_NONE;
}

u32 words_in(const char *text, size_t len)
{
        char word[32];
        size_t n = 0;
        u32 seen = 0;
        for (size_t i = 0; i <= len; i++) {
                if (i < len && isalnum((u8)text[i])) {
                        if (n < sizeof word - 1)
                                word[n++] = (char)tolower((u8)text[i]);
                        continue;
                }
                word[n] = 0;
                if (n > 1)
                        seen |= 1u << word_of(word);
                n = 0;
        }
        return seen;
}

bool text_has(const char *text, size_t len, const char *what)
{
        return memmem(text, len, what, strlen(what)) != NULL;
}

/* ---- paths ---- */

static bool path_word(const char *path, const char *const *list, size_t count)
{
        char word[32];
        size_t n = 0;
        for (const char *p = path;; p++) {
                if (isalnum((u8)*p)) {
                        if (n < sizeof word - 1)
                                word[n++] = (char)tolower((u8)*p);
                        continue;
                }
                word[n] = 0;
                if (n && is_one_of(word, list, count))
                        return true;
                n = 0;
                if (!*p)
                        return false;
        }
}

static bool is_minor(const char *path)
{
        static const char *const list[] = { "test", "tests", "testing", "unittest", "unittests", "testsuite", "bench", "benchmark",
                "benchmarks", "example", "examples", "demo", "demos", "doc", "docs", "contrib", "sample", "samples", "fuzz", "fuzzing",
                "tutorial", "perf", "win32", "win64", "windows", "msvc", "vs2008", "vs2010", "vc", "macos", "macosx", "darwin", "dos",
                "djgpp", "android", "ios", "old", "attic", "misc", "scripts", "ci", "github", "travis", "yml", "yaml", "debian" };
        return path_word(path, list, ARRAY_LEN(list));
}

static bool is_generic(const char *path)
{
        static const char *const list[] = { "generic", "scalar", "portable", "ref", "reference", "fallback", "noasm", "nosimd", "plain",
                "purego", "soft" };
        return path_word(path, list, ARRAY_LEN(list));
}

/* ---- one file ---- */

void source_found(const struct source *s, enum rule_id rule, u32 line, char *text)
{
        for (size_t i = s->a->finding_count; i-- && !strcmp(s->a->findings[i].path, s->path);)
                if (s->a->findings[i].rule == rule) {
                        free(text);
                        return;
                }
        if (s->other_file) {
                free(text);
                return;
        }
        artefact_find_line(s->a, rule, s->path, line, text);
        if (s->minor && rule != RULE_SRC_DECLARED)
                s->a->findings[s->a->finding_count - 1].severity = SEVERITY_NOTE;
}

/* Assembly for x86 tells itself by its registers, in either spelling. */
static void scan_asm(const struct source *s)
{
        static const char *const registers[] = { "%eax", "%rax", "%rsp", "%esp", "%rdi", "%edi", "%ebx", "%xmm0", "%ymm0" };
        static const char *const intel[] = { "rax", "eax", "rsp", "esp", "xmm0", "ymm0", "m0" };
        bool x86 = false;
        for (size_t i = 0; i < ARRAY_LEN(registers) && !x86; i++)
                x86 = text_has(s->text, s->len, registers[i]);
        const char *dot = strrchr(s->path, '.');
        if (!x86 && (!strcasecmp(dot, ".asm") || !strcasecmp(dot, ".nasm")))
                x86 = path_word(s->text, intel, ARRAY_LEN(intel));
        u32 seen = words_in(s->text, s->len);
        if (x86 && !(seen & 1u << WORD_ARM))
                source_found(s, RULE_SRC_ARCH_FILE, 1, format("assembly for x86"));
        if (seen & 1u << WORD_ARM)
                s->a->source_signs |= SIGN_ARM;
}

static void scan_rust(const struct source *s)
{
        const char *use = memmem(s->text, s->len, "arch::x86_64::", 14);
        u32 line = 1;
        if (text_has(s->text, s->len, "target_arch")) {
                s->a->source_signs |= SIGN_GUARD;
                return;
        }
        for (const char *p = s->text; use && p < use; p++)
                line += *p == '\n';
        if (use && !s->x86_file)
                source_found(s, RULE_SRC_RUST, line, format("arch::x86_64 without cfg(target_arch)"));
}

void source_scan(struct artefact *a, const char *path, const char *text, size_t len)
{
        enum language language;
        u32 in_path = words_in(path, strlen(path));
        struct source s = { .a = a,
                .path = path,
                .text = text,
                .len = len,
                .x86_file = in_path & 1u << WORD_X86,
                .other_file = in_path & (1u << WORD_ARM | 1u << WORD_OTHER_CPU),
                .minor = is_minor(path) };
        if (!language_of(path, &language) || memchr(text, 0, len))
                return;
        a->source_tree |= source_is_build_file(path, 1);
        if (in_path & 1u << WORD_ARM)
                a->source_signs |= SIGN_ARM;
        if (is_generic(path))
                a->source_signs |= SIGN_GENERIC;
        if (strcasestr(path, "sse2neon") || strcasestr(path, "simde"))
                a->source_signs |= SIGN_EMULATED | SIGN_ARM;
        switch (language) {
        case LANGUAGE_C: source_scan_c(&s); break;
        case LANGUAGE_ASM: scan_asm(&s); break;
        case LANGUAGE_RUST: scan_rust(&s); break;
        case LANGUAGE_LINES: source_scan_lines(&s); break;
        }
}

/* ---- the tree ---- */

void source_finish(struct artefact *a)
{
        bool other_way = a->source_signs & (SIGN_ARM | SIGN_GUARD | SIGN_GENERIC);
        for (size_t i = a->finding_count; i--;) {
                struct finding *f = &a->findings[i];
                bool intrinsics = f->rule == RULE_SRC_HEADER || f->rule == RULE_SRC_BUILTIN;
                if (intrinsics && a->source_signs & SIGN_EMULATED)
                        artefact_drop_finding(a, i);
                else if (f->rule == RULE_SRC_ARCH_FILE && !other_way && !is_minor(f->path))
                        f->severity = SEVERITY_ERROR;
        }
}

void source_forget(struct artefact *a)
{
        for (size_t i = a->finding_count; i--;)
                if (a->findings[i].rule >= RULE_SRC_HEADER)
                        artefact_drop_finding(a, i);
}
