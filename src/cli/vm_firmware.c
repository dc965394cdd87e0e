/* crossarm vm firmware: what firmware guests can have here, what is wrong with it, and which one a guest would get. */
#include "cli/vm_cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "vm/conn.h"
#include "vm/firmware.h"

static const char usage[] = "Usage: crossarm vm firmware [OPTION...] [FILE...]\n"
                            "Judge each firmware that QEMU's descriptors, libvirt's qemu.conf and known paths offer here: what its files "
                            "really hold, their sizes,\n"
                            "the pair of code and variables, Secure Boot keys. One broken descriptor makes libvirt offer none at all. "
                            "FILE: judge these descriptors "
                            "only.\n\n"
                            "      --arch ARCH        which one would a guest of ARCH get, and why not the others\n"
                            "      --machine TYPE     on this machine type\n"
                            "      --with FEATURE     that has this feature (secure-boot, enrolled-keys, requires-smm...)\n"
                            "      --without FEATURE  that does not have it\n" VM_OPTIONS_HELP
                            "\nIt looks where the daemon of --connect looks: the folders of the system, and of the user for a session.\n"
                            "Exit status: 0 all is well, or one fits; 1 something is broken, or none fits.\n\n"
                            "Examples:\n"
                            "  crossarm vm firmware\n"
                            "  crossarm vm firmware --arch aarch64 --without secure-boot\n"
                            "  crossarm vm firmware --json ./60-mine.json\n";

enum { OPT_ARCH = 600, OPT_MACHINE, OPT_WITH, OPT_WITHOUT };

static const struct option options[] = { { "arch", required_argument, NULL, OPT_ARCH }, { "machine", required_argument, NULL, OPT_MACHINE },
        { "with", required_argument, NULL, OPT_WITH }, { "without", required_argument, NULL, OPT_WITHOUT }, VM_OPTIONS, { 0 } };

static const char *const severities[] = { "note", "warning", "broken", "malformed" };
static const char *const origins[] = { "descriptor", "qemu.conf", "known path" };

static const char *verdict(const struct firmware *fw)
{
        enum firmware_severity worst = FW_NOTE;
        for (size_t i = 0; i < fw->note_count; i++)
                if (fw->notes[i].severity > worst)
                        worst = fw->notes[i].severity;
        return fw->masked ? "hides" : worst == FW_NOTE ? "good" : severities[worst];
}

static const char *short_name(const struct firmware *fw)
{
        const char *of = fw->origin == FW_DESCRIPTOR ? fw->source : fw->code;
        return strrchr(of, '/') ? strrchr(of, '/') + 1 : of;
}

static void print_row(const struct firmware *fw)
{
        AUTO_FREE char *features = firmware_feature_names(fw->features);
        printf("%-36s %-12s %-12s %-8s %s\n", short_name(fw), fw->target_count ? fw->targets[0].arch : "-",
                fw->code ? firmware_mapping_name(fw->mapping) : "-", verdict(fw), features);
}

static void print_notes(const struct firmware *fw)
{
        bool malformed = false;
        for (size_t i = 0; i < fw->note_count; i++) {
                printf("%s%s: %s: %s\n", i ? "" : "\n", fw->source, severities[fw->notes[i].severity], fw->notes[i].text);
                malformed |= fw->notes[i].severity == FW_MALFORMED;
        }
        if (malformed)
                printf("  libvirt stops at such a descriptor and offers no firmware at all; hide it: touch /etc/qemu/firmware/%s\n",
                        short_name(fw));
}

static void json_words(struct json *j, const char *key, char *const *words)
{
        json_open(j, key, '[');
        for (; *words; words++)
                json_put_string(j, NULL, *words);
        json_close(j, ']');
}

static void json_features(struct json *j, u32 features)
{
        json_open(j, "features", '[');
        for (u32 bit = 0; bit < FW_FEATURES; bit++)
                if (features & 1u << bit) {
                        AUTO_FREE char *name = firmware_feature_names(1u << bit);
                        json_put_string(j, NULL, name);
                }
        json_close(j, ']');
}

static void json_targets(struct json *j, const struct firmware *fw)
{
        json_open(j, "targets", '[');
        for (size_t i = 0; i < fw->target_count; i++) {
                json_open(j, NULL, '{');
                json_put_string(j, "arch", fw->targets[i].arch);
                json_words(j, "machines", fw->targets[i].machines);
                json_close(j, '}');
        }
        json_close(j, ']');
}

