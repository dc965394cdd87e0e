/* crossarm vm list: the virtual machines of a connection. */
#include "cli/vm_cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "vm/conn.h"
#include "vm/life.h"

static const char usage[] =
        "Usage: crossarm vm list [OPTION...]\n"
        "Show the virtual machines, running or not: one a line, with its state, processors and memory.\n\n" VM_OPTIONS_HELP "\nExamples:\n"
        "  crossarm vm list\n"
        "  crossarm vm list --connect qemu+ssh://root@arm-server/system --json\n";

static const struct option options[] = { VM_OPTIONS, { 0 } };

static void print_row(virDomainPtr domain, const virDomainInfo *info)
{
        printf("%-24s %-14s %5u %8lu MiB\n", virDomainGetName(domain), life_state_name(info->state), info->nrVirtCpu, info->maxMem >> 10);
}

static void print_json(struct json *j, virDomainPtr domain, const virDomainInfo *info)
{
        json_open(j, NULL, '{');
        json_put_string(j, "name", virDomainGetName(domain));
        json_put_string(j, "state", life_state_name(info->state));
        json_put_number(j, "cpus", info->nrVirtCpu);
        json_put_number(j, "memory_bytes", (i64)info->maxMem << 10);
        json_close(j, '}');
}

int vm_list(int argc, char **argv)
{
        struct vm_cli c = { 0 };
        struct err e = { 0 };
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                if (o == 'h') {
                        fputs(usage, stdout);
                        return 0;
                }
                int status = vm_option(&c, "list", o, optarg);
                if (status)
                        return status;
        }
        AUTO_CONN virConnectPtr conn = vm_connect(c.uri, &e);
        if (!conn)
                return vm_failed(&e);
        virDomainPtr *domains;
        int count = virConnectListAllDomains(conn, &domains, 0);
        if (count < 0) {
                vm_error(&e, "list the virtual machines");
                return vm_failed(&e);
        }
        struct json j = { .to = stdout };
        if (c.json)
                json_open(&j, NULL, '[');
        else
                printf("%-24s %-14s %5s %12s\n", "NAME", "STATE", "CPUS", "MEMORY");
        for (int i = 0; i < count; i++) {
                virDomainInfo info;
                if (virDomainGetInfo(domains[i], &info) == 0) /* one that has gone meanwhile is no error */
                        c.json ? print_json(&j, domains[i], &info) : print_row(domains[i], &info);
                virDomainFree(domains[i]);
        }
        free(domains);
        if (c.json)
                json_close(&j, ']');
        return 0;
}
