#include "vm/probe.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/xml.h"

/* The first boot may take this long; from then on its time tells what is too long. */
enum { FIRST_MS = 240000, LEAST_MS = 15000, PORTS_PER_FACTOR = 16 };

void probe_machine_free(struct probe_machine *m)
{
        char *texts[] = { m->emulator, m->arch, m->machine, m->code, m->code_format, m->vars, m->vars_format };
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                free(texts[i]);
        *m = (struct probe_machine){ 0 };
}

static char *text_or_null(xmlNode *node, const char *xpath)
{
        AUTO_FREE char *text = xml_text(node, xpath);
        return text && *text ? format("%s", text) : NULL;
}

static bool has(const char *path)
{
        return path && access(path, R_OK) == 0;
}

bool probe_machine_of(xmlNode *domain, struct probe_machine *m)
{
        AUTO_PORTS_MACHINE struct ports_machine ports;
        ports_machine_of(domain, &ports);
        AUTO_FREE char *format_of = text_or_null(domain, "string(os/loader/@format)");
        *m = (struct probe_machine){
                .emulator = text_or_null(domain, "string(devices/emulator)"),
                .arch = format("%s", ports.arch),
                .machine = format("%s", ports.machine),
                .highmem = ports.highmem,
                .code = text_or_null(domain, "string(os/loader)"),
                .vars = text_or_null(domain, "string(os/nvram/@template)"),
                .code_format = format("%s", format_of ? format_of : "raw"),
                .vars_format = format("%s", format_of ? format_of : "raw"),
        };
        bool wants_code = ports.firmware == PORTS_UEFI || ports.firmware == PORTS_UEFI32;
        if (ports.firmware != PORTS_NO_FIRMWARE && has(m->emulator) && (wants_code ? has(m->code) && has(m->vars) : !m->code))
                return true;
        probe_machine_free(m);
        return false;
}

void probe_ports_machine(const struct probe_machine *m, struct ports_machine *ports)
{
        bool arm32 = !strcmp(m->arch, "armv7l");
        ports_machine_set(ports, m->arch, m->machine, m->highmem, !m->code ? PORTS_BIOS : arm32 ? PORTS_UEFI32 : PORTS_UEFI);
}

const char *probe_result_name(enum probe_result result)
{
        static const char *const names[] = { "boots", "finds no disk", "stays silent" };
        return names[result];
}

/* More ports take longer: 247 take six times as long as one. */
static int limit_for(unsigned ports, int fastest_ms)
{
        int limit = fastest_ms * (int)(3 + ports / PORTS_PER_FACTOR);
        return !fastest_ms ? FIRST_MS : limit < LEAST_MS ? LEAST_MS : limit;
}

int probe_search(const struct probe_machine *m, unsigned guess, unsigned most, probe_step *step, unsigned *found, struct err *e)
{
        unsigned boots = 0, fails = most + 1, next = guess < most ? guess : most;
        int fastest = 0;
        for (bool first = true; fails - boots > 1; first = false) {
                enum probe_result result;
                int took;
                if (probe_boot(m, next, limit_for(next, fastest), &result, &took, e) < 0)
                        return -1;
                step(next, result, took);
                if (result == PROBE_BOOTS && (!fastest || took < fastest))
                        fastest = took;
                *(result == PROBE_BOOTS ? &boots : &fails) = next;
                next = first && boots && boots < most ? boots + 1 : (boots + fails) / 2;
        }
        *found = boots;
        return boots ? 0
                     : err_set(e, 1,
                               "%s on %s does not boot the probe behind a single root port, so that nothing is learned about their number",
                               m->code ? m->code : "the BIOS", m->machine);
}
