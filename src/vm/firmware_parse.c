/*
 * The text of a descriptor. Every fault is noted and the rest is still read, so that a person sees all faults at once. MALFORMED is what
 * libvirt 9.0 was seen to stop at.
 */
#include "vm/firmware_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/jsn.h"

enum { MAX_TARGETS = 64, MAX_MACHINES = 256 };

/* FirmwareArchitecture of docs/interop/firmware.json. */
static const char *const arches[] = { "aarch64", "arm", "i386", "x86_64", "riscv64", "loongarch64" };

static const struct {
        const char *device, *mode;
        enum firmware_mapping mapping;
} mappings[] = {
        { "flash", NULL, FW_SPLIT }, /* what no mode means */
        { "flash", "split", FW_SPLIT },
        { "flash", "combined", FW_COMBINED },
        { "flash", "stateless", FW_STATELESS },
        { "memory", NULL, FW_MEMORY },
        { "kernel", NULL, FW_OTHER },
        { "igvm", NULL, FW_OTHER },
};

static char *copy(const char *text)
{
        return text ? format("%s", text) : NULL;
}

static const struct {
        const char *word;
        u32 bit; /* 0: none that this project gives to guests */
} interfaces[] = { { "uefi", FW_UEFI }, { "bios", FW_BIOS }, { "openfirmware", 0 }, { "uboot", 0 } };

static void read_interface(struct firmware *fw, const char *word)
{
        for (size_t i = 0; word && i < ARRAY_LEN(interfaces); i++)
                if (!strcmp(word, interfaces[i].word)) {
                        fw->interfaces |= interfaces[i].bit;
                        return;
                }
        firmware_note(fw, FW_MALFORMED, "\"interface-types\" has a member that is not known: %.60s", word ? word : "no text");
}

static void read_interfaces(struct firmware *fw, const json_t *root)
{
        const json_t *list = json_object_get(root, "interface-types");
        if (!json_is_array(list))
                firmware_note(fw, FW_MALFORMED, "it has no list \"interface-types\": the interfaces (uefi, bios) that guests are given");
        for (size_t i = 0; i < json_array_size(list); i++)
                read_interface(fw, json_string_value(json_array_get(list, i)));
}

static void read_mapping_kind(struct firmware *fw, const char *device, const char *mode)
{
        for (size_t i = 0; i < ARRAY_LEN(mappings); i++)
                if (!strcmp(device, mappings[i].device) &&
                        (!mode || !mappings[i].mode ? mode == mappings[i].mode : !strcmp(mode, mappings[i].mode))) {
                        fw->mapping = mappings[i].mapping;
                        return;
                }
        firmware_note(
                fw, FW_MALFORMED, "\"mapping\" has a device or mode that is not known: %s%s%s", device, mode ? ", " : "", mode ? mode : "");
        fw->mapping = FW_OTHER;
}

static void read_file(struct firmware *fw, const json_t *file, const char *key, char **name, char **image_format)
{
        *name = copy(jsn_text(file, "filename"));
        *image_format = copy(jsn_text(file, "format"));
        if (!*name)
                firmware_note(fw, FW_MALFORMED, "\"mapping\" has no \"%s\" with a \"filename\"", key);
        else if (**name != '/')
                firmware_note(fw, FW_BROKEN, "the \"filename\" of \"%s\" is no whole path: %s", key, *name);
        if (*image_format && strcmp(*image_format, "raw") && strcmp(*image_format, "qcow2"))
                firmware_note(fw, FW_BROKEN, "the format of \"%s\" is %s, which is not known", key, *image_format);
        if (!*image_format) {
                firmware_note(fw, FW_MALFORMED, "the \"%s\" of \"mapping\" has no \"format\"", key);
                *image_format = format("raw");
        }
}

static void read_mapping(struct firmware *fw, const json_t *root)
{
        const json_t *mapping = json_object_get(root, "mapping");
        const char *device = jsn_text(mapping, "device");
        fw->mapping = FW_OTHER;
        if (!device) {
                firmware_note(fw, FW_MALFORMED, "it has no \"mapping\" with a \"device\": how the machine gets the firmware");
                return;
        }
        read_mapping_kind(fw, device, jsn_text(mapping, "mode"));
        if (fw->mapping == FW_SPLIT || fw->mapping == FW_COMBINED || fw->mapping == FW_STATELESS)
                read_file(fw, json_object_get(mapping, "executable"), "executable", &fw->code, &fw->code_format);
        else
                fw->code = copy(jsn_text(mapping, "filename"));
        if (fw->mapping == FW_SPLIT)
                read_file(fw, json_object_get(mapping, "nvram-template"), "nvram-template", &fw->vars, &fw->vars_format);
}

