/* crossarm audit: what software really is for. */
#include "cli/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/cache.h"
#include "audit/parallel.h"
#include "base/util.h"
#include "cli/audit_reports.h"
#include "cli/audit_ticker.h"
#include "cli/audit_view.h"

static const char usage[] =
        "Usage: crossarm audit [OPTION...] TARGET...\n"
        "       crossarm audit --merge REPORT...\n"
        "       crossarm audit --explain CODE\n"
        "Say what software really is for: whether it is what its name, tag or config says, and whether it has what arm64 Linux needs.\n"
        "TARGET is a folder (programs, packages, sources), a file (ELF, deb, rpm, jar, wheel, npm tgz, gem, conda, zip, 7z, ISO, any tar "
        "or\n"
        "cpio, OCI layout, oci-archive, docker-archive, manifest list), or docker://[HOST/]NAME[:TAG][@DIGEST] for an image in a "
        "registry.\n"
        "Archives in archives are read to any depth, nothing is unpacked to disk.\n\n"
        "Verdicts: portable, harmless, arm64, not looked into, unknown, floor too high, partly covered, needs porting, needs rebuild, "
        "mislabelled.\n\n"
        "      --target SYSTEM   compare what arm64 files need with centos7, debian12, ubuntu22.04... (`--target help` lists them)\n"
        "      --sysroot DIR     or with the libraries in the root folder DIR of an arm64 system; tells missing ones, too\n"
        "      --sources WHEN    look at program text: yes, no, or auto (folders and archives that have a build file at their top)\n"
        "      --platform OS/ARCH[/V]  of a registry's index look at the image for it, or at `all` (linux/arm64)\n"
        "      --tls-verify=false      take any certificate of a registry, or plain HTTP (loopback may always be plain)\n"
        "      --timeout SECONDS       give up on a registry that sends nothing for so long (60)\n"
        "      --scratch DIR     room in DIR for file systems inside of archives, which cannot be read forwards; without it those larger "
        "than 8 MiB are\n"
        "                        not looked into\n"
        "      --list FILE       more targets, a line each (- for standard input)\n"
        "      --shard K/N       only the K-th of N parts of the targets; which is in which part depends on its name alone\n"
        "      --baseline FILE   leave out the findings of an earlier --json report\n"
        "      --json            print the report as JSON; --merge and --baseline read it\n"
        "      --sarif           print SARIF 2.1.0\n"
        "      --html            print one page with a picture of the tree\n"
        "      --cache FILE      keep reports in FILE (crossarm/audit.db in the cache folder without it)\n"
        "      --no-cache        keep nothing, look at everything\n"
        "      --all             show every finding, notes and parts without findings too\n"
        "  -j, --jobs N          threads; one for each processor without it\n"
        "      --merge           put reports together\n"
        "      --explain CODE    what a finding means and what to do (`--explain all`)\n"
        "  -h, --help            this text\n\n"
        "Exit status: 0 nothing found, 1 findings (notes do not count), 2 something could not be read, or wrong usage, 3 nothing found, "
        "but\n"
        "something was not looked into.\n";

enum { STALL_SECONDS = 60 };

struct request {
        char **names;
        size_t count;
        const char *against, *sysroot, *baseline, *cache;
        unsigned shard, shards;
        bool merge, all, no_cache;
        struct audit_options options;
        void (*print)(const json_t *document, FILE *to); /* NULL: the table */
};

static void add_name(struct request *q, const char *name)
{
        q->names = realloc(q->names, (q->count + 1) * sizeof *q->names);
        if (!q->names)
                abort();
        q->names[q->count++] = format("%s", name);
}

static void print_json(const json_t *document, FILE *to)
{
        json_dumpf(document, to, JSON_INDENT(1));
        fputc('\n', to);
}

/* ---- targets, several at a time ---- */

struct pool {
        const struct request *q;
        const struct audit_options *options;
        json_t **reports;
};

static void audit_one(void *arg, size_t i)
{
        struct pool *p = arg;
        p->reports[i] = audit_target(p->q->names[i], p->options);
}

