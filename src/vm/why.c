#include "vm/why.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/conn.h"
#include "vm/firmware.h"
#include "vm/life.h"
#include "vm/lint.h"
#include "vm/listen.h"
#include "vm/plan.h"

enum { MAX_LOG = 4 << 20 };

static const struct {
        const char *xpath, *what, *cure;
} silences[] = {
#define SILENT(xpath, what, cure) { xpath, what, cure },
#include "vm/why_silent.def"
#undef SILENT
};

void why_free(struct why *w)
{
        free(w->console);
        free(w->state);
        free(w->what);
        free(w->cure);
        *w = (struct why){ 0 };
}

static void answer(struct why *w, bool trouble, const char *what, const char *cure)
{
        free(w->what);
        free(w->cure);
        w->trouble = trouble;
        w->what = format("%s", what);
        w->cure = cure && *cure ? format("%s", cure) : NULL;
}

/* The end of the file when it is large: the last boot is there. */
static char *read_end(const char *path, size_t *len)
{
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0)
                return NULL;
        off_t from = S_ISREG(st.st_mode) && st.st_size > MAX_LOG ? st.st_size - MAX_LOG : 0;
        char *text = malloc(MAX_LOG);
        check(text);
        *len = 0;
        if (from)
                lseek(fd, from, SEEK_SET);
        for (ssize_t n; *len < MAX_LOG && (n = read(fd, text + *len, MAX_LOG - *len)) > 0;)
                *len += (size_t)n;
        return text;
}

/* From the text alone. */
static void judge(struct why *w, const char *text, size_t len)
{
        console_judge(text, len, &w->report);
        const struct console_verdict *v = w->report.verdict;
        if (v)
                answer(w, v->kind == CONSOLE_TROUBLE, v->what, v->cure);
        else if (w->report.silent)
                answer(w, true, "the console is empty", "is it the serial console of this machine, and is the guest told to use it?");
        else {
                AUTO_FREE char *what = format("nothing that is known; the boot came as far as: %s", console_stage_name(w->report.stage));
                answer(w, true, what, "the last lines of the console may tell a person more");
        }
}

int why_of_file(const char *path, struct why *w, struct err *e)
{
        size_t len;
        AUTO_FREE char *text = read_end(!strcmp(path, "-") ? "/dev/stdin" : path, &len);
        *w = (struct why){ 0 };
        if (!text)
                return err_set(e, 2, "cannot read %s: %s", path, err_name(errno));
        w->console = format("%s", path);
        judge(w, text, len);
        return 0;
}

/* ---- a machine ---- */

/* What the definition tells about a console that is empty; false when nothing. */
static bool judge_silence(struct why *w, xmlNode *domain)
{
        for (size_t i = 0; i < ARRAY_LEN(silences); i++) {
                AUTO_FREE char *condition = format("boolean(%s)", silences[i].xpath);
                if (xml_has(domain, condition)) {
                        answer(w, true, silences[i].what, silences[i].cure);
                        return true;
                }
        }
        AUTO_FREE char *loader = xml_text(domain, "string(os/loader)");
        AUTO_FIRMWARE struct firmware_list list = { 0 };
        firmware_list_here(false, &list);
        const struct firmware *fw = *loader ? firmware_of_code(&list, loader) : NULL;
        for (size_t i = 0; fw && i < fw->note_count; i++)
                if (fw->notes[i].severity >= FW_BROKEN) {
                        answer(w, true, fw->notes[i].text, "`crossarm vm firmware` names others");
                        return true;
                }
        return false;
}

/* The first of lint's findings that comes to such an end. */
static bool judge_by_lint(struct why *w, struct vm_source *source, enum lint_fate from, enum lint_fate to)
{
        AUTO_LINT_HOST struct lint_host host = { 0 };
        struct err e;
        if (lint_domain_check(source->doc, &e) < 0 || lint_host_ask(source->conn, source->doc, &host, &e) < 0)
                return false;
        AUTO_LINT_REPORT struct lint_report report;
        lint_run(&host, source->doc, &report);
        for (size_t i = 0; i < report.count; i++) {
                const struct lint_finding *f = &report.findings[i];
                if (f->rule->fate < from || f->rule->fate > to)
                        continue;
                answer(w, true, f->what, f->rule->cure);
                return true;
        }
        return false;
}

