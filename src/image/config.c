#include "image/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "image/json.h"

void config_free(struct image_config *c)
{
        texts_free(c->entrypoint);
        texts_free(c->cmd);
        texts_free(c->env);
        texts_free(c->volumes);
        free(c->workdir);
        free(c->user);
        free(c->created);
        free(c->stop_signal);
        free(c->diff_ids);
        *c = (struct image_config){ 0 };
}

static char **key_list(const json_t *object)
{
        char **keys = calloc(json_object_size(object) + 1, sizeof *keys);
        size_t n = 0;
        const char *key;
        json_t *value;
        if (!keys)
                abort();
        json_object_foreach((json_t *)object, key, value) keys[n++] = format("%s", key);
        return keys;
}

static int parse_diff_ids(const json_t *list, const char *what, struct image_config *c, struct err *e)
{
        size_t count = json_array_size(list);
        c->diff_ids = calloc(count + 1, sizeof *c->diff_ids);
        if (!c->diff_ids)
                abort();
        for (size_t i = 0; i < count; i++) {
                const char *text = json_string_value(json_array_get(list, i));
                if (!text || !digest_parse(text, &c->diff_ids[i]))
                        return err_set(e, 126, "%s is damaged: layer %zu has no valid diff_id", what, i + 1);
        }
        c->layer_count = count;
        return 0;
}

int config_parse(const char *data, size_t len, const char *what, struct image_config *c, struct err *e)
{
        *c = (struct image_config){ 0 };
        AUTO_JSON json_t *j = json_object_of(data, len, what, e);
        if (!j)
                return -1;
        const json_t *run = json_object_get(j, "config"), *rootfs = json_object_get(j, "rootfs");
        c->platform = platform_make(json_text(j, "os"), json_text(j, "architecture"), json_text(j, "variant"));
        c->entrypoint = json_texts(run, "Entrypoint");
        c->cmd = json_texts(run, "Cmd");
        c->env = json_texts(run, "Env");
        c->volumes = key_list(json_object_get(run, "Volumes"));
        c->workdir = format("%s", json_text(run, "WorkingDir"));
        c->user = format("%s", json_text(run, "User"));
        c->stop_signal = format("%s", json_text(run, "StopSignal"));
        c->created = format("%s", json_text(j, "created"));
        if (parse_diff_ids(json_object_get(rootfs, "diff_ids"), what, c, e) == 0)
                return 0;
        config_free(c);
        return -1;
}
