/* crossarm vm attach, detach: devices into and out of a machine, followed until the guest has them or has given them up. */
#include "cli/vm_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "vm/attach.h"

static const char attach_usage[] =
        "Usage: crossarm vm attach [OPTION...] NAME KIND [WORD...]\n"
        "Plug a device into a machine: into the running guest and into its definition. libvirt says success when QEMU has the device; "
        "--verify waits "
        "until\n"
        "the guest has it, by its agent, its driver's status, what it has read, or the addresses that it gave.\n\n"
        "Kinds:\n%s\n"
        "      --verify       the guest has to take it, else it is taken out again\n"
        "      --keep         with --verify: leave it in, and in the definition, though the guest has not taken it\n"
        "      --once         not in the definition: it is gone after the machine was off\n"
        "      --next-start   in the definition only: the guest meets it when it starts\n"
        "      --timeout S    how many seconds the guest has to take it: 15 without it\n" VM_OPTIONS_HELP
        "\nExit status: 0; 1 when there is no place for it, libvirt refuses, or the guest has not taken it; 2 wrong usage.\n\n"
        "Examples:\n"
        "  crossarm vm attach --verify web1 disk /srv/vm/data.qcow2\n"
        "  crossarm vm attach web1 nic bridge:br0 model=virtio\n"
        "  crossarm vm attach web1 disk data.img bus=scsi serial=data1\n";

static const char detach_usage[] =
        "Usage: crossarm vm detach [OPTION...] NAME DEVICE\n"
        "Unplug a device from a machine and its definition, and wait until the guest has given it up. DEVICE is a target (vda), a MAC "
        "address or an "
        "alias.\n\n"
        "      --once         out of the running machine only: the guest meets it again when it starts\n"
        "      --next-start   out of the definition only: the guest has it until it is off\n"
        "      --timeout S    how many seconds the guest has to give it up: 30 without it\n" VM_OPTIONS_HELP
        "\nExit status: 0; 1 when libvirt or the guest refuses, or the guest is silent: then the device stays everywhere.\n\n"
        "Examples:\n"
        "  crossarm vm detach web1 vdb\n"
        "  crossarm vm detach web1 52:54:00:12:34:56 --json\n";

enum { OPT_VERIFY = OPT_VM_JSON + 1, OPT_KEEP, OPT_ONCE, OPT_NEXT, OPT_TIMEOUT };

static const struct option attach_options[] = { { "verify", no_argument, NULL, OPT_VERIFY }, { "keep", no_argument, NULL, OPT_KEEP },
        { "once", no_argument, NULL, OPT_ONCE }, { "next-start", no_argument, NULL, OPT_NEXT },
        { "timeout", required_argument, NULL, OPT_TIMEOUT }, VM_OPTIONS, { 0 } };
static const struct option detach_options[] = { { "once", no_argument, NULL, OPT_ONCE }, { "next-start", no_argument, NULL, OPT_NEXT },
        { "timeout", required_argument, NULL, OPT_TIMEOUT }, VM_OPTIONS, { 0 } };

struct wish {
        bool verify, keep, once, next;
        int timeout_ms; /* 0: none was said */
};

static int take(void *own, int option, const char *value)
{
        struct wish *w = own;
        switch (option) {
        case OPT_VERIFY: w->verify = true; return 0;
        case OPT_KEEP: w->keep = true; return 0;
        case OPT_ONCE: w->once = true; return 0;
        case OPT_NEXT: w->next = true; return 0;
        }
        u64 seconds;
        if (!str_u64(value, &seconds) || !seconds || seconds > 3600) {
                say_error("--timeout takes 1 to 3600 seconds, not '%s'", value);
                return 2;
        }
        w->timeout_ms = (int)seconds * 1000;
        return 0;
}

/* Where it goes by the wishes and by what the machine is. 0, or -1 and *e. */
static int request_of(virDomainPtr domain, const struct wish *w, struct attach_request *r, struct err *e)
{
        if (attach_default(domain, r, e) < 0)
                return -1;
        if (w->once && w->next)
                return err_set(e, 2, "--once and --next-start exclude each other");
        if (w->keep && !w->verify)
                return err_set(e, 2, "--keep goes with --verify");
        if (w->once && !r->running)
                return err_set(e, 1, "the machine is off, so that --once would do nothing");
        if (w->verify && (w->next || !r->running))
                return err_set(
                        e, 1, "there is no running guest to verify: %s", r->running ? "--next-start was said" : "the machine is off");
        if (w->next && !r->definition)
                return err_set(e, 1, "the machine has no definition: it is gone when it is off");
        r->running &= !w->next;
        r->definition &= !w->once;
        r->verify = w->verify;
        r->keep = w->keep;
        return 0;
}

