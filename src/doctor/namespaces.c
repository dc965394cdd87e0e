#include "doctor/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "binfmt/handler.h"
#include "box/userns.h"
#include "base/util.h"

static void try_here(struct namespaces *n)
{
        char map[4096];
        n->user = userns_enter(USERNS_AS_ROOT, &n->why) == 0;
        if (!n->user)
                return;
        AUTO_FREE char *text = read_text(AT_FDCWD, "/proc/self/uid_map", sizeof map - 1);
        n->ids = text ? userns_identity(text, map, sizeof map) : 0;
        n->binfmt = mount("binfmt_misc", BINFMT_DIR, "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0;
        n->binfmt_errno = n->binfmt ? 0 : errno;
}

void namespaces_try(struct namespaces *n)
{
        int told[2];
        *n = (struct namespaces){ .why = { 126, "cannot start a process to try it in" } };
        if (pipe2(told, O_CLOEXEC) < 0)
                return;
        pid_t child = fork();
        if (child == 0) {
                try_here(n);
                _exit(write(told[1], n, sizeof *n) != sizeof *n);
        }
        close(told[1]);
        struct namespaces got;
        if (child > 0 && read(told[0], &got, sizeof got) == sizeof got)
                *n = got;
        close(told[0]);
        while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
                ;
}
