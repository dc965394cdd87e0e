/* Where firmware is announced: folders of descriptors, the nvram list of qemu.conf, known paths. */
#include "vm/firmware_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/out.h"
#include "base/util.h"

enum { MAX_DESCRIPTOR = 1 << 20 /* libvirt's limit too */, MAX_QEMU_CONF = 1 << 20, MAX_FILES = 1024 };

/* A descriptor's name and the folder of highest priority that has it; or what is no file, for itself. */
struct found {
        char *name;
        const char *folder;
        bool odd;
};

static int by_name(const void *a, const void *b)
{
        return strcmp(((const struct found *)a)->name, ((const struct found *)b)->name);
}

static struct found *find_name(struct found *all, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (!all[i].odd && !strcmp(all[i].name, name))
                        return &all[i];
        return NULL;
}

/* Hidden files and folders are no descriptors, all others are: libvirt looks at no suffix, and stops at a link that leads nowhere. */
static size_t add_folder(struct found *all, size_t count, const char *folder)
{
        DIR *dir = opendir(folder);
        for (struct dirent *d; dir && count < MAX_FILES && (d = readdir(dir));) {
                AUTO_FREE char *path = format("%s/%s", folder, d->d_name);
                struct stat st;
                bool there = stat(path, &st) == 0, odd = there && !S_ISREG(st.st_mode);
                if (*d->d_name == '.' || (there && S_ISDIR(st.st_mode)))
                        continue;
                struct found *same = odd ? NULL : find_name(all, count, d->d_name);
                if (same)
                        same->folder = folder;
                else
                        all[count++] = (struct found){ format("%s", d->d_name), folder, odd };
        }
        if (dir)
                closedir(dir);
        return count;
}

static void add_odd(struct firmware_list *list, const char *path)
{
        struct firmware *fw = firmware_add(list);
        fw->source = format("%s", path);
        fw->mapping = FW_OTHER;
        firmware_note(fw, FW_WARNING, "it is no regular file: libvirt passes it by, and it hides nothing; an empty file does");
}

void firmware_add_file(struct firmware_list *list, const char *path)
{
        struct firmware *fw = firmware_add(list);
        AUTO_FREE char *text = read_text(AT_FDCWD, path, MAX_DESCRIPTOR + 1);
        size_t len = text ? strlen(text) : 0;
        if (!text || len > MAX_DESCRIPTOR) {
                fw->source = format("%s", path);
                fw->mapping = FW_OTHER;
                firmware_note(fw, FW_MALFORMED, "it cannot be read: %s", text ? "it is larger than 1 MiB" : err_name(errno));
        } else if (!*text) {
                fw->source = format("%s", path);
                fw->masked = true;
                firmware_note(fw, FW_NOTE, "it is empty: it hides the descriptors of this name in folders of lower priority");
        } else {
                firmware_parse(text, len, path, fw);
                firmware_judge(fw);
        }
}

static void add_descriptors(struct firmware_list *list, const char *const *folders)
{
        struct found *all = calloc(MAX_FILES, sizeof *all);
        check(all);
        size_t count = 0;
        for (; folders && *folders; folders++)
                count = add_folder(all, count, *folders);
        qsort(all, count, sizeof *all, by_name);
        for (size_t i = 0; i < count; i++) {
                AUTO_FREE char *path = format("%s/%s", all[i].folder, all[i].name);
                all[i].odd ? add_odd(list, path) : firmware_add_file(list, path);
                free(all[i].name);
        }
        free(all);
}

/* ---- pairs without a descriptor ---- */

static bool has_code(const struct firmware_list *list, const char *code)
{
        return firmware_of_code(list, code) != NULL;
}

static void add_pair(struct firmware_list *list, enum firmware_origin origin, const char *source, const char *code, const char *vars)
{
        if (has_code(list, code))
                return;
        struct firmware *fw = firmware_add(list);
        *fw = (struct firmware){
                .origin = origin,
                .source = format("%s", source),
                .description = format("%s", strrchr(code, '/') ? strrchr(code, '/') + 1 : code),
                .interfaces = FW_UEFI,
                .mapping = FW_SPLIT,
                .code = format("%s", code),
                .code_format = format("raw"),
                .vars = format("%s", vars),
                .vars_format = format("raw"),
        };
        if (strstr(code, "secboot") && !strstr(code, "no-secboot")) {
                fw->features |= FW_SECURE_BOOT | (strstr(code, "OVMF") ? FW_REQUIRES_SMM : 0);
                firmware_note(fw, FW_NOTE, "by its name it has Secure Boot%s", strstr(code, "OVMF") ? " and requires SMM" : "");
        }
        firmware_judge(fw);
}

/* `nvram = [ "CODE:VARS", ... ]` of libvirt's own format: comments from # to the line's end, text in double or single quotes. */
static const char *nvram_list(const char *conf)
{
        for (const char *line = conf; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
                const char *at = line + strspn(line, " \t");
                if (strncmp(at, "nvram", 5))
                        continue;
                at += 5 + strspn(at + 5, " \t");
                if (*at == '=' && (at += 1 + strspn(at + 1, " \t\n")) && *at == '[')
                        return at + 1;
        }
        return NULL;
}

static void add_nvram_list(struct firmware_list *list, const char *conf, const char *source)
{
        for (const char *at = nvram_list(conf); at && *at && *at != ']'; at++) {
                if (*at == '#')
                        at += strcspn(at, "\n") - 1;
                if (*at != '"' && *at != '\'')
                        continue;
                size_t len = strcspn(at + 1, (char[]){ *at, '\n', 0 });
                AUTO_FREE char *code = format("%.*s", (int)len, at + 1);
                char *colon = strchr(code, ':');
                at += len + (at[len + 1] == *at);
                if (!colon)
                        continue;
                *colon = 0;
                add_pair(list, FW_QEMU_CONF, source, code, colon + 1);
        }
}

static const struct {
        const char *code, *vars;
} known[] = {
#define KNOWN(code, vars) { code, vars },
#include "vm/firmware_known.def"
#undef KNOWN
};

void firmware_list_read(const struct firmware_places *places, struct firmware_list *list)
{
        *list = (struct firmware_list){ 0 };
        add_descriptors(list, places->folders);
        AUTO_FREE char *conf = places->qemu_conf ? read_text(AT_FDCWD, places->qemu_conf, MAX_QEMU_CONF) : NULL;
        if (conf)
                add_nvram_list(list, conf, places->qemu_conf);
        for (size_t i = 0; places->known_paths && i < ARRAY_LEN(known); i++)
                if (access(known[i].code, F_OK) == 0 && access(known[i].vars, F_OK) == 0)
                        add_pair(list, FW_KNOWN_PATH, "known path", known[i].code, known[i].vars);
}

void firmware_list_here(bool session, struct firmware_list *list)
{
        const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
        AUTO_FREE char *config = xdg && *xdg ? format("%s", xdg) : format("%s/.config", home ? home : "");
        AUTO_FREE char *own = format("%s/qemu/firmware", config), *conf = format("%s/libvirt/qemu.conf", config);
        const char *const folders[] = { "/usr/share/qemu/firmware", "/etc/qemu/firmware", session ? own : NULL, NULL };
        firmware_list_read(
                &(struct firmware_places){
                        .folders = folders, .qemu_conf = session ? conf : "/etc/libvirt/qemu.conf", .known_paths = true },
                list);
}
