#include "vm/jsn.h"

#include <stdarg.h>

void jsn_free_var(json_t **j)
{
        json_decref(*j);
}

json_t *jsn_parse(const char *text, size_t len, const char *what, struct err *e)
{
        json_error_t why;
        json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
        if (!j)
                err_set(e, 2, "%s is no valid JSON: line %d: %s", what, why.line, why.text);
        else if (!json_is_object(j))
                err_set(e, 2, "%s is JSON, but no object", what);
        if (json_is_object(j))
                return j;
        json_decref(j);
        return NULL;
}

const char *jsn_text(const json_t *object, const char *key)
{
        return json_string_value(json_object_get(object, key));
}

json_t *jsn_at(const json_t *object, const char *key, ...)
{
        va_list ap;
        va_start(ap, key);
        json_t *at = (json_t *)object;
        for (; key && at; key = va_arg(ap, const char *))
                at = json_object_get(at, key);
        va_end(ap);
        return at;
}
