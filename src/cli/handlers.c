#include "cli/handlers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "binfmt/register.h"
#include "binfmt/report.h"
#include "base/util.h"

int handlers_for(
        struct handler h[HANDLERS_PER_ARCH], const struct arch *a, const struct interpreter_places *p, const char *flags, struct err *e)
{
        if (a->runs == ARCH_KERNEL)
                return err_set(e, 1, "%s programs need no handler: this processor runs them", a->name);
        AUTO_FREE char *interpreter = interpreter_find(a, p);
        if (!interpreter && a->runs == ARCH_OURS)
                return err_set(e, 1, "cannot find the engine %s; CROSSARM_ENGINE may name another", p->engine);
        if (!interpreter)
                return err_set(e, 1,
                        "crossarm itself runs arm64 only, and there is no static QEMU for %s here; install one (Debian: apt install "
                        "qemu-user-static) and try again",
                        a->name);
        char known[16];
        int count = 0;
        handler_make(&h[count++], a, false, interpreter, handler_flags(flags, known));
        if (arch_has_appimage(a))
                handler_make(&h[count++], a, true, interpreter, known);
        return count;
}

const char *handlers_flags(bool credential)
{
        struct binfmt_view v;
        binfmt_view_read(&v, BINFMT_DIR);
        bool private = !v.initial;
        binfmt_view_free(&v);
        return credential || private ? "OCPF" : "OPF";
}

int handlers_instance(struct err *e)
{
        struct binfmt_view v;
        struct err ignored;
        binfmt_view_read(&v, BINFMT_DIR);
        bool own = v.mounted && !v.foreign;
        int done = 0;
        if (!own && v.initial)
                done = binfmt_mount(BINFMT_DIR, e);
        else if (!own && mount("binfmt_misc", BINFMT_DIR, "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
                done = err_set(e, 1, "cannot mount a binfmt_misc of this user namespace: %s; it needs Linux 6.7 and the namespace's root",
                        strerror(errno));
        else if (!own) /* one that cannot be taken over could not have been used from here either */
                for (size_t i = 0; i < v.handlers.count; i++)
                        if (v.handlers.at[i].enabled)
                                handler_put(BINFMT_DIR, &v.handlers.at[i], &ignored);
        binfmt_view_free(&v);
        return done;
}

int handlers_put(const struct handler *h, int count, struct err *e)
{
        for (int i = 0; i < count; i++)
                if (handler_put(BINFMT_DIR, &h[i], e) < 0)
                        return -1;
        return 0;
}

int handlers_remove(const char *dir, const struct arch *a, struct err *e)
{
        int removed = 0;
        for (int appimage = 0; appimage < 2; appimage++) {
                struct handler h;
                handler_make(&h, a, appimage, "", "");
                int r = handler_remove(dir, h.name, e);
                if (r < 0)
                        return -1;
                removed += r == 0;
        }
        return removed;
}

bool handlers_ours(const struct handler *h)
{
        const char *slash = strrchr(h->interpreter, '/');
        return slash && !strncmp(slash + 1, "crossarm-", 9);
}
