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

static int delete (struct machine *m, void *own, struct err *e)
{
        const char *name = virDomainGetName(m->domain);
        struct json out = { .to = stdout };
        if (m->c.json) {
                json_open(&out, NULL, '{');
                json_put_string(&out, "name", name);
                json_open(&out, "images", '[');
        }
        int status = define_delete(&m->work, m->domain, *(bool *)own, tell, m->c.json ? &out : NULL, e);
        if (m->c.json) {
                json_close(&out, ']');
                json_put_bool(&out, "deleted", !status);
                json_close(&out, '}');
        } else if (!status)
                printf("%s: deleted\n", name);
        return status;
}

int vm_delete(int argc, char **argv)
{
        static const struct machine_verb verb = {
                .word = "delete",
                .usage = usage,
                .options = options,
                .take = take,
                .act = delete,
                .changes = true,
        };
        bool disks = false;
        return vm_machine(argc, argv, &verb, &disks);
}