static void audit_all(const struct request *q, const struct audit_options *o, json_t *document)
{
        struct audit_options each = *o;
        struct pool p = { .q = q, .options = &each, .reports = calloc(q->count + 1, sizeof *p.reports) };
        if (!p.reports)
                abort();
        if (q->count > 1) /* the targets share the threads */
                each.threads = o->threads > q->count ? o->threads / (unsigned)q->count : 1;
        parallel(o->threads, q->count, audit_one, &p);
        for (size_t i = 0; i < q->count; i++)
                json_array_append_new(json_object_get(document, "targets"), p.reports[i]);
        free(p.reports);
}

/* ---- what is asked for ---- */

static int explain(const char *code)
{
        const struct rule *one = rule_find(code);
        bool all = !strcmp(code, "all");
        for (size_t i = 0; i < RULE_COUNT; i++)
                if (all || &rules[i] == one)
                        printf("%s (%s): %s\n%s\n%s", rules[i].code, severity_name(rules[i].severity), rules[i].title, rules[i].explain,
                                all ? "\n" : "");
        if (all || one)
                return 0;
        say_error("there is no finding called '%s'; `crossarm audit --explain all` shows all of them", code);
        return 2;
}

static int list_targets(void)
{
        AUTO_FREE char *names = target_names();
        puts(names);
        return 0;
}

static int read_list(struct request *q, const char *file)
{
        FILE *f = strcmp(file, "-") ? fopen(file, "re") : stdin;
        char *line = NULL;
        size_t cap = 0;
        if (!f) {
                say_error("cannot read the list %s: %s", file, strerror(errno));
                return -1;
        }
        while (getline(&line, &cap, f) >= 0) {
                line[strcspn(line, "\r\n")] = 0;
                if (*line && *line != '#')
                        add_name(q, line);
        }
        free(line);
        if (f != stdin)
                fclose(f);
        return 0;
}

/* FNV-1a: which part a target is in must be the same everywhere and for ever. */
static u32 hash_of(const char *s)
{
        u32 h = 2166136261u;
        for (; *s; s++)
                h = (h ^ (u8)*s) * 16777619u;
        return h;
}

static void keep_shard(struct request *q)
{
        size_t kept = 0;
        for (size_t i = 0; q->shards && i < q->count; i++) {
                if (hash_of(q->names[i]) % q->shards == q->shard - 1)
                        q->names[kept++] = q->names[i];
                else
                        free(q->names[i]);
        }
        if (q->shards)
                q->count = kept;
}

static int status_of_all(const json_t *document)
{
        const json_t *targets = json_object_get(document, "targets");
        int status = 0;
        for (size_t i = 0; i < json_array_size(targets); i++) {
                status = audit_worse(status, audit_status(json_array_get(targets, i)));
        }
        return status;
}

static int show(const struct request *q, json_t *document)
{
        struct err e;
        if (q->baseline) {
                json_t *old = reports_load(q->baseline, &e);
                if (!old) {
                        say_error("%s", e.text);
                        return 2;
                }
                reports_subtract(document, old);
                json_decref(old);
        }
        if (q->print)
                q->print(document, stdout);
        else
                view_table(document, &(struct view_options){ .all = q->all, .colour = isatty(STDOUT_FILENO) }, stdout);
        if (fflush(stdout) || ferror(stdout)) {
                say_error("cannot write the report: %s", strerror(errno));
                return 2;
        }
        return status_of_all(document);
}

static int merge(const struct request *q)
{
        json_t *document = reports_new(NULL);
        int status = 0;
        for (size_t i = 0; i < q->count && !status; i++) {
                struct err e;
                json_t *one = reports_load(q->names[i], &e);
                if (!one) {
                        say_error("%s", e.text);
                        status = 2;
                } else {
                        reports_merge(document, one);
                }
                json_decref(one);
        }
        reports_sort(document);
        status = status ? status : show(q, document);
        json_decref(document);
        return status;
}

