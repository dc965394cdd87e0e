#include "vm/firmware.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/firmware_parts.h"

static const char *const feature_words[] = {
#define FEATURE(name, word, what) word,
#include "vm/firmware_feature.def"
#undef FEATURE
};

/* Guest architectures that descriptors call by another name. */
static const struct {
        const char *arch, *firmware;
} arch_names[] = { { "armv7l", "arm" }, { "armhf", "arm" }, { "armv6l", "arm" }, { "arm64", "aarch64" }, { "amd64", "x86_64" },
        { "i686", "i386" } };

static void texts_free(char **texts)
{
        for (char **t = texts; t && *t; t++)
                free(*t);
        free(texts);
}

static void firmware_free(struct firmware *fw)
{
        char *texts[] = { fw->source, fw->description, fw->code, fw->code_format, fw->vars, fw->vars_format };
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                free(texts[i]);
        for (size_t i = 0; i < fw->target_count; i++) {
                free(fw->targets[i].arch);
                texts_free(fw->targets[i].machines);
        }
        for (size_t i = 0; i < fw->note_count; i++)
                free(fw->notes[i].text);
        free(fw->targets);
        free(fw->notes);
}

void firmware_list_free(struct firmware_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                firmware_free(&list->all[i]);
        free(list->all);
        *list = (struct firmware_list){ 0 };
}

static void *grow_by_one(void *array, size_t count, size_t size)
{
        array = realloc(array, (count + 1) * size);
        check(array);
        memset((char *)array + count * size, 0, size);
        return array;
}

struct firmware *firmware_add(struct firmware_list *list)
{
        list->all = grow_by_one(list->all, list->count, sizeof *list->all);
        return &list->all[list->count++];
}

void firmware_note(struct firmware *fw, enum firmware_severity severity, const char *fmt, ...)
{
        char text[600];
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        fw->notes = grow_by_one(fw->notes, fw->note_count, sizeof *fw->notes);
        fw->notes[fw->note_count++] = (struct firmware_note){ severity, format("%s", text) };
        fw->broken |= severity >= FW_BROKEN;
}

void firmware_add_target(struct firmware *fw, const char *arch, char **machines)
{
        fw->targets = grow_by_one(fw->targets, fw->target_count, sizeof *fw->targets);
        fw->targets[fw->target_count++] = (struct firmware_target){ format("%s", arch), machines };
}

char *firmware_feature_names(u32 features)
{
        char *all = format("%s", "");
        for (size_t i = 0; i < FW_FEATURES; i++)
                if (features & 1u << i) {
                        char *longer = format("%s%s%s", all, *all ? ", " : "", feature_words[i]);
                        free(all);
                        all = longer;
                }
        return all;
}

u32 firmware_feature_by_name(const char *name)
{
        for (size_t i = 0; i < FW_FEATURES; i++)
                if (!strcmp(name, feature_words[i]))
                        return 1u << i;
        return 0;
}

const char *firmware_arch(const char *arch)
{
        for (size_t i = 0; i < ARRAY_LEN(arch_names); i++)
                if (!strcmp(arch, arch_names[i].arch))
                        return arch_names[i].firmware;
        return arch;
}

const char *firmware_mapping_name(enum firmware_mapping mapping)
{
        static const char *const names[] = { "flash pair", "one flash", "stateless flash", "memory", "other" };
        return names[mapping];
}

const struct firmware *firmware_of_code(const struct firmware_list *list, const char *code)
{
        for (size_t i = 0; i < list->count; i++)
                if (list->all[i].code && !strcmp(list->all[i].code, code))
                        return &list->all[i];
        return NULL;
}
