/*
 * A spec from YAML, read as libyaml's events: the schema has three levels, so the parser has, and a document that nests deeper, or has
 * aliases that would grow, ends at the first event that does not fit.
 */
#include "vm/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <yaml.h>

#include "base/out.h"
#include "base/util.h"

enum { MAX_SPEC = 64 << 10 };

struct reader {
        yaml_parser_t yaml;
        yaml_event_t event; /* the one looked at */
        bool have;
        const char *what;
        struct vm_spec *spec;
        struct err *e;
};

/* Put "FILE:LINE: " before the sentence that is in *e. */
static int at_line(struct reader *r, size_t line)
{
        struct err said = *r->e;
        return err_set(r->e, 2, "%s:%zu: %s", r->what, line, said.text);
}

static size_t line_of(const struct reader *r)
{
        return r->event.start_mark.line + 1;
}

static int refuse(struct reader *r, const char *sentence)
{
        err_set(r->e, 2, "%s", sentence);
        return at_line(r, line_of(r));
}

static int no_yaml(struct reader *r)
{
        err_set(r->e, 2, "this is no YAML: %s", r->yaml.problem ? r->yaml.problem : "it cannot be read");
        return at_line(r, r->yaml.problem_mark.line + 1);
}

/* Go on to the next event. What may not be in a spec at all is refused here. */
static int advance(struct reader *r)
{
        if (r->have)
                yaml_event_delete(&r->event);
        r->have = yaml_parser_parse(&r->yaml, &r->event);
        if (!r->have)
                return no_yaml(r);
        if (r->event.type == YAML_ALIAS_EVENT)
                return refuse(r, "a spec has no aliases (*NAME): write the value again");
        bool tagged = (r->event.type == YAML_SCALAR_EVENT && r->event.data.scalar.tag) ||
                      (r->event.type == YAML_MAPPING_START_EVENT && r->event.data.mapping_start.tag) ||
                      (r->event.type == YAML_SEQUENCE_START_EVENT && r->event.data.sequence_start.tag);
        if (tagged)
                return refuse(r, "a spec has no tags (!NAME)");
        if (r->event.type == YAML_SCALAR_EVENT && memchr(r->event.data.scalar.value, 0, r->event.data.scalar.length))
                return refuse(r, "there is a zero byte in a text");
        return 0;
}

static const char *scalar(const struct reader *r)
{
        return r->event.type == YAML_SCALAR_EVENT ? (const char *)r->event.data.scalar.value : NULL;
}

/* A plain scalar that is not there or null: `cdrom:`, `cdrom: ~`. */
static bool is_null(const struct reader *r)
{
        const char *text = scalar(r);
        return text && r->event.data.scalar.plain_implicit && (!*text || !strcmp(text, "~") || !strcmp(text, "null"));
}

static int read_value(struct reader *r, const struct spec_key *key, void *item)
{
        if (!scalar(r) || is_null(r)) {
                err_set(r->e, 2, "'%s' wants %s; the line may go when it is not needed", key->key, key->takes);
                return at_line(r, line_of(r));
        }
        return spec_set(r->spec, key, item, scalar(r), r->e) ? at_line(r, line_of(r)) : 0;
}

static int read_section(struct reader *r, enum spec_section section, void *item);

static int read_item(struct reader *r, enum spec_section section)
{
        size_t line = line_of(r);
        void *item = spec_add(r->spec, section, r->e);
        if (!item)
                return at_line(r, line);
        if (r->event.type == YAML_MAPPING_START_EVENT)
                return read_section(r, section, item);
        if (!scalar(r) || is_null(r))
                return refuse(r, "an item here is one word, or keys with values");
        return spec_set_short(r->spec, section, item, scalar(r), r->e) ? at_line(r, line) : 0;
}

static int read_list(struct reader *r, enum spec_section section)
{
        if (r->event.type != YAML_SEQUENCE_START_EVENT) {
                err_set(r->e, 2, "'%s' is a list: each item on a line that begins with '- '", spec_section_name(section));
                return at_line(r, line_of(r));
        }
        r->spec->networks_given |= section == SPEC_network;
        for (;;) {
                if (advance(r))
                        return -1;
                if (r->event.type == YAML_SEQUENCE_END_EVENT)
                        return 0;
                if (read_item(r, section))
                        return -1;
        }
}

