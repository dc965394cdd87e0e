/* crossarm vm probe-ports: how many root ports a machine really boots with. */
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
#include "vm/probe.h"
#include "vm/source.h"

static const char usage[] =
        "Usage: crossarm vm probe-ports [OPTION...] [MACHINE]\n"
        "Boot QEMU with its firmware and more and fewer PCIe root ports, a disk behind the last one, and find how many it really has. No "
        "guest is\n"
        "needed or touched: the disk says a word and that is all. The answer is remembered for this QEMU, machine type and firmware, and "
        "`plan`\n"
        "uses it. MACHINE is one that is defined, or a file of domain XML; without it the options say what is booted.\n\n"
        "      --arch ARCH      aarch64 (without it), armv7l, x86_64\n"
        "      --machine TYPE   virt-2.12, pc-q35-7.2...; virt or q35 without it\n"
        "      --highmem MODE   off: below 4 GiB only (machine type virt)\n"
        "      --firmware KIND  uefi or bios; uefi on Arm, bios on x86 without it\n"
        "      --emulator FILE  another QEMU than the one in /usr/bin\n"
        "      --most N         no more than N ports; without it as many as libvirt can make\n"
        "      --again          boot although the answer is known\n" VM_OPTIONS_HELP
        "\nIt boots this machine's QEMU and firmware: those of another host are probed there.\n\n"
        "Examples:\n"
        "  crossarm vm probe-ports --machine virt-2.12\n"
        "  crossarm vm probe-ports --arch x86_64 --machine q35 --most 32\n"
        "  crossarm vm probe-ports web1\n";

enum { OPT_ARCH = 600, OPT_MACHINE, OPT_HIGHMEM, OPT_FIRMWARE, OPT_EMULATOR, OPT_MOST, OPT_AGAIN };

static const struct option options[] = { { "arch", required_argument, NULL, OPT_ARCH }, { "machine", required_argument, NULL, OPT_MACHINE },
        { "highmem", required_argument, NULL, OPT_HIGHMEM }, { "firmware", required_argument, NULL, OPT_FIRMWARE },
        { "emulator", required_argument, NULL, OPT_EMULATOR }, { "most", required_argument, NULL, OPT_MOST },
        { "again", no_argument, NULL, OPT_AGAIN }, VM_OPTIONS, { 0 } };

struct words {
        const char *arch, *machine, *firmware, *emulator;
        bool low, again;
        unsigned most; /* 0: not said */
};

/* An emulator for each architecture, and the machine when none is said. */
static const struct {
        const char *arch, *emulator, *machine, *firmware;
} emulators[] = {
        { "aarch64", "/usr/bin/qemu-system-aarch64", "virt", "uefi" },
        { "armv7l", "/usr/bin/qemu-system-arm", "virt", "uefi" },
        { "x86_64", "/usr/bin/qemu-system-x86_64", "q35", "bios" },
};

static int machine_of_words(const struct words *w, struct probe_machine *m, struct err *e)
{
        size_t row = 0;
        while (row < ARRAY_LEN(emulators) && strcmp(emulators[row].arch, w->arch ? w->arch : "aarch64"))
                row++;
        if (row == ARRAY_LEN(emulators))
                return err_set(e, 2, "probe-ports knows aarch64, armv7l and x86_64, not %s", w->arch);
        const char *machine = w->machine ? w->machine : emulators[row].machine;
        bool uefi = !strcmp(w->firmware ? w->firmware : emulators[row].firmware, "uefi");
        *m = (struct probe_machine){ .emulator = format("%s", w->emulator ? w->emulator : emulators[row].emulator),
                .arch = format("%s", emulators[row].arch),
                .machine = format("%s", machine),
                .highmem = !w->low };
        if (access(m->emulator, X_OK) < 0)
                return err_set(e, 1, "cannot run %s: %s; it comes with the package qemu-system-%s", m->emulator, "no such program",
                        row == 2 ? "x86" : "arm");
        if (!uefi)
                return 0;
        AUTO_FIRMWARE struct firmware_list list = { 0 };
        struct firmware_choice choice;
        struct firmware_want want = {
                .arch = m->arch, .machine = machine, .without = FW_ENROLLED_KEYS | FW_REQUIRES_SMM, .split_only = true
        };
        firmware_list_here(geteuid() != 0, &list);
        firmware_choose(&list, &want, &choice);
        int status = choice.chosen ? 0 : firmware_none(&list, &want, &choice, e);
        if (choice.chosen) {
                m->code = format("%s", choice.chosen->code);
                m->vars = format("%s", choice.chosen->vars);
                m->code_format = format("%s", choice.chosen->code_format);
                m->vars_format = format("%s", choice.chosen->vars_format);
        }
        firmware_choice_free(&choice);
        return status;
}

