#include "audit/judge.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "audit/cover.h"
#include "audit/floor.h"
#include "audit/names.h"
#include "base/util.h"

static const struct {
        enum harmless why;
        const char *pattern;
} places[] = {
#define PLACE(id, pattern) { HARMLESS_##id, pattern },
#include "audit/harmless_paths.def"
#undef PLACE
};

static const char *const harmless_names[] = {
        "",
#define HARMLESS(id, name, what) name,
#include "audit/harmless.def"
#undef HARMLESS
};

enum harmless harmless_of(const char *path)
{
        while (*path == '/' || !strncmp(path, "./", 2))
                path += *path == '/' ? 1 : 2;
        for (size_t i = 0; i < ARRAY_LEN(places); i++)
                if (!fnmatch(places[i].pattern, path, 0))
                        return places[i].why;
        return HARMLESS_NO;
}

/* ---- one file ---- */

static enum harmless why_harmless(const struct native *n)
{
        enum harmless by_path = harmless_of(n->path);
        if (by_path)
                return by_path;
        if (n->wrapper)
                return HARMLESS_STUB;
        if (n->format == FORMAT_FIRMWARE || n->format == FORMAT_KERNEL || n->system == SYSTEM_UEFI)
                return HARMLESS_BOOT;
        if (!machine_is_host(n->machine))
                return HARMLESS_DEVICE;
        if (n->role == ELF_ROLE_CORE || n->role == ELF_ROLE_OTHER)
                return HARMLESS_DATA;
        return n->system == SYSTEM_LINUX ? HARMLESS_NO : HARMLESS_STUB;
}

/* "x86" and "arm" name families as often as their 32-bit members. */
static bool contradicts(enum machine said, enum machine is)
{
        if (!said || said == is || !machine_is_host(is))
                return false;
        if (machine_is_x86(said) && machine_is_x86(is))
                return false;
        /* Java's and others' ppc64 is either byte order. */
        return !(said == MACHINE_ARM && is == MACHINE_ARM64) && !(said == MACHINE_PPC64 && is == MACHINE_PPC64LE);
}

static void judge_path(struct artefact *a, const struct native *n)
{
        if (!contradicts(n->said_machine, n->machine) || (n->harmless && n->harmless != HARMLESS_STUB))
                return;
        if (n->said_system && n->system != n->said_system) /* a file of another system in the folder: its name means something else */
                return;
        AUTO_FREE char *says = names_component(n->path, n->said_at);
        artefact_find(a, RULE_PATH_LIES, n->path,
                format("'%s' says %s, the file is %s", says, machine_name(n->said_machine), machine_name(n->machine)));
}

static void prepare(struct artefact *a)
{
        for (size_t i = 0; i < a->native_count; i++) {
                struct native *n = &a->natives[i];
                n->harmless = why_harmless(n);
                names_read(n);
        }
}

/* ---- what the package says ---- */

/* The claim that holds for a path: the deepest folder's; of several the first. */
static const struct claim *claim_for(const struct artefact *a, const char *path)
{
        const struct claim *best = NULL;
        for (size_t i = 0; i < a->claim_count; i++) {
                const struct claim *c = &a->claims[i];
                size_t len = strlen(c->dir);
                if (strncmp(path, c->dir, len) || (best && strlen(best->dir) >= len && !(best->weak && !c->weak)))
                        continue;
                best = c;
        }
        return best;
}

struct tally {
        const struct claim *claim;
        bool all; /* the named ones count as foreign */
        u32 matching, foreign, sibling;
        u32 named; /* for another processor, and in a folder that says so: right in a package that has its own files, too */
        const struct native *first_foreign, *first_sibling;
        char *names; /* of the first foreign ones */
};

static void name_it(struct tally *t, const struct native *n)
{
        if (t->foreign > 3)
                return;
        char *longer = format("%s%s%s (%s)", t->names ? t->names : "", t->names ? ", " : "", n->path, machine_name(n->machine));
        free(t->names);
        t->names = longer;
}

static bool concerns(const struct claim *c, const struct native *n)
{
        if (n->harmless && n->harmless != HARMLESS_STUB)
                return false;
        return n->system == (c->system && !c->any ? c->system : SYSTEM_LINUX);
}

static void count_native(struct tally *t, const struct native *n)
{
        const struct claim *c = t->claim;
        if (!concerns(c, n))
                return;
        bool foreign = c->any || !machine_runs(c->machine, n->machine);
        if (foreign && !c->any && n->said_machine == n->machine && !t->all) {
                t->named++;
        } else if (foreign) {
                t->foreign++;
                name_it(t, n);
                if (!t->first_foreign)
                        t->first_foreign = n;
        } else if (c->machine == n->machine) {
                t->matching++;
        } else if (machine_runs(c->machine, n->machine)) {
                t->sibling++;
                if (!t->first_sibling)
                        t->first_sibling = n;
        }
}