static void json_result(const char *verb, const struct attach_result *r, const struct err *e)
{
        static const char *const levels[] = { "nothing", "addressed", "driven" };
        struct json j = { .to = stdout };
        json_open(&j, NULL, '{');
        json_put_string(&j, "action", verb);
        json_put_string(&j, "device", r->name);
        json_put_string(&j, "alias", r->alias);
        json_put_bool(&j, "running", r->running);
        json_put_bool(&j, "definition", r->definition);
        json_put_string(&j, "guest", r->asked ? levels[r->seen.level] : NULL);
        json_put_string(&j, "evidence", r->asked ? r->seen.text : NULL);
        json_put_bool(&j, "undone", r->undone);
        json_put_string(&j, "error", *e->text ? e->text : NULL);
        json_close(&j, '}');
}

static const char *where(const struct attach_result *r)
{
        return r->running && r->definition ? "the running machine and its definition"
               : r->running                ? "the running machine"
                                           : "the definition";
}

/* One of the two verbs. */
struct change {
        const char *verb, *wants, *done, *guest_does;
        int timeout_ms;
        bool waits; /* for the guest, whatever was said */
        int (*act)(struct machine *m, const struct attach_request *request, struct attach_result *r, struct err *e);
};

/* Act, then show. */
static int follow(struct machine *m, const struct wish *w, const struct change *c, struct err *e)
{
        if (!m->count) {
                say_error("vm %s wants a %s behind the machine's name", c->verb, c->wants);
                return vm_wrong_usage(c->verb);
        }
        struct attach_request request = { .timeout_ms = w->timeout_ms ? w->timeout_ms : c->timeout_ms };
        if (request_of(m->domain, w, &request, e) < 0)
                return -1;
        if ((w->verify || (c->waits && request.running)) && isatty(STDERR_FILENO))
                fprintf(stderr, "%s: the guest has %d s to %s\n", m->name, request.timeout_ms / 1000, c->guest_does);
        struct attach_result r = { 0 };
        int status = c->act(m, &request, &r, e);
        if (m->c.json && r.name)
                json_result(c->verb, &r, e);
        else if (status == 0)
                printf("%s: %s %s %s%s%s\n", m->name, r.name, c->done, where(&r), r.asked ? "; " : "", r.asked ? r.seen.text : "");
        fflush(stdout);
        attach_result_free(&r);
        return status;
}

static int plug(struct machine *m, const struct attach_request *request, struct attach_result *r, struct err *e)
{
        return attach_device(&m->work, m->domain, m->rest[0], (struct device_words){ m->rest + 1, m->count - 1 }, request, r, e);
}

static int attach(struct machine *m, void *own, struct err *e)
{
        static const struct change change = { .verb = "attach",
                .wants = "kind of device",
                .done = "is in",
                .guest_does = "take it",
                .timeout_ms = ATTACH_TIMEOUT_MS,
                .act = plug };
        return follow(m, own, &change, e);
}

int vm_attach(int argc, char **argv)
{
        AUTO_FREE char *kinds = device_help(), *usage = format(attach_usage, kinds);
        const struct machine_verb verb = {
                .word = "attach",
                .usage = usage,
                .options = attach_options,
                .take = take,
                .act = attach,
                .most = 16,
                .changes = true,
                .events = true,
        };
        struct wish w = { 0 };
        return vm_machine(argc, argv, &verb, &w);
}

static int unplug(struct machine *m, const struct attach_request *request, struct attach_result *r, struct err *e)
{
        return detach_device(m->domain, m->rest[0], request, r, e);
}

static int detach(struct machine *m, void *own, struct err *e)
{
        static const struct change change = {
                .verb = "detach",
                .wants = "device",
                .done = "is out of",
                .guest_does = "give it up",
                .timeout_ms = DETACH_TIMEOUT_MS,
                .waits = true,
                .act = unplug,
        };
        return follow(m, own, &change, e);
}

int vm_detach(int argc, char **argv)
{
        static const struct machine_verb verb = {
                .word = "detach",
                .usage = detach_usage,
                .options = detach_options,
                .take = take,
                .act = detach,
                .most = 1,
                .changes = true,
                .events = true,
        };
        struct wish w = { 0 };
        return vm_machine(argc, argv, &verb, &w);
}