/* The value of a key of the outermost section that is a section itself: 1 when `key` names none. */
static int read_named_section(struct reader *r, const char *key, size_t *seen)
{
        enum spec_section s = SPEC_boot;
        while (s < SPEC_SECTIONS && strcmp(spec_section_name(s), key))
                s++;
        if (s == SPEC_SECTIONS)
                return 1;
        size_t line = line_of(r);
        if (seen[s]) {
                err_set(r->e, 2, "'%s' is there twice: in line %zu, too", spec_section_name(s), seen[s]);
                return at_line(r, line);
        }
        seen[s] = line;
        if (advance(r))
                return -1;
        if (s >= SPEC_disk)
                return read_list(r, s);
        if (r->event.type != YAML_MAPPING_START_EVENT) {
                err_set(r->e, 2, "'%s' has keys of its own: each on a line below it, further to the right", spec_section_name(s));
                return at_line(r, line_of(r));
        }
        return read_section(r, s, NULL);
}

static int read_key(struct reader *r, enum spec_section section, void *item, size_t *seen)
{
        size_t line = line_of(r);
        const struct spec_key *key = spec_find(section, scalar(r), r->e);
        if (!key)
                return at_line(r, line);
        size_t *before = &seen[key - spec_keys];
        if (*before) {
                err_set(r->e, 2, "'%s' is there twice: in line %zu, too", key->key, *before);
                return at_line(r, line);
        }
        *before = line;
        return advance(r) ? -1 : read_value(r, key, item);
}

/* The keys of a mapping that has just begun, to its end. */
static int read_section(struct reader *r, enum spec_section section, void *item)
{
        size_t *seen = calloc(spec_key_count + SPEC_SECTIONS, sizeof *seen);
        check(seen);
        int status = 0;
        while (!status && !(status = advance(r)) && r->event.type != YAML_MAPPING_END_EVENT) {
                if (!scalar(r)) {
                        status = refuse(r, "a key is one word");
                        break;
                }
                int other = section == SPEC_top ? read_named_section(r, scalar(r), seen + spec_key_count) : 1;
                status = other == 1 ? read_key(r, section, item, seen) : other;
        }
        free(seen);
        return status;
}

static int read_document(struct reader *r)
{
        if (advance(r) || advance(r)) /* the stream's and the document's start */
                return -1;
        if (r->event.type == YAML_STREAM_END_EVENT)
                return refuse(r, "there is nothing in this spec; crossarm-vm-spec(5) has examples");
        if (advance(r))
                return -1;
        if (r->event.type != YAML_MAPPING_START_EVENT)
                return refuse(r, "a spec is made of lines 'KEY: VALUE'; crossarm-vm-spec(5) has examples");
        if (read_section(r, SPEC_top, NULL) || advance(r) || advance(r)) /* the document's end, then the stream's */
                return -1;
        return r->event.type == YAML_STREAM_END_EVENT ? 0 : refuse(r, "a second document begins here; a spec is one");
}

int spec_parse(const char *text, size_t len, const char *what, struct vm_spec *spec, struct err *e)
{
        if (len > MAX_SPEC)
                return err_set(e, 2, "%s is larger than %d KiB: no spec is", what, MAX_SPEC >> 10);
        struct reader r = { .what = what, .spec = spec, .e = e };
        check(yaml_parser_initialize(&r.yaml));
        yaml_parser_set_input_string(&r.yaml, (const unsigned char *)text, len);
        int status = read_document(&r);
        if (r.have)
                yaml_event_delete(&r.event);
        yaml_parser_delete(&r.yaml);
        return status;
}

/* The folder of a file, absolute; NULL for standard input and when it cannot be told. */
static char *folder_of(const char *path)
{
        char *real = strcmp(path, "-") ? realpath(path, NULL) : NULL;
        if (real)
                *(strrchr(real, '/') == real ? real + 1 : strrchr(real, '/')) = 0;
        return real;
}

int spec_read(const char *path, struct vm_spec *spec, struct err *e)
{
        AUTO_FREE char *text = read_text(AT_FDCWD, strcmp(path, "-") ? path : "/dev/stdin", MAX_SPEC + 1);
        if (!text)
                return err_set(e, 2, "cannot read the spec %s: %s", path, strerror(errno));
        free(spec->folder);
        spec->folder = folder_of(path);
        int status = spec_parse(text, strlen(text), strcmp(path, "-") ? path : "the spec", spec, e);
        free(spec->folder); /* what options say begins in the working folder */
        spec->folder = NULL;
        return status;
}