/* A program that was built anew may find other things; so may other options. */
static int open_cache(const struct request *q, struct cache **cache)
{
        struct stat self = { 0 };
        struct err e;
        AUTO_FREE char *path = q->cache ? format("%s", q->cache) : cache_default_path();
        *cache = NULL;
        if (q->no_cache || !path)
                return 0;
        stat("/proc/self/exe", &self);
        AUTO_FREE char *generation = format("%s %lld.%09ld %d %d", CROSSARM_VERSION, (long long)self.st_mtim.tv_sec, self.st_mtim.tv_nsec,
                (int)q->options.sources, q->options.scratch != NULL);
        *cache = cache_open(path, generation, &e);
        /* Only one that was asked for has to be there. */
        if (*cache || !q->cache)
                return 0;
        say_error("%s", e.text);
        return 2;
}

static int audit(const struct request *q)
{
        struct cache *cache;
        struct target root;
        struct err e;
        const struct target *target = q->against ? target_find(q->against) : NULL;
        if (q->against && !target) {
                AUTO_FREE char *names = target_names();
                say_error("there is no target system '%s'; known are %s", q->against, names);
                return 2;
        }
        if (q->sysroot) {
                if (target_of_sysroot(q->sysroot, &root, &e) < 0) {
                        say_error("%s", e.text);
                        return 2;
                }
                target = &root;
        }
        if (open_cache(q, &cache))
                return 2;
        struct ticker ticker = { 0 };
        struct audit_options o = q->options;
        o.cache = cache;
        o.target = target;
        o.progress = &ticker.progress;
        json_t *document = reports_new(target ? target->name : NULL);
        ticker_start(&ticker);
        audit_all(q, &o, document);
        ticker_stop(&ticker);
        cache_close(cache);
        int status = show(q, document);
        json_decref(document);
        if (q->sysroot)
                target_free(&root);
        return status;
}

/* ---- the command line ---- */

enum option_id {
        OPT_TARGET = 256,
        OPT_SYSROOT,
        OPT_SOURCES,
        OPT_PLATFORM,
        OPT_TLS_VERIFY,
        OPT_TIMEOUT,
        OPT_SCRATCH,
        OPT_LIST,
        OPT_SHARD,
        OPT_BASELINE,
        OPT_CACHE,
        OPT_NO_CACHE,
        OPT_JSON,
        OPT_SARIF,
        OPT_HTML,
        OPT_ALL,
        OPT_MERGE,
        OPT_EXPLAIN
};

static bool take_sources(struct request *q, const char *when)
{
        static const char *const words[] = { [SOURCES_AUTO] = "auto", [SOURCES_YES] = "yes", [SOURCES_NO] = "no" };
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (!strcmp(when, words[i])) {
                        q->options.sources = (enum sources)i;
                        return true;
                }
        say_error("--sources wants yes, no or auto, not '%s'", when);
        return false;
}

static bool take_shard(struct request *q, const char *text)
{
        char rest;
        if (sscanf(text, "%u/%u%c", &q->shard, &q->shards, &rest) == 2 && q->shard >= 1 && q->shard <= q->shards)
                return true;
        say_error("--shard wants K/N with K from 1 to N, not '%s'", text);
        return false;
}

static bool take_jobs(struct request *q, const char *text)
{
        char rest;
        unsigned *jobs = &q->options.threads;
        if (sscanf(text, "%u%c", jobs, &rest) == 1 && *jobs >= 1 && *jobs <= 1024)
                return true;
        say_error("--jobs wants a number from 1 to 1024, not '%s'", text);
        return false;
}

static bool take_platform(struct request *q, const char *text)
{
        struct audit_options *o = &q->options;
        o->all_platforms = !strcmp(text, "all");
        o->platform_said = !o->all_platforms;
        if (o->all_platforms || platform_parse(text, &o->platform))
                return true;
        say_error("'%s' is no platform; write linux/arm64, arm64, linux/arm/v7, linux/amd64 ..., or all", text);
        return false;
}

static bool take_verify(struct request *q, const char *text)
{
        q->options.http.no_verify = !strcmp(text, "false");
        if (q->options.http.no_verify || !strcmp(text, "true"))
                return true;
        say_error("--tls-verify wants true or false, not '%s'", text);
        return false;
}