static bool is_one_of(const char *name, const char *const *names)
{
        for (; *names; names++)
                if (!strcmp(name, *names))
                        return true;
        return false;
}

/* A firmware that came to nothing: the definition may tell why. */
static void judge_unbooted(struct why *w, struct vm_source *source)
{
        static const char *const unbooted[] = { "shell_no_disk", "shell_no_loader", "nothing_to_boot", "network_boot", "firmware_crash",
                NULL },
                                 *const no_disk[] = { "shell_no_disk", "nothing_to_boot", "network_boot", NULL };
        const char *name = w->report.verdict ? w->report.verdict->name : "";
        AUTO_PLAN struct plan p = { 0 };
        struct err e;
        /* Root ports that hide the disks look like a machine without any. */
        if (is_one_of(name, no_disk) && plan_make(xmlDocGetRootElement(source->doc), 0, &p, &e) == 0 && p.problem)
                answer(w, true, p.problem, "fewer root ports, or a machine type from virt-3.0 on; `crossarm vm plan` tells how many fit");
        else if (is_one_of(name, unbooted))
                judge_by_lint(w, source, LINT_BOOT, LINT_BOOT);
}

static const char paused_by_disk[] = "paused since a disk's image could not be written";

static char *state_of(virDomainPtr domain, int *state)
{
        int reason = 0;
        *state = VIR_DOMAIN_NOSTATE;
        virDomainGetState(domain, state, &reason, 0);
        bool by_disk = *state == VIR_DOMAIN_PAUSED && reason == VIR_DOMAIN_PAUSED_IOERROR;
        return format("%s", by_disk ? paused_by_disk : life_state_name((unsigned)*state));
}

/* A file that the console is written to: by QEMU, or by libvirt's log. */
static char *log_of(xmlNode *domain)
{
        AUTO_FREE char *path = xml_text(
                domain, "string(devices/serial/log/@file | devices/console/log/@file | devices/serial[@type='file']/source/@path)");
        return *path && access(path, R_OK) == 0 ? format("%s", path) : NULL;
}

static int read_console(struct vm_source *source, unsigned seconds, struct why *w, struct err *e)
{
        xmlNode *domain = xmlDocGetRootElement(source->doc);
        AUTO_FREE char *log = log_of(domain), *text = NULL;
        size_t len = 0;
        if (log) {
                text = read_end(log, &len);
                w->console = format("%s", log);
        } else if (virDomainIsActive(source->domain) == 1 && xml_has(domain, "devices/console | devices/serial")) {
                if (listen_to_console(source->domain, seconds, &text, &len, e) < 0)
                        return -1;
                w->console = format("its serial console, for up to %u s", seconds);
        }
        judge(w, text ? text : "", len);
        return 0;
}

/* A console without a word: what the definition tells instead. */
static void judge_empty(struct why *w, struct vm_source *source, int state)
{
        bool off = state == VIR_DOMAIN_SHUTOFF;
        if (off && judge_by_lint(w, source, LINT_START, LINT_DEFINE))
                return;
        if (off && !w->console)
                answer(w, true, "it is off, and its console is not kept",
                        "start it: what libvirt refuses it says then; console-log in the spec keeps the console");
        else if (!judge_silence(w, xmlDocGetRootElement(source->doc)) && !judge_by_lint(w, source, LINT_BOOT, LINT_BOOT) &&
                 state == VIR_DOMAIN_PAUSED)
                answer(w, true, "it is paused", "`virsh resume` lets it go on");
}

int why_of_domain(struct vm_source *source, unsigned seconds, struct why *w, struct err *e)
{
        int state;
        *w = (struct why){ .state = state_of(source->domain, &state) };
        if (read_console(source, seconds, w, e) < 0)
                return -1;
        judge_unbooted(w, source);
        if (!strcmp(w->state, paused_by_disk))
                answer(w, true, w->state, "room on the host's file system; then `virsh resume`");
        else if (w->report.silent)
                judge_empty(w, source, state);
        return 0;
}
