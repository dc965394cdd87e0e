#include "hw/probe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/util.h"
#include "hw/tree.h"

void probe_put(struct probe *p, const char *name, const char *fmt, ...)
{
        char *value;
        va_list ap;
        va_start(ap, fmt);
        if (vasprintf(&value, fmt, ap) < 0)
                abort();
        va_end(ap);
        value[strcspn(value, "\n")] = 0;
        size_t need = strlen(name) + strlen(value) + 3;
        if (p->length + need > p->room) {
                p->room = 2 * (p->length + need);
                p->text = realloc(p->text, p->room);
                if (!p->text)
                        abort();
        }
        p->length += (size_t)sprintf(p->text + p->length, "%s=%s\n", name, value);
        free(value);
}

char *probe_get(const char *text, const char *name)
{
        size_t n = strlen(name);
        for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
                if (!strncmp(line, name, n) && line[n] == '=')
                        return format("%.*s", (int)strcspn(line + n + 1, "\n"), line + n + 1);
        return NULL;
}

bool probe_number(const char *text, const char *name, u64 *value)
{
        AUTO_FREE char *found = probe_get(text, name);
        return found && hw_parse_number(found, value);
}

/* ---- the kernel's log ---- */

/* Phrases of the log, and the name of the line that keeps what follows the phrase. `whole` keeps the phrase, too. */
static const struct {
        const char *phrase, *name;
        bool whole;
} phrases[] = {
        { "VHE mode initialized successfully", "log.kvm_mode", true },
        { "Hyp mode initialized successfully", "log.kvm_mode", true },
        { "Hyp nVHE mode initialized successfully", "log.kvm_mode", true },
        { "Protected hVHE mode initialized successfully", "log.kvm_mode", true },
        { "Protected nVHE mode initialized successfully", "log.kvm_mode", true },
        { "VHE+NV2 mode initialized successfully", "log.kvm_mode", true },
        { "HYP mode not available", "log.kvm_mode", true },
        { "IPA Size Limit: ", "log.ipa", false },
        { "All CPU(s) started at ", "log.started_at", false },
        { "GICv4 support ", "log.gicv4", false },
        { "disabling GICv2 emulation", "log.gicv2", true },
        { "Detected PIPT I-cache on CPU0", "log.icache", true },
        { "Detected VIPT I-cache on CPU0", "log.icache", true },
};

/* Words by which the kernel's "CPU features: detected: ..." names a fault it works around, and no feature. */
static const char *const faults[] = { "erratum", "errata", "broken", "not fully", "workaround" };

void probe_log_text(struct probe *p, char *log)
{
        for (char *save = NULL, *line = strtok_r(log, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                const char *detected = strstr(line, "detected: ");
                for (size_t i = 0; detected && i < ARRAY_LEN(faults); i++)
                        if (strcasestr(detected, faults[i])) {
                                probe_put(p, "log.erratum", "%s", detected + strlen("detected: "));
                                break;
                        }
                for (size_t i = 0; i < ARRAY_LEN(phrases); i++) {
                        const char *at = strstr(line, phrases[i].phrase);
                        if (at)
                                probe_put(p, phrases[i].name, "%s", phrases[i].whole ? at : at + strlen(phrases[i].phrase));
                }
        }
}

void probe_log(struct probe *p)
{
        enum { READ_ALL = 3, SIZE_BUFFER = 10 };
        int size = klogctl(SIZE_BUFFER, NULL, 0);
        AUTO_FREE char *log = size > 0 ? malloc((size_t)size + 1) : NULL;
        int n = log ? klogctl(READ_ALL, log, size) : -1;
        if (n < 0) {
                probe_put(p, "log", "%s", size < 0 || errno == EPERM ? "denied" : "none");
                return;
        }
        log[n] = 0;
        /* The log is a ring: without its beginning what is not found in it was not necessarily absent. */
        probe_put(p, "log", "%s", strstr(log, "Linux version") ? "whole" : "late");
        probe_log_text(p, log);
}

char *probe_machine(void)
{
        struct probe p = { 0 };
        struct utsname u;
        uname(&u);
        probe_put(&p, "version", "1");
        probe_put(&p, "arch", "%s", u.machine);
        probe_put(&p, "kernel", "%s", u.release);
        probe_put(&p, "root", "%d", geteuid() == 0);
        probe_put(&p, "page_bytes", "%ld", sysconf(_SC_PAGESIZE));
        probe_processor(&p);
        probe_kvm(&p);
        probe_log(&p);
        probe_speed(&p);
        return p.text;
}
