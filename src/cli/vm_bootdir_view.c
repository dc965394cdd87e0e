#include "cli/vm_bootdir_view.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/util.h"
#include "cli/json.h"
#include "vm/bootdir_hook.h"
#include "vm/bootdir_survey.h"

static const char *const outcomes[] = { [BOOTDIR_NEW] = "new", [BOOTDIR_SAME] = "same", [BOOTDIR_KEPT] = "kept" };

static void print_file(const char *what, const char *share, const char *path, const char *link, const char *kind, u64 bytes)
{
        printf("%s  %s/%s  (%s, %.1f MiB%s%s%s)\n", what, share, path, kind, (double)bytes / 1048576, *link ? ", by the link " : "", link,
                *link ? "" : ", by its name");
}

static void print_found(const char *share, const struct bootdir_found *f)
{
        print_file("kernel ", share, f->pair.kernel, f->pair.kernel_link, f->kernel_format, f->kernel_bytes);
        print_file("initrd ", share, f->pair.initrd, f->pair.initrd_link, f->initrd_format, f->initrd_bytes);
        printf("release  %s, for %s\n", *f->release ? f->release : "unknown", f->arch);
}

static void found_json(struct json *j, const char *key, const struct bootdir_found *f)
{
        json_open(j, key, '{');
        json_put_string(j, "arch", f->arch);
        json_put_string(j, "release", *f->release ? f->release : NULL);
        json_put_string(j, "kernel", f->pair.kernel);
        json_put_string(j, "kernel_link", *f->pair.kernel_link ? f->pair.kernel_link : NULL);
        json_put_string(j, "kernel_format", f->kernel_format);
        json_put_number(j, "kernel_bytes", (i64)f->kernel_bytes);
        json_put_string(j, "initrd", f->pair.initrd);
        json_put_string(j, "initrd_link", *f->pair.initrd_link ? f->pair.initrd_link : NULL);
        json_put_string(j, "initrd_format", f->initrd_format);
        json_put_number(j, "initrd_bytes", (i64)f->initrd_bytes);
        json_put_string(j, "sha256", f->digest);
        json_close(j, '}');
}

void bootdir_view_update(const char *share, const char *name, const struct bootdir_update *u)
{
        print_found(share, &u->found);
        if (name && u->outcome == BOOTDIR_KEPT)
                printf("%s keeps the pair from before: %s\n", name, u->why_kept.text);
        else if (name)
                printf(u->outcome == BOOTDIR_NEW ? "%s starts from this pair from now on\n" : "%s starts from this pair already\n", name);
}

void bootdir_view_update_json(const char *share, const char *name, const struct bootdir_update *u)
{
        struct json j = { .to = stdout };
        json_open(&j, NULL, '{');
        json_put_string(&j, "share", share);
        found_json(&j, "pair", &u->found);
        if (name) {
                json_put_string(&j, "guest", name);
                json_put_string(&j, "outcome", outcomes[u->outcome]);
                json_put_string(&j, "why_kept", u->outcome == BOOTDIR_KEPT ? u->why_kept.text : NULL);
        }
        json_close(&j, '}');
}

/* ---- check ---- */

static void print_entry(void *to, const struct bootdir_entry *entry)
{
        printf("%-8s %10" PRIu64 "  %s%s%s\n", entry->kind, entry->bytes, entry->name, entry->to ? " -> " : "", entry->to ? entry->to : "");
        if (entry->problem)
                printf("         %s\n", entry->problem);
}

static void entry_json(void *to, const struct bootdir_entry *entry)
{
        struct json *j = to;
        json_open(j, NULL, '{');
        json_put_string(j, "name", entry->name);
        json_put_string(j, "kind", entry->kind);
        json_put_number(j, "bytes", (i64)entry->bytes);
        json_put_string(j, "to", entry->to);
        json_put_string(j, "problem", entry->problem);
        json_close(j, '}');
}

