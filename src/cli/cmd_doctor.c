/* crossarm doctor: why something does not run here, and the one command that helps. */
#include "cli/cmd.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/image_cli.h"
#include "cli/run_file.h"
#include "doctor/doctor.h"
#include "image/survey.h"

static const char usage[] = "Usage: crossarm doctor [OPTION...] [PROGRAM|DIR|IMAGE]\n"
                            "Say why a program, a tree or an image does not run here, and the one command that helps. Without an argument: "
                            "what this machine has of\n"
                            "all that arm64 programs need. Nothing is changed, and of the program nothing is run.\n\n"
                            "      --json                  print it as JSON\n"
                            "  -h, --help                  this text\n\n"
                            "Of an IMAGE:\n" IMAGE_OPTIONS_HELP MAX_SIZE_HELP "  -q, --quiet                 no progress\n\n"
                            "The exit status is 0 when it runs, 1 when something is wrong, 2 when that cannot be told.\n" IMAGE_NAMES_HELP;

enum { RUNS, WRONG, ERROR };

static const struct option options[] = { IMAGE_OPTIONS, { 0 } };

struct visit {
        const char *kind, *name; /* "machine", "program", "tree", "image" */
        struct findings findings;
};

/* Names come out of files of anybody's making: a terminal gets no control characters. */
static void put(const char *text)
{
        for (; *text; text++)
                putchar(iscntrl((unsigned char)*text) ? '?' : *text);
}

static json_t *text_json(const char *text)
{
        json_t *string = text ? json_string(text) : json_null();
        if (string)
                return string;
        AUTO_FREE char *plain = format("%s", text); /* no UTF-8 */
        for (char *at = plain; *at; at++)
                *at = (unsigned char)*at < 0x80 ? *at : '?';
        return json_string(plain);
}

static void print_json(const struct visit *v)
{
        static const char *const marks[] = { [FINDING_FINE] = "fine", [FINDING_NOTE] = "note", [FINDING_WRONG] = "wrong" };
        AUTO_JSON json_t *list = json_array();
        for (size_t i = 0; i < v->findings.count; i++) {
                const struct finding *f = &v->findings.at[i];
                json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o}", "cause", f->cause, "mark", marks[f->mark], "text",
                                                    text_json(f->text), "fix", text_json(f->fix)));
        }
        AUTO_JSON json_t *all = json_pack("{s:i, s:s, s:o, s:b, s:O}", "version", 1, "kind", v->kind, "name", text_json(v->name), "runs",
                !findings_wrong(&v->findings), "findings", list);
        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
}

static void print_fix(const char *fix, const char *before)
{
        if (!fix)
                return;
        fputs(before, stdout);
        put(fix);
        putchar('\n');
}

static void print_machine(const struct visit *v)
{
        static const char *const marks[] = { [FINDING_FINE] = "[ok]", [FINDING_NOTE] = "[--]", [FINDING_WRONG] = "[!!]" };
        for (size_t i = 0; i < v->findings.count; i++) {
                const struct finding *f = &v->findings.at[i];
                printf("%s %-18s ", marks[f->mark], f->cause);
                put(f->text);
                putchar('\n');
                print_fix(f->fix, "                        -> ");
        }
}

/* The first thing that is wrong as a paragraph with its command; what else there is after it. */
static void print_paragraph(const struct visit *v)
{
        const struct finding *first = NULL;
        for (size_t i = 0; i < v->findings.count && !first; i++)
                if (v->findings.at[i].mark == FINDING_WRONG)
                        first = &v->findings.at[i];
        if (first) {
                put(first->text);
                puts(".");
                print_fix(first->fix, "\n    ");
        } else {
                put(v->name);
                puts(" runs here.");
        }
        for (size_t i = 0; i < v->findings.count; i++) {
                const struct finding *f = &v->findings.at[i];
                if (f == first)
                        continue;
                printf(f->mark == FINDING_WRONG ? "\nThen: " : "\nNote: ");
                put(f->text);
                puts(".");
                if (!first || !first->fix || !f->fix || strcmp(f->fix, first->fix))
                        print_fix(f->fix, "\n    ");
        }
}

static void add(struct visit *v, const char *cause, char *text, char *fix)
{
        struct finding one = { .cause = cause, .mark = FINDING_WRONG, .text = text, .fix = fix };
        findings_add(&v->findings, &one);
}

