#include "audit/source.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "audit/source_scan.h"
#include "base/util.h"

enum language { LANGUAGE_C, LANGUAGE_ASM, LANGUAGE_RUST, LANGUAGE_GO, LANGUAGE_LINES };

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
        { ".inc", LANGUAGE_C },
        { ".ipp", LANGUAGE_C },
        { ".C", LANGUAGE_C },
        { ".tcc", LANGUAGE_C },
        { ".S", LANGUAGE_ASM },
        { ".s", LANGUAGE_ASM },
        { ".asm", LANGUAGE_ASM },
        { ".nasm", LANGUAGE_ASM },
        { ".rs", LANGUAGE_RUST },
        { ".go", LANGUAGE_GO },
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
        "BUILD.bazel", "SConstruct", "wscript", "Dockerfile", "build.gradle", "pom.xml", "binding.gyp", "build.sh", "build.info" };

/* Written by the build system's authors, for every processor there is: no sign of anything. */
static const char *const generated[] = { "config.guess", "config.sub", "ltmain.sh", "libtool.m4", "aclocal.m4", "configure", "install-sh",
        "depcomp" };

bool source_is_build_file(const char *path, int levels)
{
        for (const char *p = path; *p; p++)
                levels -= *p == '/';
        return levels >= 0 && is_one_of(path_base(path), build_files, ARRAY_LEN(build_files));
}