int bootdir_view_check(int share, const char *path, const struct bootdir_found *found, const struct err *why, bool json, struct err *e)
{
        struct json j = { .to = stdout };
        if (!json) {
                if (bootdir_survey(share, print_entry, NULL, e) < 0)
                        return -1;
                puts("");
                if (found)
                        print_found(path, found);
                else
                        printf("A guest does not start from this: %s\n", why->text);
                return 0;
        }
        json_open(&j, NULL, '{');
        json_put_string(&j, "share", path);
        json_open(&j, "entries", '[');
        int status = bootdir_survey(share, entry_json, &j, e);
        json_close(&j, ']');
        json_put_bool(&j, "good", found);
        if (found)
                found_json(&j, "pair", found);
        else
                json_put_string(&j, "problem", why->text);
        json_close(&j, '}');
        return status;
}

/* ---- status ---- */

static void print_status(const struct bootdir_status *s)
{
        char when[40] = "";
        time_t at = (time_t)s->taken_at;
        struct tm tm;
        if (s->has_current && localtime_r(&at, &tm))
                strftime(when, sizeof when, "%F %T", &tm);
        printf("%s\n", s->name);
        if (s->has_current)
                printf("  current   Linux %s for %s, since %s%s\n", s->current.release, s->current.arch, when,
                        s->proven ? ", has run well" : "");
        if (s->has_previous)
                printf("  previous  Linux %s\n", s->previous.release);
        if (*s->refused)
                puts("  The guest's newer pair was rolled back from.");
}

static void status_json(struct json *j, const struct bootdir_status *s)
{
        json_open(j, NULL, '{');
        json_put_string(j, "guest", s->name);
        if (s->has_current) {
                found_json(j, "current", &s->current);
                json_put_number(j, "taken_at", s->taken_at);
                json_put_bool(j, "proven", s->proven);
        }
        if (s->has_previous)
                found_json(j, "previous", &s->previous);
        json_put_string(j, "refused_sha256", *s->refused ? s->refused : NULL);
        json_close(j, '}');
}

static int view_guest(const char *root, const char *name, struct json *j, struct err *e)
{
        struct bootdir_status s;
        int known = bootdir_store_status(root, name, &s, e);
        if (known <= 0)
                return known;
        j ? status_json(j, &s) : print_status(&s);
        free(s.name);
        return 1;
}

/* Every guest of the store, in the order of names. 0 also when there is no store yet. */
static int view_all(const char *root, struct json *j, struct err *e)
{
        struct dirent **names;
        int count = scandir(root, &names, NULL, alphasort), status = 0;
        if (count < 0)
                return errno == ENOENT ? 0 : err_set(e, 1, "cannot list %s: %s", root, strerror(errno));
        for (int i = 0; i < count; i++) {
                if (status >= 0 && names[i]->d_name[0] != '.')
                        status = view_guest(root, names[i]->d_name, j, e);
                free(names[i]);
        }
        free(names);
        return status < 0 ? -1 : 0;
}

int bootdir_view_status(const char *root, const char *name, const char *hooks, bool json, struct err *e)
{
        struct json j = { .to = stdout };
        if (json) {
                json_open(&j, NULL, '{');
                json_put_bool(&j, "hook_installed", bootdir_hook_installed(hooks));
                json_put_string(&j, "store", root);
                json_open(&j, "guests", '[');
        } else {
                printf("hook  %s\n", bootdir_hook_installed(hooks) ? "installed" : "not installed (`crossarm vm bootdir install`)");
        }
        int status = name ? view_guest(root, name, json ? &j : NULL, e) : view_all(root, json ? &j : NULL, e);
        if (json) {
                json_close(&j, ']');
                json_close(&j, '}');
        }
        if (name && !status)
                return err_set(e, 1, "nothing is kept of a guest '%s' in %s", name, root);
        return status < 0 ? -1 : 0;
}
