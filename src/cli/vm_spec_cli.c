#include "cli/vm_spec_cli.h"

#include <stdio.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"

/* Behind the options of the keys: a disk, a network. */
static int list_option(enum spec_section section)
{
        return OPT_SPEC + (int)spec_key_count + (section == SPEC_network);
}

static bool in_list(const struct spec_key *key)
{
        return key->section == SPEC_disk || key->section == SPEC_network;
}

/* "boot-kernel", "name". */
static char *option_name(const struct spec_key *key)
{
        return key->section == SPEC_top ? format("%s", key->key) : format("%s-%s", spec_section_name(key->section), key->key);
}

const struct option *vm_spec_options(const struct option *own)
{
        size_t count = 0, n = 0;
        while (own[count].name)
                count++;
        struct option *all = calloc(count + spec_key_count + 3, sizeof *all);
        check(all);
        for (; n < count; n++)
                all[n] = own[n];
        for (size_t i = 0; i < spec_key_count; i++)
                if (!in_list(&spec_keys[i]))
                        all[n++] = (struct option){ option_name(&spec_keys[i]), required_argument, NULL, OPT_SPEC + (int)i };
        all[n++] = (struct option){ "disk", required_argument, NULL, list_option(SPEC_disk) };
        all[n++] = (struct option){ "network", required_argument, NULL, list_option(SPEC_network) };
        return all;
}

static void help_line(const char *option, const char *takes, const char *what)
{
        int wide = printf("      --%s %s", option, takes);
        if (wide > 33)
                printf("\n%33s", "");
        printf("%*s %s\n", wide > 33 ? 0 : 33 - wide, "", what);
}

static void help_list(const char *option, enum spec_section section)
{
        printf("      --%s KEY=VALUE,... one more; the keys are\n", option);
        for (size_t i = 0; i < spec_key_count; i++)
                if (spec_keys[i].section == section)
                        printf("          %s=%s: %s\n", spec_keys[i].key, spec_keys[i].takes, spec_keys[i].what);
}

void vm_spec_help(void)
{
        puts("\nThe spec's keys as options; they override the file's:");
        for (size_t i = 0; i < spec_key_count; i++)
                if (!in_list(&spec_keys[i])) {
                        AUTO_FREE char *name = option_name(&spec_keys[i]);
                        help_line(name, spec_keys[i].takes, spec_keys[i].what);
                }
        help_list("disk", SPEC_disk);
        help_list("network", SPEC_network);
}

bool vm_spec_option(struct spec_words *words, int option, const char *value)
{
        if (words->count == ARRAY_LEN(words->said))
                return false;
        words->said[words->count].option = option;
        words->said[words->count++].value = value;
        return true;
}

/* An empty --network list is said by "none". */
static int add_word(struct vm_spec *spec, int option, const char *value, struct err *e)
{
        if (option == list_option(SPEC_disk))
                return spec_add_words(spec, SPEC_disk, value, e);
        if (option == list_option(SPEC_network) && !strcmp(value, "none")) {
                spec->networks_given = true;
                return 0;
        }
        if (option == list_option(SPEC_network))
                return spec_add_words(spec, SPEC_network, value, e);
        return spec_set(spec, &spec_keys[option - OPT_SPEC], NULL, value, e);
}

/* The copied image comes before the disks that the spec has. */
static int add_copy(struct vm_spec *spec, const struct spec_words *words, struct err *e)
{
        struct spec_disk *disk = spec_add(spec, SPEC_disk, e);
        const struct spec_key *copy = disk ? spec_find(SPEC_disk, "copy", e) : NULL, *size = disk ? spec_find(SPEC_disk, "size", e) : NULL;
        if (!disk || spec_set(spec, copy, disk, words->copy, e) || (words->copy_size && spec_set(spec, size, disk, words->copy_size, e)))
                return -1;
        struct spec_disk first = *disk;
        memmove(spec->disks + 1, spec->disks, (spec->disk_count - 1) * sizeof *spec->disks);
        spec->disks[0] = first;
        return 0;
}

int vm_spec_get(const char *path, const struct spec_words *words, struct vm_spec *spec, struct err *e)
{
        if (path && spec_read(path, spec, e))
                return -1;
        for (size_t i = 0; i < words->count; i++)
                if (add_word(spec, words->said[i].option, words->said[i].value, e))
                        return -1;
        return words->copy && add_copy(spec, words, e) ? -1 : spec_check(spec, e);
}
