#include "box/binfmt.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "binfmt/register.h"
#include "base/util.h"

static bool takes(const struct handler *h, const struct arch *a, bool appimage)
{
        u8 head[ARCH_HEAD];
        arch_head(a, appimage, head);
        return handler_takes(h, head, sizeof head);
}

void binfmt_read(const char *dir, struct handler_list *outer)
{
        const struct arch *arm64 = arch_find("arm64");
        size_t kept = 0;
        handler_list_read(dir, outer);
        for (size_t i = 0; i < outer->count; i++) {
                const struct handler *h = &outer->at[i];
                if (h->enabled && !takes(h, arm64, false) && !takes(h, arm64, true))
                        outer->at[kept++] = *h;
        }
        outer->count = kept;
}

/* C is safe here: setuid files give no more than the namespace's own ids. */
static int register_engine(const char *interpreter)
{
        const struct arch *arm64 = arch_find("arm64");
        char flags[16];
        struct handler h;
        struct err e;
        for (int appimage = 0; appimage < 2; appimage++) {
                handler_make(&h, arm64, appimage, interpreter, handler_flags("POCF", flags));
                if (handler_put(BINFMT_DIR, &h, &e) < 0)
                        return -1;
        }
        return 0;
}

bool binfmt_install(const struct handler_list *outer, const char *engine_path, int engine_fd)
{
        if (mount("binfmt_misc", BINFMT_DIR, "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
                return false;
        /* A handler whose interpreter is not there any more is dropped: it could not run anything either. */
        struct err ignored;
        for (size_t i = 0; i < outer->count; i++)
                handler_put(BINFMT_DIR, &outer->at[i], &ignored);
        struct fd_path by_fd = fd_path(engine_fd);
        bool plain = !strchr(engine_path, ':') && strlen(engine_path) < sizeof((struct handler *)0)->interpreter;
        if (register_engine(plain ? engine_path : by_fd.text) == 0)
                return true;
        umount2(BINFMT_DIR, MNT_DETACH);
        errno = ENOSYS;
        return false;
}
