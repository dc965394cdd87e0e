#include "doctor/script.h"

#include <string.h>

bool look_crlf(const struct subject *s, struct finding *out)
{
        const u8 *end = s->program.kind == PROGRAM_SCRIPT ? memchr(s->head, '\n', s->len) : NULL;
        if (!end || end == s->head || end[-1] != '\r')
                return false;
        AUTO_FREE char *path = quoted(s->path);
        out->text = format("the lines of %s end as on Windows (CR LF): the kernel looks for a program called '%s\\r'", s->name,
                s->program.interp_arg[0] ? s->program.interp_arg : s->program.interp);
        out->fix = format("sed -i 's/\\r$//' %s", path);
        return true;
}

static bool there(const struct subject *s, const char *path)
{
        AUTO_CLOSE int fd = subject_open(s, path);
        return fd >= 0;
}

/* Which package of Debian's has a program, where it is not called the same. */
static const char *package_of(const char *program)
{
        static const struct {
                const char *program, *package;
        } others[] = { { "python", "python-is-python3" }, { "node", "nodejs" }, { "awk", "gawk" }, { "php", "php-cli" },
                { "env", "coreutils" }, { "sh", "dash" }, { "pwsh", "powershell" }, { "wish", "tk" }, { "tclsh", "tcl" },
                { "Rscript", "r-base-core" } };
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                if (!strcmp(program, others[i].program))
                        return others[i].package;
        return program;
}

/* The word that env looks for in PATH; NULL when it is none or env is not what runs the script. */
static const char *env_word(const struct subject *s)
{
        const char *base = strrchr(s->program.interp, '/');
        const char *word = s->program.interp_arg;
        return base && !strcmp(base, "/env") && *word && *word != '-' && !strpbrk(word, " \t=/") ? word : NULL;
}

static bool in_path(const struct subject *s, const char *word)
{
        const char *own = s->tree ? NULL : getenv("PATH");
        const char *path = own ? own : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        for (const char *at = path; *at;) {
                size_t len = strcspn(at, ":");
                AUTO_FREE char *file = format("%.*s/%s", (int)len, at, word);
                if (there(s, file))
                        return true;
                at += len + (at[len] == ':');
        }
        return false;
}

bool look_interpreter(const struct subject *s, struct finding *out)
{
        const char *interp = s->program.interp, *word = NULL;
        if (s->program.kind != PROGRAM_SCRIPT)
                return false;
        if (!*interp) {
                AUTO_FREE char *path = quoted(s->path);
                out->text = format("the #! line of %s names no interpreter", s->name);
                out->fix = format("sed -i '1s|.*|#!/bin/sh|' %s", path);
                return true;
        }
        bool missing = *interp == '/' && !there(s, interp);
        if (!missing && ((word = env_word(s)) == NULL || in_path(s, word)))
                return false;
        const char *base = word ? word : strrchr(interp, '/') + 1;
        AUTO_FREE char *package = quoted(package_of(base));
        out->text = word ? format("%s is a script for %s, which env does not find in PATH%s%s", s->name, word, s->tree ? " of " : "",
                                   s->tree ? s->tree : "")
                         : format("%s is a script for %s, which is not in %s", s->name, interp, s->tree ? s->tree : "this machine");
        out->fix = install_command(s, package);
        return true;
}
