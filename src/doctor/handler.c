#include "doctor/handler.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "binfmt/interpreter.h"
#include "doctor/subject.h"
#include "doctor/surroundings.h"

const char *arch_words(const struct arch *a)
{
        static const struct {
                const char *name, *words;
        } words[] = { { "arm64", "64-bit Arm (arm64)" }, { "arm", "32-bit Arm (arm)" }, { "amd64", "x86-64 (amd64)" },
                { "386", "32-bit x86 (386)" }, { "riscv64", "RISC-V (riscv64)" } };
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (!strcmp(a->name, words[i].name))
                        return words[i].words;
        return a->name;
}

/* Registers it anew, in this very namespace, after getting what runs it. */
static char *install(const struct arch *a, const char *engine)
{
        struct interpreter_places places = { .engine = engine };
        AUTO_FREE char *interpreter = interpreter_find(a, &places);
        const char *get = interpreter || a->runs != ARCH_QEMU ? "" : format("%sapt-get install -y qemu-user-static && ", as_root());
        char *line = format("%s%scrossarm binfmt install %s", get, as_root(), a->name);
        if (*get)
                free((char *)get);
        return line;
}

static char *switch_on(const char *file)
{
        return geteuid() == 0 ? format("echo 1 >%s/%s", BINFMT_DIR, file) : format("echo 1 | sudo tee %s/%s", BINFMT_DIR, file);
}

/* A program for which there is nothing, and it can be run all the same. */
static char *run_or_install(const struct arch *a, const char *run, const char *engine)
{
        AUTO_FREE char *word = run && a->runs == ARCH_OURS ? quoted(run) : NULL;
        return word ? format("crossarm run %s", word) : install(a, engine);
}

struct trouble {
        const struct binfmt_view *v;
        const struct binfmt_report *r;
        const char *who, *run, *engine;
};

static bool is_off(const struct trouble *t, struct finding *out)
{
        const struct handler *h = t->r->handler;
        if (!h || (h->enabled && t->v->enabled))
                return false;
        out->cause = "handler-off";
        out->text = h->enabled ? format("%s, and binfmt_misc is switched off as a whole", t->who)
                               : format("%s, and the handler for such, %s, is switched off", t->who, h->name);
        out->fix = switch_on(h->enabled ? "status" : h->name);
        return true;
}

static bool is_shadowed(const struct trouble *t, struct finding *out)
{
        if (t->v->initial || !t->v->mounted || (t->v->foreign && !t->r->handler))
                return false;
        out->cause = "shadowed-namespace";
        out->text = format(
                "%s, and this user namespace has an instance of binfmt_misc of its own %s: what the machine has registered is hidden by it",
                t->who, t->r->handler ? "in force, another one than the one that is visible" : "without a handler for such");
        out->fix = format("crossarm binfmt install %s", t->r->arch->name);
        return true;
}

static bool is_missing(const struct trouble *t, struct finding *out)
{
        out->cause = "no-handler";
        if (t->r->arch->runs == ARCH_KERNEL) {
                out->text = format("%s, and this kernel was built without what runs them (CONFIG_IA32_EMULATION), or they are switched off "
                                   "(ia32_emulation=1 at boot)",
                        t->who);
                return true;
        }
        const char *other = t->r->arch->runs == ARCH_QEMU ? "; crossarm's own engine runs 64-bit Arm only, and QEMU is what it takes" : "";
        const char *more = t->run && !*other ? "; `crossarm binfmt install`, as root, would let the kernel start all such" : "";
        out->text =
                format("%s, this machine's processor is an x86-64 one, and the kernel has no handler for such%s%s", t->who, other, more);
        out->fix = run_or_install(t->r->arch, t->run, t->engine);
        return true;
}

/* The kernel has a handler and that does not do. */
static bool is_broken(const struct trouble *t, struct finding *out)
{
        const struct handler *h = t->r->handler;
        bool gone = t->r->sample.outcome == SAMPLE_NO_INTERPRETER;
        out->cause = gone && h && !strchr(h->flags, 'F') ? "handler-without-f" : "handler-broken";
        out->text = format(
                "%s, and the handler for such does not work: %s", t->who, t->r->remark ? t->r->remark : strerror(t->r->sample.error));
        out->fix = install(t->r->arch, t->engine);
        return true;
}

bool handler_trouble(const struct binfmt_view *v, const struct binfmt_report *r, const char *who, const char *run, const char *engine,
        struct finding *out)
{
        const struct trouble t = { v, r, who, run, engine };
        if (r->sample.outcome == SAMPLE_WORKS)
                return false;
        if (r->sample.outcome != SAMPLE_NO_HANDLER)
                return is_broken(&t, out);
        return is_off(&t, out) || is_shadowed(&t, out) || is_missing(&t, out);
}

bool handler_without_f(const struct binfmt_report *r, int root, const char *where, struct finding *out)
{
        const struct handler *h = r->handler;
        if (r->sample.outcome != SAMPLE_WORKS || !h || strchr(h->flags, 'F'))
                return false;
        AUTO_CLOSE int inside = root < 0 ? -1 : root_open(root, h->interpreter, O_PATH, 0);
        if (inside >= 0)
                return false;
        out->cause = "handler-without-f";
        out->text = format("the handler %s was registered without flag F, so that %s is looked for inside of %s, where it is not: programs "
                           "start outside, and in a chroot or container they fail with 'No such file or directory'",
                h->name, h->interpreter, where);
        out->fix = format("%scrossarm binfmt install %s", as_root(), r->arch->name);
        return true;
}

static bool look_arch(const struct subject *s, struct finding *out)
{
        if (s->arch)
                return false;
        const struct arch *arm64 = arch_find("arm64");
        out->text = s->program.why ? format("%s does not run here: %s", s->name, s->program.why)
                                   : format("%s is for a machine that neither this processor nor an emulator of ours is (e_machine %u)",
                                             s->name, s->program.machine);
        if (s->program.machine == arm64->machine)
                return true;
        AUTO_FREE char *text = out->text;
        out->text = format("%s; get it built for arm64 or amd64", text);
        return true;
}

static bool look_handler(const struct subject *s, struct finding *out)
{
        AUTO_FREE char *who = format("%s is a program for %s", s->name, arch_words(s->arch));
        return handler_trouble(&s->view, &s->report, who, s->run, s->engine, out);
}

static bool look_flag(const struct subject *s, struct finding *out)
{
        return s->tree && handler_without_f(&s->report, s->root, s->tree, out);
}

const struct cause handler_causes[] = {
        { "wrong-architecture", true, look_arch },
        { "processor", true, look_processor },
        { "missing-loader", true, look_loader },
        { "no-handler", false, look_handler },
        { "handler-without-f", false, look_flag },
        { 0 },
};

void doctor_container(u16 machine, const char *name, const char *what, struct findings *f)
{
        for (const struct arch *a = archs; a->name; a++) {
                struct binfmt_view v;
                struct binfmt_report r;
                struct finding one = { .mark = FINDING_WRONG };
                if (a->machine != machine || a->big)
                        continue;
                binfmt_view_read(&v, BINFMT_DIR);
                binfmt_report_make(&r, &v, a, false);
                if (handler_trouble(&v, &r, what, name, NULL, &one) || handler_without_f(&r, -1, "the container", &one))
                        findings_add(f, &one);
                binfmt_report_free(&r);
                binfmt_view_free(&v);
                return;
        }
}
