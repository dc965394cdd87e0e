#include "vm/spec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/str.h"
#include "base/util.h"
#include "vm/nearest.h"

const struct spec_key spec_keys[] = {
#define KEY(section, member, key, kind, takes, what) \
        { SPEC_##section, key, SPEC_##kind, offsetof(struct spec_##section, member), takes, what },
#include "vm/spec.def"
#undef KEY
};
const size_t spec_key_count = ARRAY_LEN(spec_keys);

/* The sections: name in the file, and where their struct is in the spec (lists have theirs in the items). */
static const struct {
        const char *name;
        size_t offset;
} sections[] = {
        [SPEC_top] = { "", offsetof(struct vm_spec, top) },
        [SPEC_boot] = { "boot", offsetof(struct vm_spec, boot) },
        [SPEC_hotplug] = { "hotplug", offsetof(struct vm_spec, hotplug) },
        [SPEC_cloud_init] = { "cloud-init", offsetof(struct vm_spec, cloud_init) },
        [SPEC_disk] = { "disks", 0 },
        [SPEC_network] = { "networks", 0 },
};

const char *spec_section_name(enum spec_section section)
{
        return sections[section].name;
}

void spec_init(struct vm_spec *spec)
{
        *spec = (struct vm_spec){
                .top.cpus = SPEC_ABSENT,
                .hotplug = { SPEC_ABSENT, SPEC_ABSENT, SPEC_ABSENT, SPEC_ABSENT },
        };
}

static bool is_text(enum spec_kind kind)
{
        return kind == SPEC_TEXT || kind == SPEC_NAME || kind == SPEC_PATH || kind == SPEC_WORD;
}

static void free_section(enum spec_section section, void *base)
{
        for (size_t i = 0; i < spec_key_count; i++)
                if (spec_keys[i].section == section && is_text(spec_keys[i].kind))
                        free(*(char **)((char *)base + spec_keys[i].offset));
}

void spec_free(struct vm_spec *spec)
{
        for (enum spec_section s = SPEC_top; s < SPEC_disk; s++)
                free_section(s, (char *)spec + sections[s].offset);
        for (size_t i = 0; i < spec->disk_count; i++)
                free_section(SPEC_disk, &spec->disks[i]);
        for (size_t i = 0; i < spec->network_count; i++)
                free_section(SPEC_network, &spec->networks[i]);
        free(spec->folder);
        spec_init(spec);
}

void *spec_add(struct vm_spec *spec, enum spec_section section, struct err *e)
{
        size_t *count = section == SPEC_disk ? &spec->disk_count : &spec->network_count;
        if (*count == SPEC_MAX_ITEMS) {
                err_set(e, 2, "there are more than %d %s", SPEC_MAX_ITEMS, spec_section_name(section));
                return NULL;
        }
        if (section == SPEC_network) {
                spec->networks_given = true;
                return &spec->networks[(*count)++];
        }
        return &spec->disks[(*count)++];
}

static const char *const units = "KMGT";

/* "4G", "512MiB", "1.5G" is refused: a whole number and a unit. */
static bool parse_size(const char *text, u64 *size)
{
        char *end;
        if (!isdigit((unsigned char)*text))
                return false;
        u64 number = strtoull(text, &end, 10);
        const char *unit = *end ? str_chr(units, toupper((unsigned char)*end)) : NULL;
        if (!unit || (end[1] && strcmp(end + 1, "iB") && strcmp(end + 1, "B")))
                return false;
        unsigned shift = 10 * (unsigned)(unit - units + 1);
        if (!number || number > (1ull << 60 >> shift))
                return false;
        *size = number << shift;
        return true;
}

/* `takes` is "FIRST..LAST". */
static bool parse_number(const char *text, const char *takes, i64 *number)
{
        u64 value;
        char *rest;
        i64 first = strtoll(takes, &rest, 10), last = strtoll(rest + strlen(".."), NULL, 10);
        if (!isdigit((unsigned char)*text) || !str_u64(text, &value) || value < (u64)first || value > (u64)last)
                return false;
        *number = (i64)value;
        return true;
}

static bool parse_switch(const char *text, enum spec_switch *value)
{
        static const struct {
                const char *word;
                enum spec_switch value;
        } words[] = { { "yes", SPEC_YES }, { "true", SPEC_YES }, { "on", SPEC_YES }, { "no", SPEC_NO }, { "false", SPEC_NO },
                { "off", SPEC_NO } };
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (!strcasecmp(text, words[i].word)) {
                        *value = words[i].value;
                        return true;
                }
        return false;
}

static bool is_word(const char *text, const char *takes)
{
        size_t len = strlen(text);
        for (const char *word = takes; word; word = str_chr(word, '|') ? str_chr(word, '|') + 1 : NULL)
                if (strcspn(word, "|") == len && !strncmp(word, text, len))
                        return true;
        return false;
}

bool spec_is_name(const char *text)
{
        if (!isalnum((unsigned char)*text) || strlen(text) > 100)
                return false;
        for (; *text; text++)
                if (!isalnum((unsigned char)*text) && !str_chr("._+-", *text))
                        return false;
        return true;
}

static int wrong_value(const struct spec_key *key, const char *value, struct err *e)
{
        const char *near = key->kind == SPEC_WORD ? nearest_word(value, key->takes) : NULL;
        if (near)
                return err_set(e, 2, "%s: '%.60s' is none of %s; did you mean '%.*s'?", key->key, value, key->takes,
                        (int)strcspn(near, "|"), near);
        switch (key->kind) {
        case SPEC_NAME:
                return err_set(e, 2, "%s: '%.60s' is no name: it has letters, digits and . _ + - and begins with a letter or digit",
                        key->key, value);
        case SPEC_SIZE: return err_set(e, 2, "%s: '%.60s' is no size: a whole number with its unit, as 512M or 4G", key->key, value);
        case SPEC_NUMBER: return err_set(e, 2, "%s: '%.60s' is no number of %s", key->key, value, key->takes);
        case SPEC_SWITCH: return err_set(e, 2, "%s: '%.60s' is neither yes nor no", key->key, value);
        case SPEC_WORD: return err_set(e, 2, "%s: '%.60s' is none of %s", key->key, value, key->takes);
        default: return err_set(e, 2, "%s: the text has control characters, or is empty or longer than 4000 bytes", key->key);
        }
}

static bool is_line(const char *text)
{
        size_t len = strlen(text);
        for (size_t i = 0; i < len; i++)
                if (iscntrl((unsigned char)text[i]))
                        return false;
        return len > 0 && len <= 4000;
}

static bool set_text(char **to, const char *value)
{
        free(*to);
        *to = format("%s", value);
        return true;
}

static bool set_path(const struct vm_spec *spec, char **to, const char *value)
{
        free(*to);
        AUTO_FREE char *here = *value == '/' || spec->folder ? NULL : getcwd(NULL, 0);
        *to = *value == '/' ? format("%s", value) : format("%s/%s", spec->folder ? spec->folder : here, value);
        return true;
}

static bool set_value(const struct vm_spec *spec, const struct spec_key *key, void *to, const char *value)
{
        switch (key->kind) {
        case SPEC_TEXT: return is_line(value) && set_text(to, value);
        case SPEC_PATH: return is_line(value) && set_path(spec, to, value);
        case SPEC_NAME: return spec_is_name(value) && set_text(to, value);
        case SPEC_WORD: return is_word(value, key->takes) && set_text(to, value);
        case SPEC_SIZE: return parse_size(value, to);
        case SPEC_NUMBER: return parse_number(value, key->takes, to);
        case SPEC_SWITCH: return parse_switch(value, to);
        }
        return false;
}

int spec_set(struct vm_spec *spec, const struct spec_key *key, void *item, const char *value, struct err *e)
{
        char *base = item ? item : (char *)spec + sections[key->section].offset;
        return set_value(spec, key, base + key->offset, value) ? 0 : wrong_value(key, value, e);
}

static const struct spec_key *key_of(enum spec_section section, const char *key)
{
        for (size_t i = 0; i < spec_key_count; i++)
                if (spec_keys[i].section == section && !strcmp(spec_keys[i].key, key))
                        return &spec_keys[i];
        return NULL;
}

const struct spec_key *spec_find(enum spec_section section, const char *key, struct err *e)
{
        const struct spec_key *found = key_of(section, key);
        if (found)
                return found;
        for (enum spec_section s = SPEC_top; s < SPEC_SECTIONS; s++)
                if (key_of(s, key)) {
                        err_set(e, 2, s == SPEC_top ? "'%s' belongs outermost, not below '%s'" : "'%s' belongs below '%s'", key,
                                spec_section_name(s == SPEC_top ? section : s));
                        return NULL;
                }
        struct nearest best = nearest_start(key);
        for (size_t i = 0; i < spec_key_count; i++)
                if (spec_keys[i].section == section)
                        nearest_try(&best, spec_keys[i].key);
        for (enum spec_section s = SPEC_boot; s < SPEC_SECTIONS && section == SPEC_top; s++)
                nearest_try(&best, spec_section_name(s));
        if (best.word)
                err_set(e, 2, "there is no key '%.60s'; did you mean '%s'?", key, best.word);
        else
                err_set(e, 2, "there is no key '%.60s'; crossarm-vm-spec(5) lists them", key);
        return NULL;
}

int spec_set_short(struct vm_spec *spec, enum spec_section section, void *item, const char *value, struct err *e)
{
        if (section == SPEC_disk)
                return spec_set(spec, key_of(SPEC_disk, "path"), item, value, e);
        const char *bridge = str_after(value, "bridge:");
        bool user = !strcmp(value, "user");
        if (spec_set(spec, key_of(SPEC_network, "type"), item, user ? "user" : bridge ? "bridge" : "network", e))
                return -1;
        return user ? 0 : spec_set(spec, key_of(SPEC_network, "source"), item, bridge ? bridge : value, e);
}

/* The word before the next single comma: doubled ones become one. *at moves behind it, and becomes NULL at the end. */
static char *next_word(const char **at)
{
        char *word = format("%s", *at), *to = word;
        const char *from = *at;
        for (; *from && (*from != ',' || from[1] == ','); from++) {
                from += *from == ',';
                *to++ = *from;
        }
        *to = 0;
        *at = *from ? from + 1 : NULL;
        return word;
}

int spec_add_words(struct vm_spec *spec, enum spec_section section, const char *words, struct err *e)
{
        void *item = spec_add(spec, section, e);
        bool first = true;
        for (const char *at = words; item && at; first = false) {
                AUTO_FREE char *word = next_word(&at);
                char *value = strchr(word, '=');
                if (!value && first) {
                        if (spec_set_short(spec, section, item, word, e))
                                return -1;
                        continue;
                }
                if (!value)
                        return err_set(e, 2, "'%.60s' is no KEY=VALUE", word);
                *value++ = 0;
                const struct spec_key *key = spec_find(section, word, e);
                if (!key || spec_set(spec, key, item, value, e))
                        return -1;
        }
        return item ? 0 : -1;
}
