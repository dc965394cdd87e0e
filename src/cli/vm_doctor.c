/* crossarm vm doctor: can this host have guests, and which? */
#include "cli/vm_cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "vm/conn.h"
#include "vm/doctor.h"
#include "vm/source.h"

static const char usage[] = "Usage: crossarm vm doctor [OPTION...] [MACHINE]\n"
                            "Look whether this host can have virtual machines: does KVM really run one (a machine of one page is made and "
                            "run), how (VHE, GIC, 32-bit guests on "
                            "Arm),\n"
                            "does libvirt answer, are QEMU's and libvirt's versions known to be bad, is there QEMU and firmware for each "
                            "kind of guest. MACHINE: may QEMU come to\n"
                            "its disks, too?\n\n"
                            "      --disk PATH    may QEMU's user come to this file? May be said several times\n" VM_OPTIONS_HELP
                            "\nExit status: 0; 1 when something is bad.\n\n"
                            "Examples:\n"
                            "  crossarm vm doctor\n"
                            "  crossarm vm doctor web1 --json\n"
                            "  crossarm vm doctor --disk /home/me/images/disk.qcow2\n";

enum { OPT_DISK = OPT_VM_JSON + 1 };

static const struct option options[] = { { "disk", required_argument, NULL, OPT_DISK }, VM_OPTIONS, { 0 } };

static void print_checks(const struct doctor *d)
{
        for (size_t i = 0; i < d->count; i++) {
                printf("%-9s %-8s %s\n", d->all[i].subject, doctor_level_name(d->all[i].level), d->all[i].text);
                if (d->all[i].cure)
                        printf("%-18s helps: %s\n", "", d->all[i].cure);
        }
}

static void json_checks(const struct doctor *d)
{
        struct json j = { .to = stdout };
        json_open(&j, NULL, '[');
        for (size_t i = 0; i < d->count; i++) {
                json_open(&j, NULL, '{');
                json_put_string(&j, "subject", d->all[i].subject);
                json_put_string(&j, "level", doctor_level_name(d->all[i].level));
                json_put_string(&j, "text", d->all[i].text);
                json_put_string(&j, "cure", d->all[i].cure);
                json_close(&j, '}');
        }
        json_close(&j, ']');
}

/* The files of a machine that libvirt knows, or of a definition. */
static int check_disks(struct doctor *d, const char *uri, const char *name, struct err *e)
{
        AUTO_SOURCE struct vm_source source;
        if (vm_source_open(uri, name, &source, e) < 0)
                return -1;
        AUTO_FREE xmlNode **files = xml_nodes(
                xmlDocGetRootElement(source.doc), "devices/disk/source/@file | devices/filesystem/source/@dir | os/kernel | os/initrd");
        for (size_t i = 0; files[i]; i++) {
                AUTO_FREE char *path = xml_text(files[i], "string(.)");
                doctor_path(d, path);
        }
        return 0;
}

int vm_doctor(int argc, char **argv)
{
        struct vm_cli c = { 0 };
        struct err e = { 0 };
        AUTO_DOCTOR struct doctor d = { 0 };
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                if (o == 'h') {
                        fputs(usage, stdout);
                        return 0;
                }
                int status = 0;
                if (o == OPT_DISK)
                        doctor_path(&d, optarg);
                else
                        status = vm_option(&c, "doctor", o, optarg);
                if (status)
                        return status;
        }
        if (argc - optind > 1) {
                say_error("doctor takes one machine");
                return vm_wrong_usage("doctor");
        }
        if (optind < argc && check_disks(&d, c.uri, argv[optind], &e) < 0)
                return vm_failed(&e);
        if (c.uri && !vm_uri_here(c.uri)) {
                say_error("the doctor looks at this machine; run `crossarm vm doctor` on the one of --connect");
                return 2;
        }
        doctor_kvm(&d);
        doctor_libvirt(&d, c.uri);
        doctor_guests(&d, vm_is_session(c.uri));
        c.json ? json_checks(&d) : print_checks(&d);
        bool bad = false;
        for (size_t i = 0; i < d.count; i++)
                bad |= d.all[i].level == DOCTOR_BAD;
        return bad;
}