/* A list of texts, malloced and NULL-terminated; members that are none are left out and counted. */
static char **read_texts(const json_t *list, size_t *wrong)
{
        size_t count = json_array_size(list), kept = 0;
        char **texts = calloc(count + 1, sizeof *texts);
        check(texts);
        for (size_t i = 0; i < count; i++) {
                const char *text = json_string_value(json_array_get(list, i));
                if (text)
                        texts[kept++] = format("%s", text);
        }
        *wrong = count - kept;
        return texts;
}

static bool is_known_arch(const char *arch)
{
        for (size_t i = 0; i < ARRAY_LEN(arches); i++)
                if (!strcmp(arch, arches[i]))
                        return true;
        return false;
}

static void read_targets(struct firmware *fw, const json_t *root)
{
        const json_t *list = json_object_get(root, "targets");
        size_t count = json_array_size(list), wrong;
        if (!json_is_array(list) || count > MAX_TARGETS) {
                firmware_note(fw, FW_MALFORMED, "it has no list \"targets\" of 1 to %d members: the architectures and machines it is for",
                        MAX_TARGETS);
                return;
        }
        if (!count)
                firmware_note(fw, FW_BROKEN, "its list \"targets\" is empty: it is for no architecture");
        for (size_t i = 0; i < count; i++) {
                const json_t *target = json_array_get(list, i), *machines = json_object_get(target, "machines");
                const char *arch = jsn_text(target, "architecture");
                if (!arch || !json_is_array(machines) || json_array_size(machines) > MAX_MACHINES) {
                        firmware_note(fw, FW_MALFORMED, "target %zu has no \"architecture\", or no \"machines\"", i + 1);
                        continue;
                }
                if (!json_array_size(machines))
                        firmware_note(fw, FW_BROKEN, "target %zu has no machines in its list", i + 1);
                if (!is_known_arch(arch))
                        firmware_note(
                                fw, FW_MALFORMED, "target %zu is for %s, which is no architecture that descriptors name", i + 1, arch);
                firmware_add_target(fw, arch, read_texts(machines, &wrong));
                if (wrong)
                        firmware_note(fw, FW_WARNING, "target %zu has %zu machines that are no texts", i + 1, wrong);
        }
}

static void read_features(struct firmware *fw, const json_t *root)
{
        const json_t *list = json_object_get(root, "features");
        if (!json_is_array(list))
                firmware_note(fw, FW_MALFORMED, "it has no list \"features\"; an empty one is allowed");
        for (size_t i = 0; i < json_array_size(list); i++) {
                const char *word = json_string_value(json_array_get(list, i));
                u32 bit = word ? firmware_feature_by_name(word) : 0;
                fw->features |= bit;
                if (!word)
                        firmware_note(fw, FW_MALFORMED, "a member of \"features\" is no text");
                else if (!bit)
                        firmware_note(fw, FW_NOTE, "the feature %.60s is not known here", word);
        }
}

void firmware_parse(const char *text, size_t len, const char *source, struct firmware *fw)
{
        struct err e = { 0 };
        fw->origin = FW_DESCRIPTOR;
        fw->source = format("%s", source);
        AUTO_JSN json_t *root = jsn_parse(text, len, "it", &e);
        fw->mapping = FW_OTHER;
        if (!root) {
                firmware_note(fw, FW_MALFORMED, "%s", e.text);
                return;
        }
        fw->description = copy(jsn_text(root, "description"));
        if (!fw->description)
                firmware_note(fw, FW_WARNING, "it has no \"description\"");
        read_interfaces(fw, root);
        read_mapping(fw, root);
        read_targets(fw, root);
        read_features(fw, root);
        if (!json_is_array(json_object_get(root, "tags")))
                firmware_note(fw, FW_WARNING, "it has no list \"tags\"; an empty one is allowed");
}
