#include "vm/bootdir_pair.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/bootdir_order.h"

/* Names of links, as Debian, openSUSE, Arch and the kernel's own `make install` have them; the first that is there counts. */
static const char *const kernel_links[] = { "vmlinuz", "zImage", "Image" };
static const char *const initrd_links[] = { "initrd.img", "initrd", "initramfs.img" };

static const char *const kernel_prefixes[] = { "vmlinuz-", "zImage-", "Image-" };

/* An initramfs of a release: Debian, openSUSE, Fedora. */
static const struct {
        const char *prefix, *suffix;
} initrd_names[] = { { "initrd.img-", "" }, { "initramfs-", ".img" }, { "initrd-", "" }, { "initrd-", ".img" }, { "initramfs-", "" } };

static const char *const leftovers[] = { ".dpkg-new", ".dpkg-tmp", ".dpkg-bak", ".old", ".bak", ".new", "~" };

static bool ends_with(const char *s, const char *suffix)
{
        size_t len = strlen(s), n = strlen(suffix);
        return len >= n && !strcmp(s + len - n, suffix);
}

const char *bootdir_kernel_release(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(leftovers); i++)
                if (ends_with(name, leftovers[i]))
                        return NULL;
        for (size_t i = 0; i < ARRAY_LEN(kernel_prefixes); i++) {
                size_t n = strlen(kernel_prefixes[i]);
                if (!strncmp(name, kernel_prefixes[i], n) && name[n] && strlen(name + n) < BOOTDIR_RELEASE_MAX)
                        return strstr(name + n, "-rescue") ? NULL : name + n;
        }
        return NULL;
}

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash ? slash + 1 : path;
}

static bool is_initrd_of(const char *name, const char *release)
{
        for (size_t i = 0; i < ARRAY_LEN(initrd_names); i++) {
                AUTO_FREE char *wanted = format("%s%s%s", initrd_names[i].prefix, release, initrd_names[i].suffix);
                if (!strcmp(name, wanted))
                        return true;
        }
        return false;
}

/* The file at the end of `name`, its path in `out`. 1, 0: there is none, -1 and *e. */
static int follow(int share, const char *name, char *out, struct err *e)
{
        char path[BOOTDIR_PATH_MAX];
        struct bootdir_file f;
        int found = bootdir_follow(share, name, &f, path, e);
        if (found <= 0)
                return found;
        close(f.fd);
        if (strlen(path) >= BOOTDIR_NAME_MAX)
                return err_set(e, 2, "%s of the guest's /boot leads to a path that is too long", name);
        strcpy(out, path);
        return 1;
}

/* The first of the links that is there. */
static int follow_first(int share, const char *const *links, size_t count, char *path, char *link, struct err *e)
{
        for (size_t i = 0; i < count; i++) {
                int found = follow(share, links[i], path, e);
                if (found)
                        snprintf(link, BOOTDIR_NAME_MAX, "%s", strcmp(links[i], path) ? links[i] : "");
                if (found)
                        return found;
        }
        return 0;
}

static int initrd_by_name(int share, struct bootdir_pair *p, struct err *e)
{
        for (size_t i = 0; i < ARRAY_LEN(initrd_names) && *p->release; i++) {
                AUTO_FREE char *name = format("%s%s%s", initrd_names[i].prefix, p->release, initrd_names[i].suffix);
                int found = follow(share, name, p->initrd, e);
                if (found)
                        return found;
        }
        return 0;
}

/* ---- by the guest's links ---- */

static int initrd_for_link(int share, struct bootdir_pair *p, struct err *e)
{
        int found = follow_first(share, initrd_links, ARRAY_LEN(initrd_links), p->initrd, p->initrd_link, e);
        if (!found)
                found = initrd_by_name(share, p, e);
        if (found < 0)
                return -1;
        struct bootdir_shown kernel = bootdir_shown(p->kernel), initrd = bootdir_shown(p->initrd);
        if (!found)
                return err_set(e, 2,
                        "the guest's /boot has the kernel %s, but no initramfs for it: run `update-initramfs -c -k %s` in the guest",
                        kernel.text, *p->release ? bootdir_shown(p->release).text : "all");
        bool named_by_release = *p->release && strpbrk(base_name(p->initrd), "0123456789");
        if (named_by_release && !is_initrd_of(base_name(p->initrd), p->release))
                return err_set(e, 2,
                        "the links in the guest's /boot do not belong together: the kernel is %s, the initramfs %s; finish the kernel's "
                        "installation in the guest (dpkg --configure -a)",
                        kernel.text, initrd.text);
        return 0;
}

/* ---- without a link: the newest ---- */

struct search {
        int share;
        struct bootdir_pair best;
        unsigned kernels;
        struct err *e;
};

static int consider(void *to, const char *name)
{
        struct search *s = to;
        const char *release = bootdir_kernel_release(name);
        if (!release || strlen(name) >= BOOTDIR_NAME_MAX)
                return 0;
        s->kernels++;
        if (*s->best.release && bootdir_order(release, s->best.release) <= 0)
                return 0;
        struct bootdir_pair p = { 0 };
        struct err unusable;
        snprintf(p.release, sizeof p.release, "%s", release);
        if (follow(s->share, name, p.kernel, &unusable) > 0 && initrd_by_name(s->share, &p, &unusable) > 0)
                s->best = p;
        return 0;
}

static int find_newest(int share, struct bootdir_pair *p, struct err *e)
{
        struct search s = { .share = share };
        if (bootdir_each(share, consider, &s, e) < 0)
                return -1;
        if (!s.kernels)
                return err_set(e, 2,
                        "there is no kernel in the guest's /boot: neither a link vmlinuz nor a file vmlinuz-VERSION; is it mounted in the "
                        "guest, with a kernel package installed?");
        if (!*s.best.release)
                return err_set(e, 2,
                        "none of the %u kernels in the guest's /boot has an initramfs of its release: run `update-initramfs -c -k all` in "
                        "the "
                        "guest",
                        s.kernels);
        *p = s.best;
        return 0;
}

int bootdir_pair_find(int share, struct bootdir_pair *p, struct err *e)
{
        *p = (struct bootdir_pair){ 0 };
        int found = follow_first(share, kernel_links, ARRAY_LEN(kernel_links), p->kernel, p->kernel_link, e);
        if (found < 0)
                return -1;
        if (!found)
                return find_newest(share, p, e);
        const char *release = bootdir_kernel_release(base_name(p->kernel));
        snprintf(p->release, sizeof p->release, "%s", release ? release : "");
        return initrd_for_link(share, p, e);
}
