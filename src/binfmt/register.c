#include "binfmt/register.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/util.h"

void handler_make(struct handler *h, const struct arch *a, bool appimage, const char *interpreter, const char *flags)
{
        *h = (struct handler){ .enabled = true, .size = ARCH_HEAD };
        snprintf(h->name, sizeof h->name, "qemu-%s%s", a->qemu, appimage ? "-appimage" : "");
        snprintf(h->interpreter, sizeof h->interpreter, "%s", interpreter);
        snprintf(h->flags, sizeof h->flags, "%s", flags);
        arch_head(a, appimage, h->magic);
        arch_mask(a, h->mask);
}

const char *handler_flags(const char *flags, char buf[16])
{
        struct utsname u;
        unsigned major = 0, minor = 0;
        uname(&u);
        sscanf(u.release, "%u.%u", &major, &minor);
        bool knows_p = major > 5 || (major == 5 && minor >= 12);
        size_t n = 0;
        for (; *flags && n < 15; flags++)
                if (*flags != 'P' || knows_p)
                        buf[n++] = *flags;
        buf[n] = 0;
        return buf;
}

int binfmt_mount(const char *dir, struct err *e)
{
        if (handler_dir_mounted(dir) || mount("binfmt_misc", dir, "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
                return 0;
        const char *next = "load it by `modprobe binfmt_misc`, or boot a kernel with CONFIG_BINFMT_MISC";
        if (errno == EPERM || errno == EACCES)
                next = "run this as root; without root, `crossarm run` brings handlers of its own";
        return err_set(e, 1, "cannot mount binfmt_misc at %s: %s; %s", dir, strerror(errno), next);
}

static int write_in(const char *dir, const char *file, const char *text)
{
        AUTO_FREE char *path = format("%s/%s", dir, file);
        return write_text(path, text, strlen(text));
}

static bool is_there(const char *dir, const char *name)
{
        AUTO_FREE char *path = format("%s/%s", dir, name);
        return access(path, F_OK) == 0;
}

static int refused(struct err *e, const struct handler *h, int why)
{
        const char *next = "";
        if (why == EACCES || why == EPERM)
                next = "; handlers of the whole machine need root (without root, `crossarm run` brings handlers of its own)";
        if (why == ENOENT || why == ENOEXEC)
                next = "; the kernel opens the interpreter now (flag F) and could not";
        if (why == EINVAL)
                next = "; kernels before 4.8 do not know the flag F";
        return err_set(e, 1, "cannot register %s with %s: %s%s", h->name, h->interpreter, strerror(why), next);
}

/* Both handlers stand for a moment, the new one under a passing name: the kernel takes the newest that fits. */
static int replace(const char *dir, const struct handler *h, const char *line, struct err *e)
{
        struct handler passing = *h;
        AUTO_FREE char *old_path = format("%s/%s", dir, h->name), *old = read_text(-1, old_path, 4096);
        snprintf(passing.name, sizeof passing.name, "crossarm-%d", getpid());
        AUTO_FREE char *passing_line = handler_line(&passing);
        if (!passing_line || write_in(dir, "register", passing_line) < 0)
                return refused(e, h, errno);
        int why = write_in(dir, h->name, "-1") < 0 || write_in(dir, "register", line) < 0 ? errno : 0;
        if (why && !is_there(dir, h->name)) {
                struct handler before;
                AUTO_FREE char *old_line = old && handler_parse(h->name, old, &before) ? handler_line(&before) : NULL;
                if (old_line && write_in(dir, "register", old_line) < 0)
                        why = errno;
        }
        if (write_in(dir, passing.name, "-1") < 0 && !why)
                why = errno;
        return why ? refused(e, h, why) : 0;
}

int handler_put(const char *dir, const struct handler *h, struct err *e)
{
        AUTO_FREE char *line = handler_line(h);
        if (!line)
                return err_set(e, 1, "cannot register %s: the interpreter %s is no absolute path", h->name, h->interpreter);
        if (is_there(dir, h->name))
                return replace(dir, h, line, e);
        return write_in(dir, "register", line) < 0 ? refused(e, h, errno) : 0;
}

int handler_remove(const char *dir, const char *name, struct err *e)
{
        if (!is_there(dir, name))
                return 1;
        if (write_in(dir, name, "-1") == 0)
                return 0;
        return err_set(e, 1, "cannot remove the handler %s: %s%s", name, strerror(errno),
                errno == EACCES || errno == EPERM ? "; handlers of the whole machine need root" : "");
}
