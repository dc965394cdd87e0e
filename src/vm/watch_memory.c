#include "vm/watch_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/out.h"
#include "base/util.h"

enum { UUID = 36, MAX_GUESTS = 4096 };

char **watch_memory_load(const char *path)
{
        AUTO_FREE char *text = read_text(AT_FDCWD, path, MAX_GUESTS * (UUID + 1));
        char **list = calloc(MAX_GUESTS + 1, sizeof *list);
        size_t count = 0;
        check(list);
        for (char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL; line && count < MAX_GUESTS;
                line = strtok_r(NULL, "\n", &save))
                if (strlen(line) == UUID)
                        list[count++] = format("%s", line);
        return list;
}

void watch_memory_free(char **uuids)
{
        for (size_t i = 0; uuids[i]; i++)
                free(uuids[i]);
        free(uuids);
}

int watch_memory_save(const char *path, const char *lines, struct err *e)
{
        AUTO_FREE char *fresh = format("%s.new", path);
        FILE *f = fopen(fresh, "we");
        bool written = f && fputs(lines, f) >= 0;
        if (f && fclose(f) == 0 && written && rename(fresh, path) == 0)
                return 0;
        return err_set(e, 1, "cannot note in %s which guests run: %s", path, strerror(errno));
}
