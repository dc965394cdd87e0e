#include "audit/documents.h"

#include <ctype.h>
#include <fnmatch.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* The folder `levels` above the file, with its slash: "a/b/" of "a/b/c"; "" at the top. */
static char *folder_of(const char *path, int levels)
{
        size_t n = strlen(path);
        for (; levels && n; levels--)
                for (n--; n && path[n - 1] != '/'; n--)
                        ;
        return format("%.*s", (int)n, path);
}

/* The value of "NAME: value" at a line's start, malloced; NULL. `from` is where to go on, or NULL at first. */
static char *field(const char *text, const char *name, const char **from)
{
        size_t len = strlen(name);
        for (const char *line = from && *from ? *from : text; *line;) {
                const char *end = strchrnul(line, '\n');
                if (!strncasecmp(line, name, len) && line[len] == ':') {
                        const char *v = line + len + 1;
                        while (v < end && isblank((u8)*v))
                                v++;
                        if (from)
                                *from = *end ? end + 1 : end;
                        while (end > v && isspace((u8)end[-1]))
                                end--;
                        return format("%.*s", (int)(end - v), v);
                }
                line = *end ? end + 1 : end;
        }
        return NULL;
}

static void lower(char *s)
{
        for (; *s; s++)
                *s = (char)tolower((u8)*s);
}

static void set_said(struct claim *c, const struct said *s)
{
        c->machine = s->machine;
        c->system = s->system;
        c->libc = s->libc;
}

/* ---- Debian: control ---- */

static void take_control(struct artefact *a, const char *path, const char *text)
{
        AUTO_FREE char *arch = field(text, "Architecture", NULL);
        if (!arch || strcmp(a->type, "deb"))
                return;
        struct claim *c = artefact_claim(a, "", format("control: Architecture: %s", arch));
        lower(arch);
        /* "musl-linux-arm64", "kfreebsd-amd64", "arm64" */
        struct said s = said_by(arch, strlen(arch));
        set_said(c, &s);
        c->any = !strcmp(arch, "all");
        c->system = s.system ? s.system : SYSTEM_LINUX;
        (void)path;
}

/* ---- Python: WHEEL ---- */

static void wheel_tag(struct claim *c, const char *tag)
{
        const char *platform = strrchr(tag, '-');
        if (!platform)
                return;
        platform++;
        if (!strcmp(platform, "any")) {
                c->any = true;
                return;
        }
        struct said s = said_by(platform, strlen(platform));
        set_said(c, &s);
        if (strstr(platform, "universal2"))
                c->machine = MACHINE_NONE;
        if (!strncmp(platform, "musllinux", 9))
                c->libc = LIBC_MUSL;
        else if (!strncmp(platform, "manylinux", 9))
                c->libc = LIBC_GLIBC;
}

static void take_wheel(struct artefact *a, const char *path, const char *text)
{
        const char *from = NULL;
        AUTO_FREE char *dir = folder_of(path, 2);
        for (char *tag; (tag = field(text, "Tag", &from)); free(tag)) {
                struct claim c = { 0 };
                wheel_tag(&c, tag);
                /* Several tags of one wheel say the same processor, or several systems. The first with a processor is it. */
                /* Installed ones share a folder: that one of them is pure says nothing about its neighbours. */
                if (!c.machine && !(c.any && !strcmp(a->type, "wheel")))
                        continue;
                struct claim *mine = artefact_claim(a, dir, format("WHEEL: Tag: %s", tag));
                mine->machine = c.machine;
                mine->system = c.system;
                mine->libc = c.libc;
                mine->any = c.any;
                free(tag);
                return;
        }
}

/* ---- npm: package.json ---- */

/* The one processor or system that a list names; several or exceptions ("!x64") say nothing. */
static const char *only_one(const json_t *list)
{
        const char *s = json_is_string(list) ? json_string_value(list) : json_string_value(json_array_get(list, 0));
        if (json_array_size(list) > 1 || !s || *s == '!' || !strcmp(s, "any"))
                return NULL;
        return s;
}

