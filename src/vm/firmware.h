/*
 * The guest firmware of this machine. It comes from QEMU's descriptors (one JSON file each, by priority of their names), from the `nvram`
 * list of libvirt's qemu.conf, and from paths that distributions are known to use. Each is judged by what its files really hold; one that
 * is broken stays in the list, marked, and never hides another. Source: QEMU's docs/interop/firmware.json.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

enum firmware_feature_bit {
#define FEATURE(name, word, what) FW_BIT_##name,
#include "vm/firmware_feature.def"
#undef FEATURE
        FW_FEATURES
};
enum firmware_feature {
#define FEATURE(name, word, what) FW_##name = 1 << FW_BIT_##name,
#include "vm/firmware_feature.def"
#undef FEATURE
};

enum firmware_interface { FW_UEFI = 1, FW_BIOS = 2 };
enum firmware_origin { FW_DESCRIPTOR, FW_QEMU_CONF, FW_KNOWN_PATH };
/* How it is mapped: two flash chips (code, variables), one chip for both, one chip that keeps nothing, plain memory (-bios). */
enum firmware_mapping { FW_SPLIT, FW_COMBINED, FW_STATELESS, FW_MEMORY, FW_OTHER };

struct firmware_target {
        char *arch;      /* as descriptors say it: "aarch64", "arm", "x86_64", "i386" */
        char **machines; /* patterns of canonical names ("virt-*"), NULL-terminated */
};

/* What was noticed about one. From BROKEN on it is never chosen; MALFORMED is a fault of the descriptor's text, where libvirt may stop. */
enum firmware_severity { FW_NOTE, FW_WARNING, FW_BROKEN, FW_MALFORMED };
struct firmware_note {
        enum firmware_severity severity;
        char *text;
};

struct firmware {
        enum firmware_origin origin;
        char *source; /* the descriptor's path, or where else it was found */
        char *description;
        bool masked; /* an empty file: it hides the descriptors of its name in folders of lower priority */
        bool broken;
        u32 interfaces, features; /* bits of the enumerations above */
        enum firmware_mapping mapping;
        char *code, *code_format, *vars, *vars_format; /* vars: the template; NULL when the mapping has none. Formats: "raw", "qcow2" */
        struct firmware_target *targets;
        size_t target_count;
        struct firmware_note *notes;
        size_t note_count;
};

struct firmware_list {
        struct firmware *all; /* by falling priority */
        size_t count;
};

#define AUTO_FIRMWARE __attribute__((cleanup(firmware_list_free)))
void firmware_list_free(struct firmware_list *list);

/* Where to look. Members may be NULL. */
struct firmware_places {
        const char *const *folders; /* of descriptors, by rising priority, NULL-terminated; one that is missing is no error */
        const char *qemu_conf;
        bool known_paths;
};

/*
 * This machine's, as libvirt's system daemon (`session` false; also a session of root) or a user's own looks: /usr/share/qemu/firmware,
 * /etc/qemu/firmware, for a user ~/.config/qemu/firmware (XDG_CONFIG_HOME); qemu.conf of the same. Then judged. Never fails: what cannot be
 * read is in the list.
 */
void firmware_list_here(bool session, struct firmware_list *list);

/* The same from given places. */
void firmware_list_read(const struct firmware_places *places, struct firmware_list *list);

/* One descriptor's file, judged, added to the list. */
void firmware_add_file(struct firmware_list *list, const char *path);

/* A descriptor's text; `source` names it. What is wrong with it is in fw->notes; only the text is judged, not the files it names. */
void firmware_parse(const char *text, size_t len, const char *source, struct firmware *fw);

struct firmware_want {
        const char *arch;    /* the guest's: "aarch64", "armv7l", "x86_64", "i686", or as descriptors say it */
        const char *machine; /* "virt-7.2", "pc-q35-7.2", ...; the aliases virt, q35, pc too; NULL: any */
        u32 interfaces;      /* 0: UEFI */
        u32 with, without;   /* features it must have, and must not have */
        bool raw_only;       /* libvirt before 9.2 takes no qcow2 as loader */
        bool as_promised;    /* what the files really hold is no matter: so libvirt chooses */
        bool split_only;     /* two chips: what every libvirt can use and snapshots can save */
};

/* The answer: for each member of the list why it was passed over (NULL for the one that was chosen). */
struct firmware_choice {
        const struct firmware *chosen; /* NULL: none fits */
        char **reasons;                /* as many as the list has members, malloced */
        size_t count;
};

void firmware_choose(const struct firmware_list *list, const struct firmware_want *want, struct firmware_choice *choice);
void firmware_choice_free(struct firmware_choice *choice);

/* The whole sentence when none was chosen: what was wanted, and what came nearest. Returns -1, code 1. */
int firmware_none(const struct firmware_list *list, const struct firmware_want *want, const struct firmware_choice *choice, struct err *e);

/* The entry whose code is this file, or NULL: for domains that name their loader. */
const struct firmware *firmware_of_code(const struct firmware_list *list, const char *code);

/* "secure-boot, enrolled-keys", malloced; the bit of a name, or 0. */
char *firmware_feature_names(u32 features);
u32 firmware_feature_by_name(const char *name);

/* The descriptors' name of an architecture: "arm" for "armv7l"; others as they are. */
const char *firmware_arch(const char *arch);

const char *firmware_mapping_name(enum firmware_mapping mapping);
