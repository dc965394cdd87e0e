/* Writing YAML by libyaml, as one goes: the document is a mapping. It cannot fail but by lack of memory, which ends the process. */
#pragma once
#include "base/types.h"

#include <stdio.h>

#include <yaml.h>

struct yaml {
        yaml_emitter_t emitter;
        FILE *to;
        char *text;
        size_t len;
        bool in_list[16]; /* by depth */
        unsigned depth;
};

void yaml_begin(struct yaml *y);
char *yaml_end(struct yaml *y); /* the text, malloced */

/* In a mapping: a value; a mapping or a list, which yaml_close() ends. */
void yaml_text(struct yaml *y, const char *key, const char *value);
void yaml_number(struct yaml *y, const char *key, u64 value);
void yaml_switch(struct yaml *y, const char *key, bool value);
void yaml_open(struct yaml *y, const char *key);
void yaml_list(struct yaml *y, const char *key);

/* In a list: a mapping, which yaml_close() ends. */
void yaml_item(struct yaml *y);

void yaml_close(struct yaml *y);