static void find_tally(struct artefact *a, const struct tally *t)
{
        const struct claim *c = t->claim;
        const char *more = t->foreign > 3 ? ", ..." : "";
        if (c->any && t->foreign)
                artefact_find(a, RULE_NOARCH, t->first_foreign->path,
                        format("%s, with %u native file%s: %s%s", c->source, t->foreign, t->foreign == 1 ? "" : "s", t->names, more));
        else if (t->foreign && !t->matching)
                artefact_find(a, c->weak ? RULE_PATH_LIES : RULE_PACKAGE_LIES, t->first_foreign->path,
                        format("%s, but %u of %u native files are not for %s: %s%s", c->source, t->foreign, t->foreign + t->sibling,
                                machine_name(c->machine), t->names, more));
        else if (t->foreign)
                artefact_find(a, RULE_FOREIGN_INSIDE, t->first_foreign->path,
                        format("%s, and %u native files are; not so %s%s", c->source, t->matching, t->names, more));
        else if (t->sibling && !t->matching && c->machine != MACHINE_AMD64)
                artefact_find(a, RULE_CLASS_DIFFERS, t->first_sibling->path,
                        format("%s, the files are %s", c->source, machine_name(t->first_sibling->machine)));
}

/* The tag of the whole package holds for what a wheel inside of it says for itself, too. */
static bool holds_for(const struct artefact *a, const struct claim *c, const struct native *n)
{
        return (!*c->dir && !c->weak) || claim_for(a, n->path) == c;
}

static void take_tally(const struct artefact *a, struct tally *t)
{
        for (size_t k = 0; k < a->native_count; k++)
                if (holds_for(a, t->claim, &a->natives[k]))
                        count_native(t, &a->natives[k]);
}

static void judge_claims(struct artefact *a)
{
        for (size_t i = 0; i < a->claim_count; i++) {
                struct tally t = { .claim = &a->claims[i] };
                if (!t.claim->any && !t.claim->machine)
                        continue;
                take_tally(a, &t);
                /* With nothing of its own in it, the package is for what its files are for. */
                if (t.named && !t.matching && !t.sibling) {
                        free(t.names);
                        t = (struct tally){ .claim = t.claim, .all = true };
                        take_tally(a, &t);
                }
                find_tally(a, &t);
                free(t.names);
        }
}

/* ---- harmless code and firmware ---- */

static const struct claim *noarch_claim(const struct artefact *a)
{
        for (size_t i = 0; i < a->claim_count; i++)
                if (a->claims[i].any && !*a->claims[i].dir)
                        return &a->claims[i];
        return NULL;
}

static void judge_boot(struct artefact *a)
{
        const struct claim *any = noarch_claim(a);
        const struct native *x86 = NULL, *arm = NULL;
        u32 count = 0;
        for (size_t i = 0; any && i < a->native_count; i++) {
                const struct native *n = &a->natives[i];
                if (n->harmless != HARMLESS_BOOT)
                        continue;
                enum machine m = n->format == FORMAT_FIRMWARE && a->firmware_said ? a->firmware : n->machine;
                count++;
                if (machine_is_x86(m) && !x86)
                        x86 = n;
                if (m == MACHINE_ARM64 && !arm)
                        arm = n;
        }
        const char *by = a->firmware_said ? ", as its QEMU descriptor says" : "";
        if (arm)
                artefact_find(a, RULE_FIRMWARE_ARM, arm->path,
                        format("%s, with firmware or boot code for arm64 (%u files in all)%s", any->source, count, by));
        else if (x86)
                artefact_find(a, RULE_FIRMWARE_X86, x86->path,
                        format("%s, with firmware or boot code for x86 only (%u files)%s", any->source, count, by));
}

static void judge_harmless(struct artefact *a)
{
        for (int why = HARMLESS_NO + 1; why < HARMLESS_COUNT; why++) {
                u32 count = 0, by_machine[MACHINE_COUNT] = { 0 };
                const struct native *first = NULL;
                for (size_t i = 0; i < a->native_count; i++) {
                        const struct native *n = &a->natives[i];
                        if (n->harmless != (enum harmless)why)
                                continue;
                        count++;
                        by_machine[n->machine]++;
                        if (!first)
                                first = n;
                }
                if (!first)
                        continue;
                char *text = format("%s:", harmless_names[why]);
                for (int m = 0; m < MACHINE_COUNT; m++) {
                        if (!by_machine[m])
                                continue;
                        char *longer = format("%s %u %s", text, by_machine[m], machine_name(m));
                        free(text);
                        text = longer;
                }
                artefact_find(a, RULE_HARMLESS, first->path, text);
        }
}

