#include "image/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

void json_unref_var(json_t **j)
{
        json_decref(*j);
}

json_t *json_object_of(const char *data, size_t len, const char *what, struct err *e)
{
        json_error_t why;
        json_t *j = json_loadb(data ? data : "", len, JSON_REJECT_DUPLICATES, &why);
        if (!j) {
                err_set(e, 126, "%s is no valid JSON: %s (line %d)", what, why.text, why.line);
                return NULL;
        }
        if (json_is_object(j))
                return j;
        json_decref(j);
        err_set(e, 126, "%s is JSON, but no object", what);
        return NULL;
}

const char *json_text(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));
        return text ? text : "";
}

bool json_u64(const json_t *object, const char *key, u64 *value)
{
        const json_t *member = json_object_get(object, key);
        if (!json_is_integer(member) || json_integer_value(member) < 0)
                return false;
        *value = (u64)json_integer_value(member);
        return true;
}

char **json_texts(const json_t *object, const char *key)
{
        const json_t *list = json_object_get(object, key);
        if (!json_is_array(list))
                return NULL;
        size_t count = json_array_size(list), kept = 0;
        char **texts = calloc(count + 1, sizeof *texts);
        if (!texts)
                abort();
        for (size_t i = 0; i < count; i++) {
                const char *text = json_string_value(json_array_get(list, i));
                if (text)
                        texts[kept++] = format("%s", text);
        }
        return texts;
}

void texts_free(char **texts)
{
        for (char **t = texts; t && *t; t++)
                free(*t);
        free(texts);
}

struct bytes json_bytes(const json_t *object)
{
        struct bytes b = { .data = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER) };
        if (!b.data)
                abort();
        b.len = strlen(b.data);
        return b;
}
