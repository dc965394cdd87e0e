/*
 * The spec of a virtual machine: what a person writes. spec.def is the table of its keys; a spec file (YAML) and the options of the command
 * line both end in spec_set(), so that they know the same keys and refuse the same values.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

enum spec_kind { SPEC_TEXT, SPEC_NAME, SPEC_PATH, SPEC_SIZE, SPEC_NUMBER, SPEC_SWITCH, SPEC_WORD };
enum spec_section { SPEC_top, SPEC_boot, SPEC_hotplug, SPEC_cloud_init, SPEC_disk, SPEC_network, SPEC_SECTIONS };
enum spec_switch { SPEC_UNSET, SPEC_YES, SPEC_NO };
enum { SPEC_ABSENT = -1 }; /* a number that was not given */

struct spec_top {
        char *name, *description, *arch, *accel, *machine, *cpu, *gic, *video, *graphics, *console_log, *cdrom;
        i64 cpus;
        u64 memory; /* bytes; 0 when not given */
        enum spec_switch usb, rng, agent, autostart;
};

struct spec_boot {
        char *firmware, *kernel, *initrd, *cmdline, *bootdir;
        enum spec_switch secure_boot, netboot;
};

struct spec_hotplug {
        i64 disks, networks, others, legacy;
};

struct spec_cloud_init {
        char *user_data, *meta_data, *network_config, *hostname, *user, *ssh_key;
};

struct spec_disk {
        char *path, *format, *backing, *copy, *pool, *bus;
        u64 size; /* bytes; 0 when not given */
        enum spec_switch readonly;
};

struct spec_network {
        char *type, *source, *mac, *model;
};

enum { SPEC_MAX_ITEMS = 64 };

struct vm_spec {
        struct spec_top top;
        struct spec_boot boot;
        struct spec_hotplug hotplug;
        struct spec_cloud_init cloud_init;
        struct spec_disk disks[SPEC_MAX_ITEMS];
        struct spec_network networks[SPEC_MAX_ITEMS];
        size_t disk_count, network_count;
        bool networks_given; /* `networks: []` means none; without the key there is one */
        char *folder;        /* where relative paths begin; NULL: the working folder */
};

struct spec_key {
        enum spec_section section;
        const char *key;
        enum spec_kind kind;
        size_t offset; /* in the section's struct */
        const char *takes, *what;
};

extern const struct spec_key spec_keys[];
extern const size_t spec_key_count;

/* The name of a section as the file has it: "boot", "cloud-init", "disks"; "" for top. */
const char *spec_section_name(enum spec_section section);

#define AUTO_SPEC __attribute__((cleanup(spec_free)))
void spec_init(struct vm_spec *spec);
void spec_free(struct vm_spec *spec);

/*
 * One value. `item` is that of the list for disks and networks (see spec_add) and NULL for other sections. 0, or -1 and *e with code 2: the
 * sentence says what the key takes.
 */
int spec_set(struct vm_spec *spec, const struct spec_key *key, void *item, const char *value, struct err *e);

/* One more disk or network; NULL and *e when there are too many. */
void *spec_add(struct vm_spec *spec, enum spec_section section, struct err *e);

/* A disk or network that is said in one word: a disk's path; "user", a bridge as "bridge:NAME", or the name of a network of libvirt's. */
int spec_set_short(struct vm_spec *spec, enum spec_section section, void *item, const char *value, struct err *e);

/* The key, or NULL and *e, which suggests the nearest one or says which section it belongs to. */
const struct spec_key *spec_find(enum spec_section section, const char *key, struct err *e);

/* "KEY=VALUE,KEY=VALUE" of --disk and --network; a first word without = is the short form. A comma in a value is written twice. */
int spec_add_words(struct vm_spec *spec, enum spec_section section, const char *words, struct err *e);

/*
 * Read a YAML document of at most 64 KiB. `what` (a file's name) begins each sentence, with the line. Aliases, tags and several documents
 * are refused. 0, or -1 and *e with code 2.
 */
int spec_parse(const char *text, size_t len, const char *what, struct vm_spec *spec, struct err *e);

/* The same from a file ("-": standard input); relative paths in it begin in its folder. */
int spec_read(const char *path, struct vm_spec *spec, struct err *e);

/* What one key alone cannot know: a name is there, keys that need or exclude each other. 0, or -1 and *e with code 2. */
/* Letters, digits and . _ + -, the first a letter or digit, at most 100: what may be a part of a file's name, too. */
bool spec_is_name(const char *text);

/* "52:54:00:12:34:56", not a group's address. */
bool spec_is_mac(const char *text);

int spec_check(const struct vm_spec *spec, struct err *e);
