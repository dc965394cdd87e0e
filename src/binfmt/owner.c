#include "binfmt/owner.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "binfmt/persist.h"
#include "base/util.h"

/* In falling order of precedence: a file hides those of the same name in later folders (binfmt.d(5)). */
static const char *const dirs[] = { "/etc/binfmt.d", "/run/binfmt.d", "/usr/local/lib/binfmt.d", "/usr/lib/binfmt.d" };

/* The line of the file that registers `handler`, its first field, whatever the delimiter; cut off in place. NULL without one. */
static char *line_for(char *text, const char *handler)
{
        size_t n = strlen(handler);
        for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
                if (*line != '#' && *line != ';' && !strncmp(line + 1, handler, n) && line[0] == line[1 + n])
                        return line;
        return NULL;
}

static bool names(const char *line, const char *interpreter)
{
        AUTO_FREE char *field = format("%c%s%c", line[0], interpreter, line[0]);
        return strstr(line, field);
}

static bool hidden(const char *root, size_t dir, const char *file)
{
        for (size_t i = 0; i < dir; i++) {
                AUTO_FREE char *path = format("%s%s/%s", root, dirs[i], file);
                if (access(path, F_OK) == 0)
                        return true;
        }
        return false;
}

static char *in_binfmt_d(const char *root, size_t dir, const char *handler, const char *interpreter, bool *same)
{
        AUTO_FREE char *path = format("%s%s", root, dirs[dir]);
        DIR *d = opendir(path);
        char *found = NULL;
        if (!d)
                return NULL;
        for (struct dirent *f; !found && (f = readdir(d));) {
                size_t n = strlen(f->d_name);
                if (n < 5 || strcmp(f->d_name + n - 5, ".conf") || hidden(root, dir, f->d_name))
                        continue;
                AUTO_FREE char *text = read_text(dirfd(d), f->d_name, 1 << 16);
                char *line = text ? line_for(text, handler) : NULL;
                if (!line)
                        continue;
                found = format("%s/%s", dirs[dir], f->d_name);
                *same = names(line, interpreter);
        }
        closedir(d);
        return found;
}

/* binfmt-support's record of what is enabled: a line each for the package, the type and so on, the interpreter among them. */
static char *in_binfmt_support(const char *root, const char *handler, const char *interpreter, bool *same)
{
        AUTO_FREE char *path = format("%s/var/lib/binfmts/%s", root, handler), *text = read_text(AT_FDCWD, path, 4096);
        if (!text)
                return NULL;
        AUTO_FREE char *line = format("\n%s\n", interpreter);
        *same = strstr(text, line);
        return format("/var/lib/binfmts/%s", handler);
}

static char *in_init_script(const char *root, const char *handler, const char *interpreter, bool *same)
{
        AUTO_FREE char *path = format("%s%s", root, PERSIST_INIT_SCRIPT), *text = read_text(AT_FDCWD, path, 1 << 16);
        char *line = text ? line_for(text, handler) : NULL;
        if (!line)
                return NULL;
        *same = names(line, interpreter);
        return format("%s", PERSIST_INIT_SCRIPT);
}

char *owner_find(const char *root, const char *handler, const char *interpreter, bool *same)
{
        char *found = NULL;
        *same = false;
        for (size_t i = 0; i < ARRAY_LEN(dirs) && !found && persist_kind(root) == PERSIST_BINFMT_D; i++)
                found = in_binfmt_d(root, i, handler, interpreter, same);
        if (!found)
                found = in_binfmt_support(root, handler, interpreter, same);
        return found ? found : in_init_script(root, handler, interpreter, same);
}
