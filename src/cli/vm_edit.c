/* crossarm vm cdrom and netboot: small changes of a machine. */
#include "cli/vm_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "vm/edit.h"

static const struct option plain_options[] = { VM_OPTIONS, { 0 } };

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

int vm_cdrom(int argc, char **argv)
{
        static const struct machine_verb verb = {
                "cdrom",
                "Usage: crossarm vm cdrom [OPTION...] NAME ISO|eject\n"
                "Put a medium, a file on the host, into a machine's CD-ROM drive, or take it out; while the guest runs, "
                "too.\n\n" VM_OPTIONS_HELP "\nExamples:\n  crossarm vm cdrom web /iso/debian-12-arm64.iso\n  crossarm vm cdrom web eject\n",
                plain_options,
                NULL,
                1,
        };
        AUTO_MACHINE struct machine m = { 0 };
        struct err e = { 0 };
        int status = vm_machine(argc, argv, &verb, NULL, &m);
        if (status >= 0)
                return status;
        if (!m.count) {
                say_error("vm cdrom wants a medium, or eject");
                return vm_wrong_usage("cdrom");
        }
        bool eject = !strcmp(m.rest[0], "eject");
        AUTO_FREE char *full = eject || m.rest[0][0] == '/' ? NULL : realpath(m.rest[0], NULL);
        const char *iso = eject ? NULL : full ? full : m.rest[0];
        if (edit_cdrom(m.domain, iso, &e))
                return vm_failed(&e);
        return done(&m, "medium", iso, eject ? "the drive is empty" : iso);
}

int vm_netboot(int argc, char **argv)
{
        static const struct machine_verb verb = {
                "netboot",
                "Usage: crossarm vm netboot [OPTION...] NAME on|off\n"
                "Have a machine start from the network before its disks, or not; from its next start on.\n\n" VM_OPTIONS_HELP
                "\nExample:\n  crossarm vm netboot web on && crossarm vm start web\n",
                plain_options,
                NULL,
                1,
        };
        AUTO_MACHINE struct machine m = { 0 };
        struct err e = { 0 };
        int status = vm_machine(argc, argv, &verb, NULL, &m);
        if (status >= 0)
                return status;
        bool on = m.count && !strcmp(m.rest[0], "on");
        if (!m.count || (!on && strcmp(m.rest[0], "off"))) {
                say_error("vm netboot wants on or off");
                return vm_wrong_usage("netboot");
        }
        if (edit_netboot(m.domain, on, &e))
                return vm_failed(&e);
        return done(&m, "netboot", on ? "on" : "off", on ? "starts from the network first" : "starts from its disks first");
}