/* cpu: [x32, x64] is x86, too: then the first is taken. */
static enum machine npm_machine(const json_t *cpu)
{
        enum machine first = MACHINE_NONE;
        for (size_t i = 0; i < json_array_size(cpu); i++) {
                const char *s = json_string_value(json_array_get(cpu, i));
                enum machine m = !s || !strcmp(s, "x32") ? MACHINE_NONE : machine_of_word(s);
                if (s && *s == '!')
                        return MACHINE_NONE;
                if (m && first && m != first)
                        return MACHINE_NONE;
                first = m ? m : first;
        }
        return first;
}

static void take_scripts(struct artefact *a, const json_t *root)
{
        static const char *const hooks[] = { "preinstall", "install", "postinstall" };
        static const char *const fetchers[] = { "prebuild-install", "node-pre-gyp", "prebuildify-ci", "cmake-js", "node-gyp ",
                "node-gyp-build", "download", "install.js", "install.mjs", "postinstall" };
        const json_t *scripts = json_object_get(root, "scripts");
        for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
                const char *s = json_string_value(json_object_get(scripts, hooks[i]));
                for (size_t k = 0; s && k < ARRAY_LEN(fetchers) && !a->downloads; k++)
                        if (strstr(s, fetchers[k])) {
                                a->downloads = true;
                                a->download_how = format("package.json: %s: %.120s", hooks[i], s);
                        }
        }
}

static void take_package_json(struct artefact *a, const char *path, const char *text, size_t len)
{
        json_t *root = json_loadb(text, len, JSON_DISABLE_EOF_CHECK, NULL);
        AUTO_FREE char *dir = folder_of(path, 1);
        const json_t *cpu = json_object_get(root, "cpu");
        const char *os = only_one(json_object_get(root, "os")), *libc = only_one(json_object_get(root, "libc"));
        enum machine m = npm_machine(cpu);
        if (m) {
                AUTO_FREE char *list = json_dumps(cpu, JSON_COMPACT);
                struct claim *c = artefact_claim(a, dir, format("package.json: cpu: %.100s", list ? list : ""));
                c->machine = m;
                c->system = os ? system_of_word(os) : SYSTEM_NONE;
                c->libc = libc ? libc_of_word(libc) : LIBC_NONE;
        }
        if (!strcmp(path, "package/package.json") || !strcmp(path, "package.json"))
                take_scripts(a, root);
        json_decref(root);
}

/* ---- others ---- */

static void take_conda(struct artefact *a, const char *path, const char *text, size_t len)
{
        if (!strcmp(a->type, "tar"))
                a->type = "conda package";
        json_t *root = json_loadb(text, len, 0, NULL);
        const char *subdir = json_string_value(json_object_get(root, "subdir"));
        (void)path;
        if (subdir) {
                struct claim *c = artefact_claim(a, "", format("info/index.json: subdir: %.60s", subdir));
                struct said s = said_by(subdir, strlen(subdir));
                set_said(c, &s);
                c->any = !strcmp(subdir, "noarch");
                /* "linux-64", "linux-32", "osx-64", "win-64": the number alone is x86. */
                if (!c->machine && strstr(subdir, "-64"))
                        c->machine = MACHINE_AMD64;
                else if (!c->machine && strstr(subdir, "-32"))
                        c->machine = MACHINE_I386;
        }
        json_decref(root);
}

/* The gem's YAML: "platform: ruby" is for every processor, the others are like "x86_64-linux-musl"; old gems have an object of "cpu" and
 * "os" instead. */
