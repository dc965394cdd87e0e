/*
 * What was found: an artefact is a target or a package, archive or image inside of one. It says things about itself (claims), holds code
 * for processors (natives), and further artefacts. Judging adds findings and a verdict.
 */
#pragma once
#include "audit/elf_facts.h"
#include "audit/machine.h"
#include "audit/source_tree.h"

enum native_format { FORMAT_ELF, FORMAT_PE, FORMAT_MACHO, FORMAT_FIRMWARE, FORMAT_KERNEL, FORMAT_STATIC_LIBRARY, FORMAT_COUNT };

/* Why code of a wrong processor at this place is no fault. harmless.def has the places. */
enum harmless {
        HARMLESS_NO,
#define HARMLESS(id, name, what) HARMLESS_##id,
#include "audit/harmless.def"
#undef HARMLESS
        HARMLESS_COUNT
};

struct native {
        char *path; /* inside of the artefact */
        enum native_format format;
        enum machine machine;
        enum system system;
        enum libc libc;
        enum elf_role role;
        enum harmless harmless;
        bool incomplete;
        bool wrapper; /* the runtime of an AppImage: what it starts counts */
        version glibc, glibcxx, cxxabi, kernel;
        char *interpreter, *soname, *needed; /* as in elf_facts */
        /* What its path says; NONE where it does not: */
        enum machine said_machine;
        enum system said_system;
        enum libc said_libc;
        u32 said_at; /* where in the path */
};

struct claim {
        char *dir; /* holds for what is below; "" for all */
        enum machine machine;
        enum system system;
        enum libc libc;
        bool any;     /* says that it is for every processor */
        bool weak;    /* a file's name: what is inside may say it better */
        char *source; /* "control: Architecture: arm64" */
};

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

struct rule {
        const char *code;
        enum severity severity;
        const char *title, *explain;
};

enum rule_id {
#define RULE(id, code, severity, title, explain) RULE_##id,
#include "audit/rules.def"
#undef RULE
        RULE_COUNT
};
extern const struct rule rules[RULE_COUNT];
const struct rule *rule_find(const char *code);
const char *severity_name(enum severity s);

struct finding {
        enum rule_id rule;
        enum severity severity;
        char *path; /* "" for the artefact as a whole */
        u32 line;   /* of a source file; 0: none */
        char *text;
};

enum verdict {
        VERDICT_PORTABLE,
        VERDICT_HARMLESS,
        VERDICT_ARM64,
        VERDICT_NOT_READ,
        VERDICT_UNKNOWN,
        VERDICT_FLOOR,
        VERDICT_PARTLY,
        VERDICT_PORT,
        VERDICT_REBUILD,
        VERDICT_MISLABELLED,
        VERDICT_COUNT
};
const char *verdict_name(enum verdict v);

/* A small text that an image is put together from. */
struct document {
        char *path, *text;
        size_t len;
};

struct artefact {
        char *path;       /* of the target, or inside of the artefact around it */
        const char *type; /* "deb", "npm package", "directory"... */
        char *own_type;   /* when it is no constant */
        struct native *natives;
        size_t native_count;
        struct claim *claims;
        size_t claim_count;
        struct finding *findings;
        size_t finding_count;
        char **errors; /* sentences */
        size_t error_count;
        struct document *documents;
        size_t document_count;
        char **hidden; /* whiteouts of an image's layer */
        size_t hidden_count;
        struct artefact **parts;
        size_t part_count;
        bool downloads;      /* an install script fetches what is not here */
        bool builds;         /* it can be built when it is installed (binding.gyp) */
        bool firmware_said;  /* a QEMU firmware descriptor says what its firmware is for */
        bool used;           /* a layer that an image took in */
        bool other_platform; /* an image for another processor; the index has one for arm64, too */
        bool source_tree;    /* a build file lies at its top */
        u32 source_signs;    /* enum source_sign: what the program text as a whole shows */
        struct source_tree *source_facts;
        bool has_arm64_entry; /* an image index that lists arm64 Linux */
        bool twin;            /* for another processor, and one for arm64 stands beside it */
        enum machine firmware;
        char *download_how;
        u64 files;
        enum verdict verdict;
};

struct artefact *artefact_new(const char *path, const char *type);
void artefact_free(struct artefact *a);
void artefact_type(struct artefact *a, const char *type); /* keeps a copy */
void artefact_add_part(struct artefact *a, struct artefact *part);
struct artefact *artefact_part(struct artefact *a, const char *path, const char *type);
struct native *artefact_native(struct artefact *a, const char *path);
struct claim *artefact_claim(struct artefact *a, const char *dir, char *source);                        /* takes source */
void artefact_find(struct artefact *a, enum rule_id rule, const char *path, char *text);                /* takes text */
void artefact_find_line(struct artefact *a, enum rule_id rule, const char *path, u32 line, char *text); /* of a source file */
void artefact_drop_finding(struct artefact *a, size_t at);
void artefact_error(struct artefact *a, const char *path, const char *text);
void artefact_document(struct artefact *a, const char *path, char *text, size_t len); /* takes text */
void artefact_hide(struct artefact *a, const char *path);
/* Everything of `from` becomes `to`'s; `from` is freed. */
void artefact_merge(struct artefact *to, struct artefact *from);
