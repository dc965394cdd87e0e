/* crossarm vm plan: what can still be plugged into a machine while it runs, and what sets the limit. */
#include "cli/vm_cli.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "vm/conn.h"
#include "vm/plan.h"
#include "vm/probe.h"
#include "vm/source.h"

static const char usage[] =
        "Usage: crossarm vm plan [OPTION...] MACHINE\n"
        "How many devices of which kind can still be plugged into a machine while it runs, and why not more. MACHINE is the name of one "
        "that is\n"
        "defined, a file of domain XML (- for standard input), or a spec (.yaml) of one that is to be.\n\n"
        "      --ports        show each root port and what holds it\n" VM_OPTIONS_HELP
        "\nExit status: 0; 1 when the machine has more root ports than work, or libvirt refuses; 2 for a file that is none of these.\n\n"
        "Examples:\n"
        "  crossarm vm plan web1\n"
        "  crossarm vm plan --ports --json ./web1.xml\n"
        "  crossarm vm plan web2.yaml\n";

enum { OPT_PORTS = 600 };

static const struct option options[] = { { "ports", no_argument, NULL, OPT_PORTS }, VM_OPTIONS, { 0 } };

static void print_plan(const struct plan *p, bool ports)
{
        printf("%s: %s, %s, %s%s\n", p->name, p->machine.arch, p->machine.machine, ports_firmware_name(p->machine.firmware),
                p->machine.highmem ? "" : ", highmem=off");
        if (p->limit.root_ports)
                printf("root ports: %u, %u of them free; at most %u: %s\n", p->port_count, p->free_ports, p->limit.root_ports,
                        p->limit.why);
        else
                printf("root ports: none: %s\n", p->limit.why);
        if (!p->assigned)
                puts("libvirt has not seen this machine yet: its rules were followed");
        puts("\nCan be plugged while it runs:");
        for (enum plan_kind k = 0; k < PLAN_KINDS; k++)
                printf("  %-8s %6u  %s\n", plan_kind_name(k), p->answers[k].count, p->answers[k].why);
        if (p->note)
                printf("\nnote: %s\n", p->note);
        for (unsigned i = 0; ports && i < p->port_count; i++)
                printf("%s  port %-3u %s%s\n", i ? "" : "\n", p->ports[i].index, p->ports[i].device ? p->ports[i].device : "free",
                        p->ports[i].hotplug ? "" : " (hot-plug is off)");
}

static void json_plan(const struct plan *p)
{
        struct json j = { .to = stdout };
        json_open(&j, NULL, '{');
        json_put_string(&j, "name", p->name);
        json_put_string(&j, "arch", p->machine.arch);
        json_put_string(&j, "machine", p->machine.machine);
        json_put_string(&j, "firmware", ports_firmware_name(p->machine.firmware));
        json_put_bool(&j, "highmem", p->machine.highmem);
        json_put_bool(&j, "assigned", p->assigned);
        json_open(&j, "root_ports", '{');
        json_put_number(&j, "made", p->port_count);
        json_put_number(&j, "free", p->free_ports);
        json_put_number(&j, "at_most", p->limit.root_ports);
        json_put_number(&j, "with_io", p->limit.io_windows);
        json_put_string(&j, "why", p->limit.why);
        json_put_bool(&j, "probed", p->probed);
        json_close(&j, '}');
        json_open(&j, "hotplug", '{');
        for (enum plan_kind k = 0; k < PLAN_KINDS; k++) {
                json_open(&j, plan_kind_name(k), '{');
                json_put_number(&j, "count", p->answers[k].count);
                json_put_string(&j, "why", p->answers[k].why);
                json_close(&j, '}');
        }
        json_close(&j, '}');
        json_open(&j, "ports", '[');
        for (unsigned i = 0; i < p->port_count; i++) {
                json_open(&j, NULL, '{');
                json_put_number(&j, "index", p->ports[i].index);
                json_put_bool(&j, "hotplug", p->ports[i].hotplug);
                json_put_string(&j, "device", p->ports[i].device);
                json_close(&j, '}');
        }
        json_close(&j, ']');
        json_put_string(&j, "problem", p->problem);
        json_put_string(&j, "note", p->note);
        json_close(&j, '}');
}

static int plan_of(const struct vm_cli *c, const char *name, struct plan *p, struct err *e)
{
        AUTO_SOURCE struct vm_source source;
        if (vm_source_open(c->uri, name, &source, e) < 0)
                return -1;
        xmlNode *domain = xmlDocGetRootElement(source.doc);
        AUTO_FREE char *uri = source.conn ? virConnectGetURI(source.conn) : NULL;
        return plan_make(domain, probe_known(uri, domain), p, e);
}

int vm_plan(int argc, char **argv)
{
        struct vm_cli c = { 0 };
        struct err e = { 0 };
        bool ports = false;
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                if (o == 'h') {
                        fputs(usage, stdout);
                        return 0;
                }
                int status = o == OPT_PORTS ? 0 : vm_option(&c, "plan", o, optarg);
                if (status)
                        return status;
                ports |= o == OPT_PORTS;
        }
        if (argc - optind != 1) {
                say_error("plan wants one machine: a name, or a file");
                return vm_wrong_usage("plan");
        }
        AUTO_PLAN struct plan p = { 0 };
        if (plan_of(&c, argv[optind], &p, &e) < 0)
                return vm_failed(&e);
        c.json ? json_plan(&p) : print_plan(&p, ports);
        fflush(stdout);
        if (p.problem)
                say_error("%s", p.problem);
        return p.problem != NULL;
}