static bool language_of(const char *path, enum language *language)
{
        const char *base = path_base(path), *dot = strrchr(base, '.');
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

/* ---- paths ---- */

/* Tests, examples, other systems' parts: what is wrong there stops nobody on arm64 Linux. */
static bool is_minor(const char *path)
{
        static const char *const list[] = { "test", "tests", "testing", "unittest", "unittests", "testsuite", "bench", "benchmark",
                "benchmarks", "example", "examples", "demo", "demos", "doc", "docs", "contrib", "sample", "samples", "fuzz", "fuzzing",
                "tutorial", "perf", "vs2008", "vs2010", "vc", "dos", "ios", "old", "attic", "misc", "scripts", "ci", "github", "travis",
                "yml", "yaml", "debian", "unused", "obsolete", "deprecated", "bios", "rombios", "firmware", "roms", "win", "ps2", "ps3",
                "nds", "dreamcast", "symbian" };
        return path_has_word(path, list, ARRAY_LEN(list)) || words_in(path, strlen(path)) & 1u << WORD_SYSTEM;
}

static bool is_generic(const char *path)
{
        static const char *const list[] = { "generic", "scalar", "portable", "ref", "reference", "fallback", "noasm", "nosimd", "plain",
                "purego", "soft" };
        return path_has_word(path, list, ARRAY_LEN(list));
}

/* A configure script deep in the tree belongs to something that was copied there; its own flags are not used. */
static bool is_inner_configure(const char *path)
{
        int folders = 0;
        for (const char *p = path; *p; p++)
                folders += *p == '/';
        return folders > 1 && !strncmp(path_base(path), "configure.", 10);
}

/* Behind the folder that a release's archive has at its top ("x86info-1.31/"): the program's name says nothing about its files. */
static const char *inside_release(const char *path)
{
        const char *slash = strchr(path, '/');
        for (const char *p = path; slash && p + 1 < slash; p++)
                if ((*p == '-' || *p == '_') && isdigit((u8)p[1]))
                        return slash + 1;
        return path;
}

/* "debian/control" and "packaging/x.spec", but not those of something that was copied into the tree. */
static bool is_packaging_of_all(const char *path)
{
        int folders = 0;
        for (const char *p = inside_release(path); *p; p++)
                folders += *p == '/';
        return folders <= 2 - (strstr(path, "debian/") == NULL);
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
        if (rule == RULE_SRC_DECLARED ? !is_packaging_of_all(s->path) : s->minor)
                s->a->findings[s->a->finding_count - 1].severity = SEVERITY_NOTE;
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

static void take_path(struct source *s)
{
        const char *inner = inside_release(s->path);
        u32 words = words_in_path(inner);
        s->x86_file = words & 1u << WORD_X86;
        s->other_file = words & (1u << WORD_ARM | 1u << WORD_OTHER_CPU);
        s->minor = is_minor(inner) || is_inner_configure(inner);
        s->a->source_tree |= source_is_build_file(s->path, 1);
        if (words & 1u << WORD_ARM)
                s->a->source_signs |= SIGN_ARM;
        if (is_generic(inner))
                s->a->source_signs |= SIGN_GENERIC;
        if (strcasestr(inner, "sse2neon") || strcasestr(inner, "simde"))
                s->a->source_signs |= SIGN_EMULATED | SIGN_ARM;
}

/* What others include; the rest is what a compiler is started on. */
static bool is_header(const char *path)
{
        static const char *const suffixes_of_headers[] = { ".h", ".hh", ".hpp", ".hxx", ".inl", ".ipp", ".tcc", ".inc" };
        const char *dot = strrchr(path, '.');
        for (size_t i = 0; dot && i < ARRAY_LEN(suffixes_of_headers); i++)
                if (!strcasecmp(dot, suffixes_of_headers[i]))
                        return true;
        return false;
}

static void take_file(const struct source *s)
{
        bool header = is_header(s->path), plain = !s->x86_file && !s->other_file && !s->minor;
        tree_fact(
                &s->a->source_facts, FACT_FILE, s->path, strlen(s->path), FILE_HERE | (header ? 0 : FILE_UNIT) | (plain ? FILE_PLAIN : 0));
        if (!header)
                source_take_family(s);
}

void source_scan(struct artefact *a, const char *path, const char *text, size_t len)
{
        enum language language;
        struct source s = { .a = a, .path = path, .text = text, .len = len };
        if (!language_of(path, &language) || memchr(text, 0, len))
                return;
        take_path(&s);
        if (language == LANGUAGE_C || language == LANGUAGE_ASM)
                take_file(&s);
        switch (language) {
        case LANGUAGE_C: source_scan_c(&s); break;
        case LANGUAGE_ASM: source_scan_asm(&s); break;
        case LANGUAGE_RUST: scan_rust(&s); break;
        case LANGUAGE_GO: source_scan_go(&s); break;
        case LANGUAGE_LINES: source_scan_lines(&s); break;
        }
}

/* ---- the tree ---- */

enum fate { KEEP, LESS, MORE, DROP };

/* Assembly that a build file names for every processor, or that has nothing beside it. */
static enum fate fate_of_x86_file(const struct artefact *a, const struct finding *f)
{
        bool other_way = a->source_signs & (SIGN_ARM | SIGN_GUARD | SIGN_GENERIC);
        return is_minor(inside_release(f->path)) || other_way ? KEEP : MORE;
}

static enum fate fate_of_go(const struct artefact *a, const struct finding *f)
{
        u32 folder = tree_flags(a->source_facts, FACT_FOLDER, f->path, (size_t)(path_base(f->path) - f->path));
        return folder & FOLDER_PLAIN && !(folder & FOLDER_OTHERS) ? KEEP : DROP;
}

/* In a folder that build files go into only after asking for the processor. */
static bool in_asked_folder(const struct artefact *a, const char *path)
{
        const char *from = path;
        for (const char *slash; (slash = strchr(from, '/')); from = slash + 1) {
                u32 flags = tree_flags(a->source_facts, FACT_SUBDIR, from, (size_t)(slash - from));
                if (flags & BUILT_ASKED && !(flags & (BUILT_OPEN | BUILT_OPTION)))
                        return true;
        }
        return false;
}

/* Intrinsics in a file that no build file names, in a tree that has those of Arm elsewhere: its own build system chooses. */
static bool has_own_build_system(const struct artefact *a, const struct finding *f)
{
        return a->source_signs & SIGN_NEON && !tree_flags(a->source_facts, FACT_BUILT, f->path, strlen(f->path));
}

/* "includes cpuid.h", and the tree has a file of that name. */
static bool is_own_header(const struct artefact *a, const struct finding *f)
{
        const char *name = strrchr(f->text, ' ');
        return name && tree_flags(a->source_facts, FACT_FILE, name + 1, strlen(name + 1)) & FILE_HERE;
}

static enum fate fate_of_code(const struct artefact *a, const struct finding *f)
{
        return tree_live(a->source_facts, f->path) && !in_asked_folder(a, f->path) ? KEEP : LESS;
}

/* A part of a makefile that no other includes. */
static bool is_loose_makefile(const struct artefact *a, const char *path)
{
        const char *dot = strrchr(path, '.');
        return dot && (!strcmp(dot, ".mk") || !strcmp(dot, ".mak")) &&
               !(tree_flags(a->source_facts, FACT_FILE, path, strlen(path)) & FILE_INCLUDED);
}

/* A finding by what the other files of the tree say about its file. */
static enum fate fate_of(const struct artefact *a, const struct finding *f)
{
        switch (f->rule) {
        case RULE_SRC_ARCH_FILE: return fate_of_x86_file(a, f);
        case RULE_SRC_FAMILY: return source_family_lacks_arm(a, f->path) && !(a->source_signs & SIGN_ARM) ? KEEP : DROP;
        case RULE_SRC_FLAG: return is_loose_makefile(a, f->path) ? LESS : KEEP;
        case RULE_SRC_GO: return fate_of_go(a, f);
        case RULE_SRC_BUILTIN:
                if (tree_flags(a->source_facts, FACT_MACRO, f->text, strlen(f->text)))
                        return DROP;
                __attribute__((fallthrough));
        case RULE_SRC_HEADER:
                if (f->rule == RULE_SRC_HEADER && is_own_header(a, f))
                        return DROP;
                if (a->source_signs & SIGN_EMULATED)
                        return DROP;
                return has_own_build_system(a, f) ? LESS : fate_of_code(a, f);
        case RULE_SRC_ASM:
        case RULE_SRC_REGISTERS:
        case RULE_SRC_REFUSED: return fate_of_code(a, f);
        default: return KEEP;
        }
}

void source_finish(struct artefact *a)
{
        tree_trace(a->source_facts);
        for (size_t i = a->finding_count; i--;) {
                switch (fate_of(a, &a->findings[i])) {
                case KEEP: break;
                case LESS: a->findings[i].severity = SEVERITY_NOTE; break;
                case MORE: a->findings[i].severity = SEVERITY_ERROR; break;
                case DROP: artefact_drop_finding(a, i); break;
                }
        }
        tree_facts_free(a->source_facts);
        a->source_facts = NULL;
}

void source_forget(struct artefact *a)
{
        for (size_t i = a->finding_count; i--;)
                if (a->findings[i].rule >= RULE_SRC_HEADER)
                        artefact_drop_finding(a, i);
}
