/* The lines of lscpu (util-linux 2.38) as it prints them to a pipe, for scripts that read those. */
#include "cli/hw_view.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"

struct rows {
        char *labels[512], *values[512];
        size_t count;
};

/* A row, when there is a value. */
static void __attribute__((format(printf, 3, 4))) row(struct rows *r, const char *value, const char *label, ...)
{
        va_list ap;
        if (!value || r->count == ARRAY_LEN(r->labels))
                return;
        va_start(ap, label);
        if (vasprintf(&r->labels[r->count], label, ap) < 0)
                abort();
        va_end(ap);
        r->values[r->count++] = format("%s", value);
}

static void row_number(struct rows *r, u64 value, const char *label)
{
        AUTO_FREE char *text = format("%llu", (unsigned long long)value);
        row(r, text, "%s", label);
}

/* lscpu writes a range of two as two numbers: 0,1 for the kernel's 0-1. */
static char *lscpu_list(const char *list)
{
        char *text = NULL;
        size_t size;
        FILE *out = list ? open_memstream(&text, &size) : NULL;
        for (const char *at = list; out && *at;) {
                size_t n = strcspn(at, ",");
                unsigned from, to;
                if (sscanf(at, "%u-%u", &from, &to) == 2 && to == from + 1)
                        fprintf(out, "%u,%u", from, to);
                else
                        fprintf(out, "%.*s", (int)n, at);
                at += n;
                if (*at)
                        fputc(*at++, out);
        }
        if (out)
                fclose(out);
        return text;
}

static void rows_of_machine(struct rows *r, const struct hw_facts *f, bool arm)
{
        const char *features = hw_text(f, "cpu.features"), *present = hw_text(f, "cpu.present"), *online = hw_text(f, "cpu.online");
        bool narrow = arm ? hw_number(f, "cpu.aarch32_el0") : features && strstr(features, " lm");
        row(r, hw_text(f, "machine.arch"), "Architecture");
        row(r, narrow ? "32-bit, 64-bit" : "64-bit", "CPU op-mode(s)");
        row(r, hw_text(f, "cpu.address_sizes"), "Address sizes");
        row(r, "Little Endian", "Byte Order");
        row_number(r, hw_number(f, "cpu.count"), "CPU(s)");
        AUTO_FREE char *list = lscpu_list(online ? online : present);
        row(r, list, "On-line CPU(s) list");
}

static void row_frequency(struct rows *r, u64 hz, const char *label)
{
        AUTO_FREE char *text = hz ? format("%.4f", (double)hz / 1e6) : NULL;
        row(r, text, "%s", label);
}

/* The name the firmware has, with the nominal speed behind it as lscpu writes it. */
static void row_bios_model(struct rows *r, const struct hw_facts *f)
{
        const struct hw_fact *model = hw_find(f, "cpu.model");
        u64 mhz = hw_number(f, "cpu.nominal_hz") / 1000000;
        if (!model || !model->text || !strstr(model->source, "SMBIOS type 4"))
                return;
        const char *part = hw_text(f, "cpu.firmware_part");
        AUTO_FREE char *speed = format(" CPU @ %llu.%lluGHz", (unsigned long long)(mhz / 1000), (unsigned long long)(mhz / 100 % 10));
        AUTO_FREE char *text = format("%s %s%s", model->text, part ? part : "", mhz ? speed : "");
        row(r, text, "BIOS Model name");
}

static void rows_of_model(struct rows *r, const struct hw_facts *f, bool arm)
{
        u64 cores = hw_number(f, "cpu.cores"), sockets = hw_number(f, "cpu.sockets"), threads = hw_number(f, "cpu.threads_per_core");
        const char *stepping = hw_text(f, "cpu.stepping"), *core = hw_text(f, "cpu.core");
        AUTO_FREE char *name = core ? format("%.*s", (int)strcspn(core, "("), core)
                                    : format("%s", hw_text(f, "cpu.model") ? hw_text(f, "cpu.model") : "-");
        name[strlen(name) - (name[0] && name[strlen(name) - 1] == ' ')] = 0;
        row(r, hw_text(f, "cpu.vendor"), "Vendor ID");
        row(r, hw_text(f, "cpu.firmware_vendor"), "BIOS Vendor ID");
        row(r, name, "Model name");
        row_bios_model(r, f);
        row(r, hw_text(f, "cpu.firmware_family"), "BIOS CPU family");
        row(r, hw_text(f, "cpu.family"), "CPU family");
        row(r, hw_text(f, "cpu.model_number"), "Model");
        if (arm && stepping && strchr(stepping, 'p'))
                row(r, strchr(stepping, 'p') + 1, "Model");
        if (threads)
                row_number(r, threads, "Thread(s) per core");
        if (cores && sockets)
                row_number(r, cores / sockets, "Core(s) per socket");
        if (sockets)
                row_number(r, sockets, "Socket(s)");
        /* lscpu writes rXpY for Arm's own cores only, and the variant alone for the others'. */
        AUTO_FREE char *variant = arm && stepping && strcmp(hw_text(f, "cpu.vendor") ? hw_text(f, "cpu.vendor") : "", "ARM")
                                          ? format("0x%x", (unsigned)strtoul(stepping + 1, NULL, 10))
                                          : NULL;
        row(r, variant ? variant : stepping, "Stepping");
        row_frequency(r, hw_number(f, "cpu.max_hz"), "CPU max MHz");
        row_frequency(r, hw_number(f, "cpu.min_hz"), "CPU min MHz");
        row(r, hw_text(f, "cpu.bogomips"), "BogoMIPS");
        row(r, hw_text(f, "cpu.features"), "Flags");
}

