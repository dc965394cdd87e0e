/* crossarm vm cdrom and netboot: small changes of a machine. */
#include "cli/vm_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "vm/edit.h"

static int done(const struct machine *m, const char *key, const char *value, const char *sentence)
{
        if (m->c.json) {
                struct json j = { .to = stdout };
                json_open(&j, NULL, '{');
                json_put_string(&j, "name", virDomainGetName(m->domain));
                json_put_string(&j, key, value);
                json_close(&j, '}');
        } else
                printf("%s: %s\n", virDomainGetName(m->domain), sentence);
        return 0;
}

enum { OPT_DRIVE = OPT_VM_JSON + 1 };

static int take_drive(void *own, int option, const char *value)
{
        *(const char **)own = value;
        return 0;
}

static int cdrom(struct machine *m, void *own, struct err *e)
{
        if (!m->count) {
                say_error("vm cdrom wants a medium, or eject");
                return vm_wrong_usage("cdrom");
        }
        bool eject = !strcmp(m->rest[0], "eject");
        AUTO_FREE char *full = eject || m->rest[0][0] == '/' ? NULL : realpath(m->rest[0], NULL);
        const char *iso = eject ? NULL : full ? full : m->rest[0];
        if (edit_cdrom(m->domain, *(const char **)own, iso, e))
                return -1;
        return done(m, "medium", iso, eject ? "the drive is empty" : iso);
}

int vm_cdrom(int argc, char **argv)
{
        static const struct option options[] = { { "drive", required_argument, NULL, OPT_DRIVE }, VM_OPTIONS, { 0 } };
        static const struct machine_verb verb = {
                .word = "cdrom",
                .usage = "Usage: crossarm vm cdrom [OPTION...] NAME ISO|eject\n"
                         "Put a medium, a file on the host, into a machine's CD-ROM drive, or take it out; while the guest runs, too.\n\n"
                         "      --drive TARGET  the drive (sdb, as `crossarm vm info` shows it); the first without it\n" VM_OPTIONS_HELP
                         "\nExamples:\n  crossarm vm cdrom web /iso/debian-12-arm64.iso\n  crossarm vm cdrom web eject\n",
                .options = options,
                .take = take_drive,
                .act = cdrom,
                .most = 1,
                .changes = true,
        };
        const char *drive = NULL;
        return vm_machine(argc, argv, &verb, &drive);
}

static int netboot(struct machine *m, void *own, struct err *e)
{
        bool on = m->count && !strcmp(m->rest[0], "on");
        if (!m->count || (!on && strcmp(m->rest[0], "off"))) {
                say_error("vm netboot wants on or off");
                return vm_wrong_usage("netboot");
        }
        if (edit_netboot(m->domain, on, e))
                return -1;
        return done(m, "netboot", on ? "on" : "off", on ? "starts from the network first" : "starts from its disks first");
}

int vm_netboot(int argc, char **argv)
{
        static const struct machine_verb verb = {
                .word = "netboot",
                .usage = "Usage: crossarm vm netboot [OPTION...] NAME on|off\n"
                         "Have a machine start from the network before its disks, or not; from its next start on.\n\n" VM_OPTIONS_HELP
                         "\nExample:\n  crossarm vm netboot web on && crossarm vm start web\n",
                .act = netboot,
                .most = 1,
                .changes = true,
        };
        return vm_machine(argc, argv, &verb, NULL);
}
