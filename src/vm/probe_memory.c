/* Answers of earlier probes, kept in a file. */
#include "vm/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/conn.h"
#include "vm/jsn.h"

enum { MAX_FILE = 1 << 20, PIECE = 1 << 16 };

#define FNV_BASIS 14695981039346656037ull
#define FNV_PRIME 1099511628211ull

/* FNV-1a of a file's content, by words: it tells files apart that were made in good faith. "" when there is none. */
static char *fingerprint(const char *path)
{
        AUTO_CLOSE int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        u64 hash = FNV_BASIS, size = 0, words[PIECE / 8];
        for (ssize_t n; fd >= 0 && (n = read(fd, words, sizeof words)) > 0; size += (u64)n) {
                memset((u8 *)words + n, 0, sizeof words - (size_t)n);
                for (size_t i = 0; i < ((size_t)n + 7) / 8; i++)
                        hash = (hash ^ words[i]) * FNV_PRIME;
        }
        return fd < 0 ? format("%s", "") : format("%llx-%016llx", (unsigned long long)size, (unsigned long long)hash);
}

static char *cache_folder(void)
{
        const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
        return xdg && *xdg == '/' ? format("%s/crossarm", xdg) : format("%s/.cache/crossarm", home ? home : "/root");
}

static json_t *read_answers(const char *folder)
{
        struct err e;
        AUTO_FREE char *path = format("%s/vm-ports.json", folder);
        AUTO_FREE char *text = read_text(AT_FDCWD, path, MAX_FILE);
        json_t *answers = text ? jsn_parse(text, strlen(text), "the file of remembered probes", &e) : NULL;
        return answers ? answers : json_object();
}

/* What the answer depends on, in one text. */
static char *key_of(const struct probe_machine *m)
{
        AUTO_FREE char *emulator = fingerprint(m->emulator), *code = fingerprint(m->code);
        return format("%s %s %s%s %s", emulator, m->arch, m->machine, m->highmem ? "" : ",highmem=off", *code ? code : "bios");
}

bool probe_recall(const struct probe_machine *m, unsigned *ports, unsigned *most)
{
        AUTO_FREE char *folder = cache_folder();
        AUTO_JSN json_t *answers = read_answers(folder);
        if (!json_object_size(answers))
                return false;
        AUTO_FREE char *key = key_of(m);
        const json_t *answer = json_object_get(answers, key);
        *ports = (unsigned)json_integer_value(json_object_get(answer, "root_ports"));
        *most = (unsigned)json_integer_value(json_object_get(answer, "most"));
        return *ports > 0;
}

static int write_answers(const char *folder, const json_t *answers)
{
        AUTO_FREE char *path = format("%s/vm-ports.json", folder), *new = format("%s.%d", path, getpid());
        AUTO_CLOSE int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_mkdirs(root, folder, 0755) < 0)
                return -1;
        if (json_dump_file(answers, new, JSON_INDENT(2) | JSON_SORT_KEYS) < 0 || rename(new, path) < 0) {
                int error = errno;
                unlink(new);
                errno = error;
                return -1;
        }
        return 0;
}

unsigned probe_known(const char *uri, xmlNode *domain)
{
        AUTO_PROBE_MACHINE struct probe_machine machine = { 0 };
        unsigned probed, most;
        if (uri && !vm_uri_here(uri))
                return 0; /* what was booted was this machine's QEMU */
        return probe_machine_of(domain, &machine) && probe_recall(&machine, &probed, &most) && probed < most ? probed : 0;
}

int probe_remember(const struct probe_machine *m, unsigned ports, unsigned most, struct err *e)
{
        AUTO_FREE char *folder = cache_folder(), *key = key_of(m);
        AUTO_JSN json_t *answers = read_answers(folder);
        json_object_set_new(answers, key,
                json_pack("{s:s, s:s, s:s*, s:i, s:i}", "machine", m->machine, "emulator", m->emulator, "firmware", m->code, "root_ports",
                        (int)ports, "most", (int)most));
        return write_answers(folder, answers) < 0 ? err_set(e, 1, "cannot keep the answer in %s: %s", folder, err_name(errno)) : 0;
}