static int judge_image(struct source *source, const struct ref *ref, struct image_cli *c, struct visit *v, struct err *e)
{
        AUTO_RESOLVED struct resolved r = { 0 };
        AUTO_VERDICT struct verdict verdict = { 0 };
        if (image_resolve(source, &c->pull.platform, c->pull.platform_said, &r, e) < 0) {
                if (!r.root_manifest.index)
                        return -1;
                const char *why;
                AUTO_FREE char *word = quoted(v->name);
                const struct descriptor *near = nearest_platform(&r.root_manifest, &c->pull.platform, &why);
                add(v, "no-platform", format("%s", e->text),
                        near ? format("crossarm run --platform %s %s", platform_text(&near->platform).text, word) : NULL);
                return 0;
        }
        if (image_survey(source, &r, &c->pull, &verdict, e) < 0)
                return -1;
        image_progress_end(c);
        AUTO_FREE char *lie = verdict_sentence(&verdict), *word = quoted(v->name);
        if (lie)
                add(v, "lying-image", format("the image %s %s; `crossarm run` starts it as what it is", v->name, lie),
                        format("crossarm run %s", word));
        AUTO_FREE char *what = format("the image %s holds programs for %s", v->name, platform_machine_name(verdict.machine).text);
        doctor_container(verdict.machine, v->name, what, &v->findings);
        return 0;
}

/* What the store has is not asked for again. */
static int visit_image(struct image_cli *c, struct visit *v, struct err *e)
{
        AUTO_REF struct ref ref = { 0 };
        AUTO_STORE struct store store = { .layout = { .fd = -1 } };
        struct descriptor have = { 0 };
        struct err no_store;
        v->kind = "image";
        if (ref_parse(v->name, &ref, e) < 0)
                return -1;
        bool local = ref.kind == REF_REGISTRY && store_open(false, &store, &no_store) == 0 &&
                     store_find(&store, ref.name, &c->pull.platform, &have, &no_store) == 1;
        if (local)
                descriptor_free(&have);
        struct ref own = { .kind = REF_LAYOUT, .path = store.dir, .tag = ref.name, .name = ref.name };
        struct source *source = source_open(local ? &own : &ref, &c->http, e);
        if (!source)
                return -1;
        int status = judge_image(source, &ref, c, v, e);
        source->ops->close(source);
        return status;
}

/* A program that the shell would find. Malloced; NULL when it would not. */
static char *in_path(const char *word)
{
        const char *path = getenv("PATH");
        for (const char *at = path && !strchr(word, '/') ? path : ""; *at;) {
                size_t len = strcspn(at, ":");
                char *file = format("%.*s/%s", (int)len, at, word);
                struct stat st;
                if (stat(file, &st) == 0 && S_ISREG(st.st_mode))
                        return file;
                free(file);
                at += len + (at[len] == ':');
        }
        return NULL;
}

/* An archive, a file system or a disk: what `crossarm run` unpacks and enters. */
static int visit_tree_file(struct visit *v)
{
        AUTO_FREE char *word = quoted(v->name);
        v->kind = "tree";
        add(v, "tree-in-a-file",
                format("%s is an archive, a file system or a disk, not a program: `crossarm run` unpacks it into the cache and runs what "
                       "is in it",
                        v->name),
                format("crossarm run %s", word));
        return 0;
}

static int visit(struct visit *v, struct image_cli *c, const char *engine, struct err *e)
{
        struct stat st;
        if (!v->name)
                return doctor_machine(engine, &v->findings), 0;
        if (stat(v->name, &st) == 0 && S_ISDIR(st.st_mode)) {
                v->kind = "tree";
                return doctor_tree(v->name, engine, &v->findings, e);
        }
        if (run_names_file(v->name))
                return visit_tree_file(v);
        AUTO_FREE char *found = lstat(v->name, &st) < 0 ? in_path(v->name) : NULL;
        if (lstat(v->name, &st) < 0 && !found && v->name[0] != '/' && v->name[0] != '.')
                return visit_image(c, v, e);
        v->kind = "program";
        return doctor_file(found ? found : v->name, engine, &v->findings, e);
}

int cmd_doctor(int argc, char **argv)
{
        struct image_cli c;
        image_cli_init(&c);
        for (int o; (o = getopt_long(argc, argv, "qh", options, NULL)) != -1;) {
                if (o == 'h')
                        return fputs(usage, stdout), 0;
                int status = image_option(&c, "doctor", o, optarg);
                if (status)
                        return status;
        }
        if (optind < argc - 1) {
                say_error("one program, folder or image is looked at, not %d", argc - optind);
                return wrong_usage("doctor");
        }
        AUTO_FREE char *engine = engine_path();
        if (!engine)
                return ERROR;
        struct visit v = { .kind = "machine", .name = argv[optind] };
        struct err e = { 0 };
        if (visit(&v, &c, engine, &e) < 0) {
                findings_free(&v.findings);
                say_error("%s", e.text);
                return ERROR;
        }
        if (c.json)
                print_json(&v);
        else if (v.name)
                print_paragraph(&v);
        else
                print_machine(&v);
        int status = findings_wrong(&v.findings) ? WRONG : RUNS;
        findings_free(&v.findings);
        return fflush(stdout) ? ERROR : status;
}
