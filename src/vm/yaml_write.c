#include "vm/yaml_write.h"

#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"

static void emit(struct yaml *y, yaml_event_t *event)
{
        check(yaml_emitter_emit(&y->emitter, event));
}

/* Would a reader take these letters for something else than text? Then they are quoted; texts of several lines are blocks. */
static yaml_scalar_style_t style_of(const char *value)
{
        static const char *const words[] = { "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n" };
        if (strchr(value, '\n'))
                return YAML_LITERAL_SCALAR_STYLE;
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (!strcasecmp(value, words[i]))
                        return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
        bool numeric = value[strspn(value, "0123456789.:+-_eExXoO")] == 0;
        return numeric ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE;
}

static void scalar(struct yaml *y, const char *value, yaml_scalar_style_t style)
{
        yaml_event_t event;
        check(yaml_scalar_event_initialize(&event, NULL, NULL, (yaml_char_t *)value, (int)strlen(value), 1, 1, style));
        emit(y, &event);
}

static void start_mapping(struct yaml *y)
{
        yaml_event_t event;
        check(yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
        emit(y, &event);
}

static void deeper(struct yaml *y, bool list)
{
        check(y->depth + 1 < ARRAY_LEN(y->in_list));
        y->in_list[++y->depth] = list;
}

void yaml_begin(struct yaml *y)
{
        yaml_event_t event;
        *y = (struct yaml){ 0 };
        y->to = open_memstream(&y->text, &y->len);
        check(y->to && yaml_emitter_initialize(&y->emitter));
        yaml_emitter_set_output_file(&y->emitter, y->to);
        yaml_emitter_set_unicode(&y->emitter, 1);
        yaml_emitter_set_width(&y->emitter, -1);
        check(yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
        emit(y, &event);
        check(yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
        emit(y, &event);
        start_mapping(y);
}

char *yaml_end(struct yaml *y)
{
        yaml_event_t event;
        yaml_close(y);
        yaml_document_end_event_initialize(&event, 1);
        emit(y, &event);
        yaml_stream_end_event_initialize(&event);
        emit(y, &event);
        yaml_emitter_delete(&y->emitter);
        fclose(y->to);
        return y->text;
}

void yaml_text(struct yaml *y, const char *key, const char *value)
{
        scalar(y, key, YAML_PLAIN_SCALAR_STYLE);
        scalar(y, value, style_of(value));
}

void yaml_number(struct yaml *y, const char *key, u64 value)
{
        AUTO_FREE char *text = format("%llu", (unsigned long long)value);
        scalar(y, key, YAML_PLAIN_SCALAR_STYLE);
        scalar(y, text, YAML_PLAIN_SCALAR_STYLE);
}

void yaml_switch(struct yaml *y, const char *key, bool value)
{
        scalar(y, key, YAML_PLAIN_SCALAR_STYLE);
        scalar(y, value ? "true" : "false", YAML_PLAIN_SCALAR_STYLE);
}

void yaml_open(struct yaml *y, const char *key)
{
        scalar(y, key, YAML_PLAIN_SCALAR_STYLE);
        start_mapping(y);
        deeper(y, false);
}

void yaml_list(struct yaml *y, const char *key)
{
        yaml_event_t event;
        scalar(y, key, YAML_PLAIN_SCALAR_STYLE);
        check(yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
        emit(y, &event);
        deeper(y, true);
}

void yaml_item(struct yaml *y)
{
        start_mapping(y);
        deeper(y, false);
}

void yaml_close(struct yaml *y)
{
        yaml_event_t event;
        if (y->in_list[y->depth])
                yaml_sequence_end_event_initialize(&event);
        else
                yaml_mapping_end_event_initialize(&event);
        emit(y, &event);
        y->depth -= y->depth > 0;
}