/* `passed_over`: NULL when nothing was asked for, or for the one that was chosen. */
static void json_firmware(struct json *j, const struct firmware *fw, bool asked, const char *passed_over)
{
        json_open(j, NULL, '{');
        json_put_string(j, "source", fw->source);
        json_put_string(j, "origin", origins[fw->origin]);
        json_put_string(j, "description", fw->description);
        json_put_string(j, "verdict", verdict(fw));
        json_put_bool(j, "uefi", fw->interfaces & FW_UEFI);
        json_put_bool(j, "bios", fw->interfaces & FW_BIOS);
        json_put_string(j, "mapping", firmware_mapping_name(fw->mapping));
        json_put_string(j, "code", fw->code);
        json_put_string(j, "vars", fw->vars);
        json_targets(j, fw);
        json_features(j, fw->features);
        json_open(j, "notes", '[');
        for (size_t i = 0; i < fw->note_count; i++) {
                json_open(j, NULL, '{');
                json_put_string(j, "severity", severities[fw->notes[i].severity]);
                json_put_string(j, "text", fw->notes[i].text);
                json_close(j, '}');
        }
        json_close(j, ']');
        if (asked)
                json_put_bool(j, "chosen", !passed_over);
        if (passed_over)
                json_put_string(j, "passed_over", passed_over);
        json_close(j, '}');
}

static void print_list(const struct firmware_list *list)
{
        printf("%-36s %-12s %-12s %-8s %s\n", "NAME", "ARCH", "MAPPING", "VERDICT", "FEATURES");
        for (size_t i = 0; i < list->count; i++)
                print_row(&list->all[i]);
        for (size_t i = 0; i < list->count; i++)
                print_notes(&list->all[i]);
}

static void print_choice(const struct firmware_list *list, const struct firmware_choice *choice)
{
        if (choice->chosen) {
                AUTO_FREE char *features = firmware_feature_names(choice->chosen->features);
                printf("%s\n  from      %s\n  mapping   %s\n", choice->chosen->description, choice->chosen->source,
                        firmware_mapping_name(choice->chosen->mapping));
                printf("  code      %s\n  variables %s\n  features  %s\n\n", choice->chosen->code,
                        choice->chosen->vars ? choice->chosen->vars : "none", *features ? features : "none");
        }
        puts("Passed over:");
        for (size_t i = 0; i < list->count; i++)
                if (choice->reasons[i])
                        printf("  %-36s %s\n", short_name(&list->all[i]), choice->reasons[i]);
}

static int show_list(const struct vm_cli *c, const struct firmware_list *list)
{
        bool broken = false;
        struct json j = { .to = stdout };
        if (c->json)
                json_open(&j, NULL, '[');
        else
                print_list(list);
        for (size_t i = 0; i < list->count; i++) {
                broken |= list->all[i].broken;
                if (c->json)
                        json_firmware(&j, &list->all[i], false, NULL);
        }
        if (c->json)
                json_close(&j, ']');
        return broken;
}

static int show_choice(const struct vm_cli *c, const struct firmware_list *list, const struct firmware_want *want)
{
        struct firmware_choice choice;
        struct err e = { 0 };
        struct json j = { .to = stdout };
        firmware_choose(list, want, &choice);
        if (c->json) {
                json_open(&j, NULL, '[');
                for (size_t i = 0; i < list->count; i++)
                        json_firmware(&j, &list->all[i], true, choice.reasons[i]);
                json_close(&j, ']');
        } else {
                print_choice(list, &choice);
        }
        int status = choice.chosen ? 0 : firmware_none(list, want, &choice, &e);
        firmware_choice_free(&choice);
        return status < 0 ? vm_failed(&e) : 0;
}

static int wrong_feature(const char *name)
{
        u32 all = 0;
        for (u32 bit = 0; bit < FW_FEATURES; bit++)
                all |= 1u << bit;
        AUTO_FREE char *names = firmware_feature_names(all);
        say_error("there is no feature '%s'; there are %s", name, names);
        return 2;
}

int vm_firmware(int argc, char **argv)
{
        struct vm_cli c = { 0 };
        struct firmware_want want = { 0 };
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                u32 feature = o == OPT_WITH || o == OPT_WITHOUT ? firmware_feature_by_name(optarg) : 0;
                int status = 0;
                switch (o) {
                case 'h': fputs(usage, stdout); return 0;
                case OPT_ARCH: want.arch = optarg; break;
                case OPT_MACHINE: want.machine = optarg; break;
                case OPT_WITH: want.with |= feature; break;
                case OPT_WITHOUT: want.without |= feature; break;
                default: status = vm_option(&c, "firmware", o, optarg);
                }
                if (status)
                        return status;
                if ((o == OPT_WITH || o == OPT_WITHOUT) && !feature)
                        return wrong_feature(optarg);
        }
        if (!want.arch && (want.machine || want.with || want.without)) {
                say_error("--machine, --with and --without want --arch: the guest's architecture");
                return vm_wrong_usage("firmware");
        }
        if (c.uri && !vm_uri_here(c.uri)) {
                say_error("firmware is judged by its files, on the machine that has them; run `crossarm vm firmware` there");
                return 2;
        }
        AUTO_FIRMWARE struct firmware_list list = { 0 };
        if (optind == argc)
                firmware_list_here(vm_is_session(c.uri), &list);
        for (int i = optind; i < argc; i++)
                firmware_add_file(&list, argv[i]);
        return want.arch ? show_choice(&c, &list, &want) : show_list(&c, &list);
}
