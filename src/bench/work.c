#include "bench/work.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

const struct bench_work builtin_work[] = {
#define WORK(name, needs, ...) { name, (char *const[]){ __VA_ARGS__, NULL }, needs },
#include "bench/work.def"
#undef WORK
};
const size_t builtin_work_count = ARRAY_LEN(builtin_work);

static bool has(int root, const char *name, size_t len)
{
        static const char *const folders[] = { "/usr/local/bin", "/usr/bin", "/bin" };
        for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
                AUTO_FREE char *path = format("%s/%.*s", folders[i], (int)len, name);
                AUTO_CLOSE int fd = root_open(root, path, O_PATH, 0);
                if (fd >= 0)
                        return true;
        }
        return false;
}

char *work_lacks(const struct bench_work *w, const char *tree)
{
        AUTO_CLOSE int root = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
        for (const char *at = w->needs ? w->needs : ""; *at;) {
                size_t len = strcspn(at, " ");
                if (!has(root, at, len))
                        return format("%.*s", (int)len, at);
                at += len + strspn(at + len, " ");
        }
        return NULL;
}