static void rows_of_virtualization(struct rows *r, const struct hw_facts *f, bool arm)
{
        const char *features = hw_text(f, "cpu.features"), *guest = hw_text(f, "virtualization.guest_of");
        if (arm || !features)
                return;
        row(r, strstr(features, " vmx") ? "VT-x" : strstr(features, " svm") ? "AMD-V" : NULL, "Virtualization");
        if (strstr(features, " hypervisor") && guest)
                row(r, guest, "Hypervisor vendor");
        if (strstr(features, " hypervisor"))
                row(r, "full", "Virtualization type");
}

static void rows_of_caches(struct rows *r, const struct hw_facts *f)
{
        for (size_t i = 0; hw_number(f, "cache.%zu.level", i); i++) {
                const char *type = hw_text(f, "cache.%zu.type", i);
                u64 size = hw_number(f, "cache.%zu.size_bytes", i), instances = hw_number(f, "cache.%zu.instances", i);
                if (!size || !instances)
                        continue;
                char letter[2] = { type && !strcmp(type, "Data") ? 'd' : type && !strcmp(type, "Instruction") ? 'i' : 0, 0 };
                struct hw_fact total = { .key = (char *)"total_bytes", .kind = HW_NUMBER, .number = size * instances };
                AUTO_FREE char *readable = hw_readable(&total);
                AUTO_FREE char *text = format("%s (%llu instance%s)", readable, (unsigned long long)instances, instances > 1 ? "s" : "");
                row(r, text, "L%llu%s cache", (unsigned long long)hw_number(f, "cache.%zu.level", i), letter);
        }
}

static void rows_of_nodes(struct rows *r, const struct hw_facts *f)
{
        u64 nodes = hw_number(f, "numa.nodes");
        if (nodes)
                row_number(r, nodes, "NUMA node(s)");
        for (u64 i = 0; i < nodes; i++) {
                const char *name = hw_text(f, "numa.node.%llu.name", (unsigned long long)i);
                AUTO_FREE char *list = lscpu_list(hw_text(f, "numa.node.%llu.cpus", (unsigned long long)i));
                row(r, list, "NUMA %s CPU(s)", name ? name : "node");
        }
}

/* spec_store_bypass -> Spec store bypass */
static void rows_of_vulnerabilities(struct rows *r, const struct hw_facts *f)
{
        static const char prefix[] = "vulnerability.";
        for (size_t i = 0; i < f->count; i++) {
                const struct hw_fact *fact = &f->list[i];
                if (strncmp(fact->key, prefix, sizeof prefix - 1) || !fact->text)
                        continue;
                AUTO_FREE char *name = format("%s", fact->key + sizeof prefix - 1), *value = format("%s", fact->text);
                for (char *c = name; *c; c++)
                        *c = *c == '_' ? ' ' : c == name && *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
                /* lscpu writes "Mitigation; ..." for the kernel's "Mitigation: ...", and drops the other colons. */
                if (!strncmp(value, "Mitigation:", 11))
                        value[10] = ';';
                char *to = value;
                for (const char *from = value; *from; from++)
                        if (*from != ':')
                                *to++ = *from;
                *to = 0;
                row(r, value, "Vulnerability %s", name);
        }
}

void hw_view_lscpu(const struct hw_facts *f)
{
        const char *arch = hw_text(f, "machine.arch");
        bool arm = !arch || (strcmp(arch, "x86_64") && strcmp(arch, "i686"));
        struct rows *r = calloc(1, sizeof *r);
        size_t width = 0;
        if (!r)
                abort();
        rows_of_machine(r, f, arm);
        rows_of_model(r, f, arm);
        rows_of_virtualization(r, f, arm);
        rows_of_caches(r, f);
        rows_of_nodes(r, f);
        rows_of_vulnerabilities(r, f);
        for (size_t i = 0; i < r->count; i++)
                width = strlen(r->labels[i]) > width ? strlen(r->labels[i]) : width;
        for (size_t i = 0; i < r->count; i++) {
                printf("%s:%*s%s\n", r->labels[i], (int)(width - strlen(r->labels[i]) + 1), "", r->values[i]);
                free(r->labels[i]);
                free(r->values[i]);
        }
        free(r);
}