static bool take_timeout(struct request *q, const char *text)
{
        char rest;
        u32 *seconds = &q->options.http.stall_seconds;
        if (sscanf(text, "%u%c", seconds, &rest) == 1 && *seconds >= 1 && *seconds < 100000)
                return true;
        say_error("--timeout wants a number of seconds, not '%s'", text);
        return false;
}

/* 0 when it was taken, 1 when the command is done, 2 for wrong usage. */
static int take_option(struct request *q, int option, const char *value)
{
        switch (option) {
        case OPT_TARGET: q->against = value; break;
        case OPT_SYSROOT: q->sysroot = value; break;
        case OPT_SOURCES: return take_sources(q, value) ? 0 : 2;
        case OPT_PLATFORM: return take_platform(q, value) ? 0 : 2;
        case OPT_TLS_VERIFY: return take_verify(q, value) ? 0 : 2;
        case OPT_TIMEOUT: return take_timeout(q, value) ? 0 : 2;
        case OPT_SCRATCH: q->options.scratch = value; break;
        case OPT_LIST: return read_list(q, value) < 0 ? 2 : 0;
        case OPT_SHARD: return take_shard(q, value) ? 0 : 2;
        case OPT_BASELINE: q->baseline = value; break;
        case OPT_CACHE: q->cache = value; break;
        case OPT_NO_CACHE: q->no_cache = true; break;
        case OPT_JSON: q->print = print_json; break;
        case OPT_SARIF: q->print = view_sarif; break;
        case OPT_HTML: q->print = view_html; break;
        case OPT_ALL: q->all = true; break;
        case OPT_MERGE: q->merge = true; break;
        case 'j': return take_jobs(q, value) ? 0 : 2;
        default: return 2;
        }
        return 0;
}

int cmd_audit(int argc, char **argv)
{
        static const struct option options[] = {
                { "target", required_argument, NULL, OPT_TARGET },
                { "sysroot", required_argument, NULL, OPT_SYSROOT },
                { "sources", required_argument, NULL, OPT_SOURCES },
                { "platform", required_argument, NULL, OPT_PLATFORM },
                { "tls-verify", required_argument, NULL, OPT_TLS_VERIFY },
                { "timeout", required_argument, NULL, OPT_TIMEOUT },
                { "scratch", required_argument, NULL, OPT_SCRATCH },
                { "list", required_argument, NULL, OPT_LIST },
                { "shard", required_argument, NULL, OPT_SHARD },
                { "baseline", required_argument, NULL, OPT_BASELINE },
                { "cache", required_argument, NULL, OPT_CACHE },
                { "no-cache", no_argument, NULL, OPT_NO_CACHE },
                { "json", no_argument, NULL, OPT_JSON },
                { "sarif", no_argument, NULL, OPT_SARIF },
                { "html", no_argument, NULL, OPT_HTML },
                { "all", no_argument, NULL, OPT_ALL },
                { "jobs", required_argument, NULL, 'j' },
                { "merge", no_argument, NULL, OPT_MERGE },
                { "explain", required_argument, NULL, OPT_EXPLAIN },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        struct request q = {
                .options = { .threads = processors > 0 ? (unsigned)processors : 1, .http.stall_seconds = STALL_SECONDS },
        };
        platform_parse("linux/arm64", &q.options.platform);
        for (int c; (c = getopt_long(argc, argv, "hj:", options, NULL)) != -1;) {
                if (c == 'h')
                        return fputs(usage, stdout), 0;
                if (c == OPT_EXPLAIN)
                        return explain(optarg);
                if (take_option(&q, c, optarg))
                        return wrong_usage("audit");
        }
        if (q.against && !strcmp(q.against, "help"))
                return list_targets();
        if (q.against && q.sysroot) {
                say_error("--target and --sysroot do not go together");
                return wrong_usage("audit");
        }
        for (int i = optind; i < argc; i++)
                add_name(&q, argv[i]);
        if (!q.count) {
                say_error("a target is needed: a file, a folder, or docker://IMAGE");
                return wrong_usage("audit");
        }
        keep_shard(&q);
        int status = q.merge ? merge(&q) : audit(&q);
        for (size_t i = 0; i < q.count; i++)
                free(q.names[i]);
        free(q.names);
        return status;
}
