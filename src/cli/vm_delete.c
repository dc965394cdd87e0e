/* crossarm vm delete: forget a machine. */
#include "cli/vm_machine.h"

#include <stdio.h>

#include "cli/json.h"
#include "vm/define.h"

enum { OPT_DISKS = OPT_VM_JSON + 1 };

static const char usage[] = "Usage: crossarm vm delete [OPTION...] NAME\n"
                            "Forget a virtual machine that is off: its definition, its firmware's variables, its snapshots and the seed of "
                            "cloud-init. Its disks' images\n"
                            "stay, and are named.\n\n"
                            "      --disks        remove the images of its disks, too\n" VM_OPTIONS_HELP
                            "\nExample:\n  crossarm vm destroy web && crossarm vm delete --disks web\n";

static const struct option options[] = { { "disks", no_argument, NULL, OPT_DISKS }, VM_OPTIONS, { 0 } };

static int take(void *own, int option, const char *value)
{
        *(bool *)own = true;
        return 0;
}

static const struct machine_verb verb = { "delete", usage, options, take };

/* `data` is the JSON that is being written, or NULL. */
static void tell(void *data, const char *image, bool removed)
{
        if (!data) {
                printf("%s: %s\n", image, removed ? "removed" : "stays");
                return;
        }
        json_open(data, NULL, '{');
        json_put_string(data, "image", image);
        json_put_bool(data, "removed", removed);
        json_close(data, '}');
}

static void say_step(const char *what)
{
        fprintf(stderr, "%s\n", what);
}

int vm_delete(int argc, char **argv)
{
        AUTO_MACHINE struct machine m = { 0 };
        struct err e = { 0 };
        bool disks = false;
        int status = vm_machine(argc, argv, &verb, &disks, &m);
        if (status >= 0)
                return status;
        const char *name = virDomainGetName(m.domain);
        const struct define_view view = { .step = say_step };
        struct json out = { .to = stdout };
        if (m.c.json) {
                json_open(&out, NULL, '{');
                json_put_string(&out, "name", name);
                json_open(&out, "images", '[');
        }
        status = define_delete(m.conn, m.domain, disks, tell, m.c.json ? &out : NULL, &view, &e);
        if (m.c.json) {
                json_close(&out, ']');
                json_put_bool(&out, "deleted", !status);
                json_close(&out, '}');
        } else if (!status)
                printf("%s: deleted\n", name);
        return status ? vm_failed(&e) : 0;
}
