/* crossarm vm snapshot: what a machine was. */
#include "cli/vm_machine.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/vm_ticker.h"
#include "vm/snapshot.h"

static const char usage[] =
        "Usage: crossarm vm snapshot [OPTION...] NAME [take|revert|delete SNAPSHOT]\n"
        "Keep what a machine is now, go back to it, forget it; without an action, list. Of a running guest the memory is kept, too, for "
        "which it stands still;\n"
        "of one that is off the firmware's variables. With UEFI, or an image that is not qcow2, a new image goes on top of each disk, and "
        "libvirt before\n"
        "9.9 goes back to the newest such snapshot only, while the machine is off.\n\n" VM_OPTIONS_HELP "\nExamples:\n"
        "  crossarm vm snapshot web take before-upgrade\n"
        "  crossarm vm snapshot web revert before-upgrade\n"
        "  crossarm vm snapshot web\n";

static const struct {
        const char *word, *goes_on, *done;
        int (*act)(struct work *w, virDomainPtr domain, const char *name, struct err *e);
} actions[] = {
        { "take", "taking the snapshot", "taken", snapshot_take },
        { "revert", "going back", "is what it is again", snapshot_revert },
        { "delete", "deleting the snapshot", "deleted", snapshot_delete },
};

static void print_text(const struct snapshot_list *list)
{
        for (size_t i = 0; i < list->count; i++) {
                const struct snapshot *s = &list->all[i];
                char when[32] = "";
                time_t at = (time_t)s->taken_at;
                struct tm tm;
                if (localtime_r(&at, &tm))
                        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &tm);
                printf("%-24s %s  %s%s\n", s->name, when, s->memory ? "disks and memory" : "disks", s->current ? ", the current one" : "");
        }
}

static void print_json(const struct snapshot_list *list)
{
        struct json j = { .to = stdout };
        json_open(&j, NULL, '[');
        for (size_t i = 0; i < list->count; i++) {
                const struct snapshot *s = &list->all[i];
                json_open(&j, NULL, '{');
                json_put_string(&j, "name", s->name);
                json_put_number(&j, "taken_at", s->taken_at);
                json_put_bool(&j, "current", s->current);
                json_put_bool(&j, "memory", s->memory);
                json_put_bool(&j, "external", s->external);
                json_close(&j, '}');
        }
        json_close(&j, ']');
}

static int show(const struct machine *m, struct err *e)
{
        AUTO_SNAPSHOTS struct snapshot_list list = { 0 };
        if (snapshot_list(m->domain, &list, e))
                return -1;
        m->c.json ? print_json(&list) : print_text(&list);
        return 0;
}

static int act(struct machine *m, size_t i, struct err *e)
{
        struct ticker ticker;
        if (vm_machine_lock(m, e))
                return -1;
        vm_ticker_begin(&ticker, actions[i].goes_on);
        int status = actions[i].act(&m->work, m->domain, m->rest[1], e);
        vm_ticker_end(&ticker);
        if (status)
                return -1;
        if (!m->c.json) {
                printf("%s: snapshot %s %s\n", virDomainGetName(m->domain), m->rest[1], actions[i].done);
                return 0;
        }
        struct json j = { .to = stdout };
        json_open(&j, NULL, '{');
        json_put_string(&j, "name", virDomainGetName(m->domain));
        json_put_string(&j, "snapshot", m->rest[1]);
        json_put_string(&j, "action", actions[i].word);
        json_close(&j, '}');
        return 0;
}

static int choose(struct machine *m, void *own, struct err *e)
{
        if (!m->count)
                return show(m, e);
        for (size_t i = 0; m->count == 2 && i < ARRAY_LEN(actions); i++)
                if (!strcmp(m->rest[0], actions[i].word))
                        return act(m, i, e);
        say_error("vm snapshot wants take, revert or delete, and the snapshot's name");
        return vm_wrong_usage("snapshot");
}

int vm_snapshot(int argc, char **argv)
{
        static const struct machine_verb verb = { .word = "snapshot", .usage = usage, .act = choose, .most = 2 };
        return vm_machine(argc, argv, &verb, NULL);
}