/* ---- all together ---- */

static bool has_finding(const struct artefact *a, enum rule_id rule)
{
        for (size_t i = 0; i < a->finding_count; i++)
                if (a->findings[i].rule == rule)
                        return true;
        return false;
}

/* Program text that cannot be built for arm64 as it is. */
static bool sources_stop(const struct artefact *a)
{
        for (size_t i = 0; i < a->finding_count; i++)
                if (a->findings[i].rule >= RULE_SRC_HEADER && a->findings[i].severity == SEVERITY_ERROR)
                        return true;
        return false;
}

static bool counts_as_arm64(const struct native *n)
{
        return !n->harmless && n->machine == MACHINE_ARM64;
}

static enum verdict own_verdict(const struct artefact *a)
{
        static const struct {
                enum rule_id rule;
                enum verdict verdict;
        } rows[] = {
                { RULE_PATH_LIES, VERDICT_MISLABELLED },
                { RULE_PACKAGE_LIES, VERDICT_MISLABELLED },
                { RULE_IMAGE_LIES, VERDICT_MISLABELLED },
                { RULE_NOARCH, VERDICT_MISLABELLED },
                { RULE_X86_ONLY, VERDICT_REBUILD },
                { RULE_OTHER_ONLY, VERDICT_REBUILD },
                { RULE_NO_ARM64_IMAGE, VERDICT_REBUILD },
                { RULE_PARTLY, VERDICT_PARTLY },
                { RULE_FOREIGN_INSIDE, VERDICT_PARTLY },
                { RULE_FLOOR, VERDICT_FLOOR },
                { RULE_MISSING, VERDICT_FLOOR },
                { RULE_DOWNLOAD, VERDICT_UNKNOWN },
        };
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                if (rows[i].verdict < VERDICT_PORT && sources_stop(a))
                        return VERDICT_PORT;
                if (has_finding(a, rows[i].rule))
                        return rows[i].verdict;
        }
        if (a->error_count || has_finding(a, RULE_NOT_READ))
                return VERDICT_NOT_READ;
        for (size_t i = 0; i < a->native_count; i++)
                if (counts_as_arm64(&a->natives[i]))
                        return VERDICT_ARM64;
        return a->native_count ? VERDICT_HARMLESS : VERDICT_PORTABLE;
}

static void roll_up(struct artefact *a)
{
        enum verdict v = own_verdict(a);
        bool arm64 = v == VERDICT_ARM64, rebuild = v == VERDICT_REBUILD;
        for (size_t i = 0; i < a->part_count; i++) {
                const struct artefact *p = a->parts[i];
                if (p->used || harmless_of(p->path) == HARMLESS_TEST || ((p->twin || p->other_platform) && p->verdict == VERDICT_REBUILD))
                        continue;
                arm64 |= p->verdict == VERDICT_ARM64;
                rebuild |= p->verdict == VERDICT_REBUILD;
                v = p->verdict > v ? p->verdict : v;
        }
        a->verdict = v == VERDICT_REBUILD && arm64 && rebuild ? VERDICT_PARTLY : v;
}

static bool any_linux_native(const struct artefact *a)
{
        for (size_t i = 0; i < a->native_count; i++)
                if (a->natives[i].system == SYSTEM_LINUX && !a->natives[i].harmless)
                        return true;
        for (size_t i = 0; i < a->part_count; i++)
                if (any_linux_native(a->parts[i]))
                        return true;
        return false;
}

/* A package that tests read: whatever is wrong with it is on purpose. */
static void excuse(struct artefact *a)
{
        for (size_t i = a->finding_count; i--;)
                if (a->findings[i].rule == RULE_NOT_READ)
                        artefact_drop_finding(a, i);
                else
                        a->findings[i].severity = SEVERITY_NOTE;
        for (size_t i = 0; i < a->part_count; i++)
                excuse(a->parts[i]);
}

void judge(struct artefact *a, const struct target *t)
{
        for (size_t i = 0; i < a->part_count; i++)
                if (!a->parts[i]->used) {
                        judge(a->parts[i], t);
                        if (harmless_of(a->parts[i]->path) == HARMLESS_TEST)
                                excuse(a->parts[i]);
                }
        prepare(a);
        for (size_t i = 0; i < a->native_count; i++)
                judge_path(a, &a->natives[i]);
        judge_claims(a);
        cover_judge(a);
        if (a->other_platform)
                cover_excuse(a);
        cover_twins(a);
        judge_boot(a);
        judge_harmless(a);
        floor_judge(a, t);
        if (a->downloads && !any_linux_native(a))
                artefact_find(
                        a, RULE_DOWNLOAD, "", format("%s%s", a->download_how, a->builds ? "; it can be built there (binding.gyp)" : ""));
        roll_up(a);
}
