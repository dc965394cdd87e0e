/* crossarm vm info and ip: what a machine is, and how to reach it. */
#include "cli/vm_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/json.h"
#include "vm/address.h"
#include "vm/conn.h"
#include "vm/life.h"
#include "vm/xml.h"

/* The lines of info: where each is in the domain XML, in the words of a spec. What the XML does not have is left out. */
static const struct {
        const char *key, *xpath;
} facts[] = {
        { "uuid", "/domain/uuid" },
        { "description", "/domain/description" },
        { "arch", "/domain/os/type/@arch" },
        { "machine", "/domain/os/type/@machine" },
        { "accel",
                "concat(substring('tcg', 1, 3 * (/domain/@type = 'qemu')), substring(/domain/@type, 1, 9 * (/domain/@type != 'qemu')))" },
        { "cpu", "concat(/domain/cpu/@mode, substring(' ', 1, count(/domain/cpu/model)), /domain/cpu/model)" },
        { "gic", "/domain/features/gic/@version" },
        { "firmware", "/domain/os/loader" },
        { "variables", "/domain/os/nvram" },
        { "kernel", "/domain/os/kernel" },
        { "initrd", "/domain/os/initrd" },
        { "cmdline", "/domain/os/cmdline" },
        { "video", "/domain/devices/video/model/@type" },
        { "graphics", "/domain/devices/graphics/@type" },
        { "graphics_port", "/domain/devices/graphics/@port[. != '-1']" },
        { "console_log", "/domain/devices/serial/log/@file" },
};

/* The devices: a list each, with what is told of one. */
static const struct {
        const char *key, *xpath;
        struct {
                const char *key, *xpath;
        } members[4];
} lists[] = {
        { "disks", "/domain/devices/disk",
                { { "target", "target/@dev" }, { "device", "@device" }, { "bus", "target/@bus" },
                        { "file", "source/@file | source/@dev | source/@name" } } },
        { "networks", "/domain/devices/interface",
                { { "mac", "mac/@address" }, { "type", "@type" }, { "source", "source/@*[1]" }, { "model", "model/@type" } } },
};

struct view {
        bool json;
        struct json j;
};

static void show_fact(struct view *v, xmlNode *root, const char *key, const char *xpath)
{
        AUTO_FREE char *value = xml_text(root, xpath);
        if (!value || !*value)
                return;
        if (v->json)
                json_put_string(&v->j, key, value);
        else
                printf("%-14s %s\n", key, value);
}

static void show_list(struct view *v, xmlNode *root, size_t i)
{
        xmlNode **nodes = xml_nodes(root, lists[i].xpath);
        if (v->json)
                json_open(&v->j, lists[i].key, '[');
        for (size_t n = 0; nodes[n]; n++) {
                if (v->json)
                        json_open(&v->j, NULL, '{');
                else
                        printf("%-14s", n ? "" : lists[i].key);
                for (size_t m = 0; m < ARRAY_LEN(lists[i].members); m++) {
                        AUTO_FREE char *value = xml_text(nodes[n], lists[i].members[m].xpath);
                        if (v->json)
                                json_put_string(&v->j, lists[i].members[m].key, value);
                        else
                                printf(" %s", value ? value : "-");
                }
                if (v->json)
                        json_close(&v->j, '}');
                else
                        putchar('\n');
        }
        if (v->json)
                json_close(&v->j, ']');
        free(nodes);
}

static void show_state(struct view *v, const struct machine *m, const virDomainInfo *info)
{
        int autostart = 0;
        virDomainGetAutostart(m->domain, &autostart);
        if (v->json) {
                json_put_string(&v->j, "name", virDomainGetName(m->domain));
                json_put_string(&v->j, "state", life_state_name(info->state));
                json_put_number(&v->j, "cpus", info->nrVirtCpu);
                json_put_number(&v->j, "memory_bytes", (i64)info->maxMem << 10);
                json_put_bool(&v->j, "autostart", autostart);
        } else
                printf("%-14s %s\n%-14s %s\n%-14s %u\n%-14s %lu MiB\n%-14s %s\n", "name", virDomainGetName(m->domain), "state",
                        life_state_name(info->state), "cpus", info->nrVirtCpu, "memory", info->maxMem >> 10, "autostart",
                        autostart ? "yes" : "no");
}

static int show(struct machine *m, void *own, struct err *e)
{
        virDomainInfo info;
        AUTO_FREE char *text = virDomainGetInfo(m->domain, &info) ? NULL : virDomainGetXMLDesc(m->domain, 0);
        if (!text)
                return vm_error(e, "read what %s is", m->name);
        AUTO_XML xmlDoc *doc = xml_parse(text, strlen(text), "the domain XML", e);
        if (!doc)
                return -1;
        xmlNode *root = xmlDocGetRootElement(doc);
        struct view v = { .json = m->c.json, .j = { .to = stdout } };
        if (v.json)
                json_open(&v.j, NULL, '{');
        show_state(&v, m, &info);
        for (size_t i = 0; i < ARRAY_LEN(facts); i++)
                show_fact(&v, root, facts[i].key, facts[i].xpath);
        for (size_t i = 0; i < ARRAY_LEN(lists); i++)
                show_list(&v, root, i);
        if (v.json)
                json_close(&v.j, '}');
        return 0;
}

int vm_info(int argc, char **argv)
{
        static const struct machine_verb verb = {
                .word = "info",
                .usage = "Usage: crossarm vm info [OPTION...] NAME\n"
                         "What a virtual machine is, and how it is.\n\n" VM_OPTIONS_HELP "\nExample:\n  crossarm vm info web --json\n",
                .act = show,
        };
        return vm_machine(argc, argv, &verb, NULL);
}

static void show_addresses(const struct address_list *list, bool as_json)
{
        struct json j = { .to = stdout };
        if (as_json)
                json_open(&j, NULL, '[');
        for (size_t i = 0; i < list->count; i++) {
                const struct address *a = &list->all[i];
                if (!as_json) {
                        puts(a->ip);
                        continue;
                }
                json_open(&j, NULL, '{');
                json_put_string(&j, "ip", a->ip);
                json_put_number(&j, "prefix", a->prefix);
                json_put_string(&j, "mac", a->mac);
                json_put_string(&j, "source", a->source);
                json_close(&j, '}');
        }
        if (as_json)
                json_close(&j, ']');
}

static int find_addresses(struct machine *m, void *own, struct err *e)
{
        AUTO_ADDRESSES struct address_list list = { 0 };
        if (address_find(m->domain, &list, e))
                return -1;
        show_addresses(&list, m->c.json);
        return 0;
}

int vm_ip(int argc, char **argv)
{
        static const struct machine_verb verb = {
                .word = "ip",
                .usage = "Usage: crossarm vm ip [OPTION...] NAME\n"
                         "The addresses of a running guest, one a line: from the leases of libvirt's networks, else from its agent, else "
                         "from the host's ARP table.\n\n" VM_OPTIONS_HELP "\nExample:\n  ssh admin@$(crossarm vm ip web | head -1)\n",
                .act = find_addresses,
        };
        return vm_machine(argc, argv, &verb, NULL);
}