static int machine_of_source(const char *uri, const char *name, struct probe_machine *m, struct err *e)
{
        AUTO_SOURCE struct vm_source source;
        if (vm_source_open(uri, name, &source, e) < 0)
                return -1;
        if (probe_machine_of(xmlDocGetRootElement(source.doc), m))
                return 0;
        return err_set(e, 1,
                "%s names no emulator and firmware that are on this machine (a start lets libvirt choose its firmware); say --arch, "
                "--machine and "
                "--firmware instead",
                name);
}

static void say_step(unsigned ports, enum probe_result result, int took_ms)
{
        fprintf(stderr, "%4u ports: %s (%d.%d s)\n", ports, probe_result_name(result), took_ms / 1000, took_ms % 1000 / 100);
}

static void print_answer(const struct vm_cli *c, const struct probe_machine *m, const struct ports_limit *limit, unsigned found,
        unsigned most, bool remembered)
{
        struct json j = { .to = stdout };
        if (!c->json) {
                printf("%s%s, %s: %u root ports%s%s\n", m->machine, m->highmem ? "" : ",highmem=off", m->code ? m->code : "BIOS", found,
                        found == most ? ", which was the most that was tried" : "", remembered ? " (remembered)" : "");
                if (found != limit->root_ports && found < most)
                        printf("%u were expected (%s)\n", limit->root_ports, limit->why);
                return;
        }
        json_open(&j, NULL, '{');
        json_put_string(&j, "arch", m->arch);
        json_put_string(&j, "machine", m->machine);
        json_put_bool(&j, "highmem", m->highmem);
        json_put_string(&j, "emulator", m->emulator);
        json_put_string(&j, "firmware", m->code);
        json_put_number(&j, "root_ports", found);
        json_put_number(&j, "most_tried", most);
        json_put_number(&j, "expected", limit->root_ports);
        json_put_bool(&j, "remembered", remembered);
        json_close(&j, '}');
}

static int probe(const struct vm_cli *c, const struct words *w, const struct probe_machine *m, struct err *e)
{
        AUTO_PORTS_MACHINE struct ports_machine ports;
        struct ports_limit limit;
        probe_ports_machine(m, &ports);
        ports_limit(&ports, 0, 0, &limit);
        if (!limit.root_ports)
                return err_set(e, 2, "%s; only virt and q35 have root ports", limit.why);
        unsigned most_libvirt = ports.kind == PORTS_Q35 ? 240 : 248, most = w->most && w->most < most_libvirt ? w->most : most_libvirt;
        unsigned found, tried;
        bool remembered = !w->again && probe_recall(m, &found, &tried) && (found < tried || tried >= most);
        if (!remembered) {
                if (probe_search(m, limit.root_ports, most, say_step, &found, e) < 0 || probe_remember(m, found, most, e) < 0)
                        return -1;
                tried = most;
        }
        print_answer(c, m, &limit, found, tried, remembered);
        return 0;
}

static int take(struct words *w, int option, const char *value)
{
        switch (option) {
        case OPT_ARCH: w->arch = value; return 0;
        case OPT_MACHINE: w->machine = value; return 0;
        case OPT_EMULATOR: w->emulator = value; return 0;
        case OPT_AGAIN: w->again = true; return 0;
        case OPT_MOST: w->most = (unsigned)strtoul(value, NULL, 10); return w->most ? 0 : 2;
        case OPT_HIGHMEM: w->low = !strcmp(value, "off"); return w->low || !strcmp(value, "on") ? 0 : 2;
        default: w->firmware = value; return strcmp(value, "uefi") && strcmp(value, "bios") ? 2 : 0;
        }
}

int vm_probe_ports(int argc, char **argv)
{
        struct vm_cli c = { 0 };
        struct words w = { 0 };
        struct err e = { 0 };
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                if (o == 'h') {
                        fputs(usage, stdout);
                        return 0;
                }
                int status = o >= OPT_ARCH ? take(&w, o, optarg) : vm_option(&c, "probe-ports", o, optarg);
                if (status && o >= OPT_ARCH) {
                        say_error("'%s' is no value of that option", optarg);
                        return vm_wrong_usage("probe-ports");
                }
                if (status)
                        return status;
        }
        bool named = argc - optind == 1, said = w.arch || w.machine || w.firmware || w.emulator || w.low;
        if (argc - optind > 1 || (named && said)) {
                say_error("probe-ports wants one machine, or options that say what is booted");
                return vm_wrong_usage("probe-ports");
        }
        if (c.uri && !vm_uri_here(c.uri)) {
                say_error("probe-ports boots the QEMU of this machine: run it on the host of %s", c.uri);
                return 2;
        }
        AUTO_PROBE_MACHINE struct probe_machine m = { 0 };
        int status = named ? machine_of_source(c.uri, argv[optind], &m, &e) : machine_of_words(&w, &m, &e);
        if (status == 0)
                status = probe(&c, &w, &m, &e);
        return status < 0 ? vm_failed(&e) : 0;
}