static void take_gem(struct artefact *a, const char *path, const char *text)
{
        AUTO_FREE char *platform = field(text, "platform", NULL), *original = field(text, "original_platform", NULL);
        AUTO_FREE char *cpu = field(text, "  cpu", NULL), *os = field(text, "  os", NULL);
        AUTO_FREE char *both = cpu && os ? format("%s-%s", cpu, os) : NULL;
        bool object = platform && *platform == '!';
        char *p = object ? both : platform && *platform ? platform : original;
        (void)path;
        if (!p)
                return;
        struct claim *c = artefact_claim(a, "", format("metadata: platform: %.60s", p));
        struct said s = said_by(p, strlen(p));
        set_said(c, &s);
        c->any = !strcmp(p, "ruby");
}

/* QEMU's docs/interop/firmware.json */
static void take_firmware(struct artefact *a, const char *path, const char *text, size_t len)
{
        json_t *root = json_loadb(text, len, 0, NULL);
        const json_t *target = json_array_get(json_object_get(root, "targets"), 0);
        const char *arch = json_string_value(json_object_get(target, "architecture"));
        enum machine m = arch ? machine_of_word(arch) : MACHINE_NONE;
        (void)path;
        if (m) {
                a->firmware_said = true;
                a->firmware = m;
        }
        json_decref(root);
}

static void take_text_control(struct artefact *a, const char *path, const char *text, size_t len)
{
        (void)len;
        take_control(a, path, text);
}

static void take_text_wheel(struct artefact *a, const char *path, const char *text, size_t len)
{
        (void)len;
        take_wheel(a, path, text);
}

static void take_text_gem(struct artefact *a, const char *path, const char *text, size_t len)
{
        (void)len;
        take_gem(a, path, text);
}

static void take_gyp(struct artefact *a, const char *path, const char *text, size_t len)
{
        (void)path;
        (void)text;
        (void)len;
        a->builds = true;
}

static const struct {
        const char *pattern, *type; /* type: only in artefacts of it */
        void (*take)(struct artefact *a, const char *path, const char *text, size_t len);
} texts[] = {
        { "control", "deb", take_text_control },
        { "./control", "deb", take_text_control },
        { "*.dist-info/WHEEL", NULL, take_text_wheel },
        { "package.json", NULL, take_package_json },
        { "*/package.json", NULL, take_package_json },
        { "package/binding.gyp", NULL, take_gyp },
        { "binding.gyp", NULL, take_gyp },
        { "info/index.json", NULL, take_conda },
        { "metadata", "gem", take_text_gem },
        { "*qemu/firmware/*.json", NULL, take_firmware },
};

/* The texts of an image: kept as they are, because they refer to each other. */
static const char *const image_texts[] = { "index.json", "manifest.json", "oci-layout", "blobs/sha256/*", "blobs/sha512/*",
        "????????????????????????????????????????????????????????????????.json", "*/index.json", "*/manifest.json", "*/oci-layout",
        "*/blobs/sha256/*" };

static bool is_image_text(const char *path)
{
        for (size_t i = 0; i < ARRAY_LEN(image_texts); i++)
                if (!fnmatch(image_texts[i], path, 0))
                        return true;
        return false;
}

bool document_wanted(const char *path, bool json)
{
        const char *base = strrchr(path, '/');
        base = base ? base + 1 : path;
        if (json && is_image_text(path))
                return true;
        if (!json && strcmp(base, "control") && strcmp(base, "package.json") && strcmp(base, "index.json") && strcmp(base, "WHEEL") &&
                strcmp(base, "metadata") && strcmp(base, "manifest.json") && strcmp(base, "binding.gyp"))
                return false;
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                if (!fnmatch(texts[i].pattern, path, 0))
                        return true;
        return !strcmp(path, "manifest.json"); /* docker's is a list, which kind_of() does not know */
}

void document_take(struct artefact *a, const char *path, char *text, size_t len)
{
        if (!strcmp(path, "package/package.json") && !strcmp(a->type, "tar"))
                a->type = "npm package";
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                if (!fnmatch(texts[i].pattern, path, 0) && (!texts[i].type || !strcmp(texts[i].type, a->type))) {
                        texts[i].take(a, path, text, len);
                        break;
                }
        if (is_image_text(path))
                artefact_document(a, path, text, len);
        else
                free(text);
}
