#include "doctor/subject.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor/libraries.h"
#include "doctor/loader.h"

enum { SCRIPT_DEPTH = 4 }; /* the kernel's own limit, fs/exec.c */

void findings_add(struct findings *f, const struct finding *one)
{
        struct finding *more = realloc(f->at, (f->count + 1) * sizeof *more);
        if (!more)
                abort();
        f->at = more;
        f->at[f->count++] = *one;
}

void findings_free(struct findings *f)
{
        for (size_t i = 0; i < f->count; i++) {
                free(f->at[i].text);
                free(f->at[i].fix);
        }
        free(f->at);
        *f = (struct findings){ 0 };
}

bool findings_wrong(const struct findings *f)
{
        for (size_t i = 0; i < f->count; i++)
                if (f->at[i].mark == FINDING_WRONG)
                        return true;
        return false;
}

const char *as_root(void)
{
        return geteuid() == 0 ? "" : "sudo ";
}

char *quoted(const char *word)
{
        bool plain = *word && *word != '-' && *word != '~';
        size_t marks = 0;
        for (const char *at = word; *at; at++) {
                plain &= isalnum((unsigned char)*at) || strchr("/._-+:=,@%~", *at);
                marks += *at == '\'';
        }
        if (plain)
                return format("%s", word);
        char *out = malloc(strlen(word) + 3 * marks + 3), *to = out;
        if (!out)
                abort();
        *to++ = '\'';
        for (const char *at = word; *at; at++)
                to = *at == '\'' ? stpcpy(to, "'\\''") : (*to = *at, to + 1);
        strcpy(to, "'");
        return out;
}

int subject_open(const struct subject *s, const char *path)
{
        return root_open(s->root, path, O_RDONLY | O_NONBLOCK, 0);
}

/* A package manager, and how it finds a package by the name of a library in it: NULL when only by the package's own name. */
struct manager {
        const char *program, *words, *library;
};

static const struct manager *manager_of(const struct subject *s)
{
        static const struct manager managers[] = {
                { "/usr/bin/apt-get", "apt-get install -y", NULL },
                { "/sbin/apk", "apk add", "so:%s" },
                { "/usr/bin/dnf", "dnf install -y", "'%s()(64bit)'" },
                { "/usr/bin/zypper", "zypper install -y", "'%s()(64bit)'" },
                { "/usr/bin/pacman", "pacman -S --noconfirm", NULL },
        };
        for (size_t i = 0; i < ARRAY_LEN(managers); i++) {
                AUTO_CLOSE int fd = subject_open(s, managers[i].program);
                if (fd >= 0)
                        return &managers[i];
        }
        return NULL;
}

static char *command_of(const struct subject *s, const struct manager *m, const char *what)
{
        AUTO_FREE char *tree = quoted(s->tree ? s->tree : "");
        return s->tree ? format("crossarm run %s -- %s %s", tree, m->words, what) : format("%s%s %s", as_root(), m->words, what);
}

char *install_command(const struct subject *s, const char *package)
{
        const struct manager *m = manager_of(s);
        return m ? command_of(s, m, package) : NULL;
}

char *install_library_command(const struct subject *s, const char *library)
{
        const struct manager *m = manager_of(s);
        if (m && m->library) {
                size_t mark = strcspn(m->library, "%");
                AUTO_FREE char *what = format("%.*s%s%s", (int)mark, m->library, library, m->library + mark + 2);
                return command_of(s, m, what);
        }
        AUTO_FREE char *package = m && strstr(m->words, "apt-get") ? library_debian(library) : NULL;
        return package ? command_of(s, m, package) : NULL;
}

static const struct arch *arch_of(const u8 *head, size_t len)
{
        if (len < ARCH_HEAD || memcmp(head, ELFMAG, SELFMAG))
                return NULL;
        bool big = head[EI_DATA] == ELFDATA2MSB;
        u16 machine = big ? (u16)(head[18] << 8 | head[19]) : (u16)(head[19] << 8 | head[18]);
        for (const struct arch *a = archs; a->name; a++)
                if (a->machine == machine && a->big == big && a->bits == (head[EI_CLASS] == ELFCLASS64 ? 64 : 32))
                        return a;
        return NULL;
}

int subject_read(struct subject *s)
{
        if (fstat(s->fd, &s->st) < 0)
                return -1;
        if (!S_ISREG(s->st.st_mode))
                return errno = S_ISDIR(s->st.st_mode) ? EISDIR : ENOEXEC, -1;
        ssize_t n = pread(s->fd, s->head, sizeof s->head, 0);
        if (n < 0 || probe_program(s->fd, &s->program) < 0)
                return -1;
        s->len = (size_t)n;
        s->arch = arch_of(s->head, s->len);
        binfmt_view_read(&s->view, BINFMT_DIR);
        loader_read(s->fd, s->arch, s->interp);
        if (s->arch)
                binfmt_report_make(
                        &s->report, &s->view, s->arch, arch_has_appimage(s->arch) && !memcmp(s->head + EI_ABIVERSION, "AI\2", 3));
        return 0;
}

void subject_free(struct subject *s)
{
        binfmt_report_free(&s->report);
        binfmt_view_free(&s->view);
}

/* False when one was found after which nothing more can be told. */
static bool judge_by(const struct cause *causes, const struct subject *s, struct findings *f)
{
        for (const struct cause *c = causes; c->name; c++) {
                struct finding one = { .cause = c->name, .mark = FINDING_WRONG };
                if (!c->look(s, &one))
                        continue;
                findings_add(f, &one);
                if (c->last)
                        return false;
        }
        return true;
}

static void judge_interpreter(const struct subject *script, struct findings *f)
{
        AUTO_CLOSE int fd = subject_open(script, script->program.interp);
        AUTO_FREE char *name = format("%s, which runs %s,", script->program.interp, script->name);
        AUTO_FREE char *path = format("%s%s", script->tree ? script->tree : "", script->program.interp);
        struct subject s = { .name = name,
                .path = path,
                .tree = script->tree,
                .run = script->run,
                .engine = script->engine,
                .fd = fd,
                .root = script->root,
                .depth = script->depth + 1 };
        if (fd < 0 || script->program.interp[0] != '/' || s.depth > SCRIPT_DEPTH || subject_read(&s) < 0)
                return; /* an interpreter that cannot be opened is a finding of the script's */
        subject_judge(&s, f);
        subject_free(&s);
}

void subject_judge(const struct subject *s, struct findings *f)
{
        if (!judge_by(file_causes, s, f))
                return;
        if (s->program.kind == PROGRAM_SCRIPT)
                judge_interpreter(s, f);
        else if (judge_by(handler_causes, s, f))
                judge_by(tree_causes, s, f);
        if (s->program.kind != PROGRAM_SCRIPT)
                judge_by(library_causes, s, f);
}
