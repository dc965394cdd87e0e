#include "vm/install.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/bootdir_hook.h"
#include "vm/bootdir_share.h"
#include "vm/bootdir_domain.h"
#include "vm/cpio_write.h"
#include "vm/initrd_image.h"
#include "vm/install_apt.h"

#define ARCH "armhf"

enum { MAX_KERNEL = 64 << 20, MAX_INITRD = 256 << 20, MAX_MODULE = 16 << 20, MAX_PRESEED = 1 << 20 };

/* The installer of a suite is in a package of its own, of which each architecture has the one with its own images. */
static const struct {
        const char *suite, *package;
} installers[] = {
        { "bullseye", "debian-installer-11-netboot-" ARCH },
        { "bookworm", "debian-installer-12-netboot-" ARCH },
};

/* What the installer's kernel lacks to mount the share, in the order to load them. */
static const char *const modules[] = { "netfs.ko", "fscache.ko", "9pnet.ko", "9pnet_virtio.ko", "9p.ko" };

const char *install_suites(void)
{
        return "bullseye, bookworm";
}

static const char *installer_package(const char *suite)
{
        for (size_t i = 0; i < ARRAY_LEN(installers); i++)
                if (!strcmp(suite, installers[i].suite))
                        return installers[i].package;
        return NULL;
}

/* ---- the answers ---- */

/* "http://deb.debian.org/debian": the installer wants host and folder apart. */
static bool split_mirror(const char *mirror, char **host, char **folder)
{
        static const char scheme[] = "http://";
        if (strncmp(mirror, scheme, sizeof scheme - 1))
                return false;
        const char *from = mirror + sizeof scheme - 1, *slash = strchr(from, '/');
        size_t len = slash ? (size_t)(slash - from) : strlen(from);
        *host = format("%.*s", (int)len, from);
        *folder = format("%s", slash ? slash : "/");
        return len > 0;
}

/* One partition, no swap, no tasks, no recommended packages: what else a machine needs it gets later. The links to the kernel are in /boot,
 * where bootdir_pair.c follows them. The answers of the file come last and win. */
char *install_answers(const struct install *i)
{
        AUTO_FREE char *host = NULL, *folder = NULL;
        split_mirror(i->mirror, &host, &folder);
        AUTO_FREE char *root =
                i->password_hash ? format("d-i passwd/root-password-crypted password %s\n", i->password_hash) : format("%s", "");
        AUTO_FREE char *more = i->preseed ? read_text(AT_FDCWD, i->preseed, MAX_PRESEED) : NULL;
        return format("d-i debconf/priority select critical\n"
                      "d-i auto-install/enable boolean true\n"
                      "d-i debian-installer/locale string C.UTF-8\n"
                      "d-i keyboard-configuration/xkb-keymap select us\n"
                      "d-i netcfg/choose_interface select auto\n"
                      "d-i netcfg/get_hostname string %s\n"
                      "d-i netcfg/hostname string %s\n"
                      "d-i netcfg/get_domain string\n"
                      "d-i mirror/country string manual\n"
                      "d-i mirror/protocol string http\n"
                      "d-i mirror/http/hostname string %s\n"
                      "d-i mirror/http/directory string %s\n"
                      "d-i mirror/http/proxy string\n"
                      "d-i mirror/suite string %s\n"
                      "d-i passwd/root-login boolean true\n"
                      "d-i passwd/make-user boolean false\n"
                      "%s"
                      "d-i clock-setup/utc boolean true\n"
                      "d-i clock-setup/ntp boolean false\n"
                      "d-i time/zone string Etc/UTC\n"
                      "d-i partman-auto/disk string /dev/vda\n"
                      "d-i partman-auto/method string regular\n"
                      "d-i partman-auto/expert_recipe string root :: 1000 50 -1 ext4 method{ format } format{ } use_filesystem{ } "
                      "filesystem{ ext4 } mountpoint{ / } .\n"
                      "d-i partman-auto/choose_recipe select root\n"
                      "d-i partman-partitioning/confirm_write_new_label boolean true\n"
                      "d-i partman/choose_partition select finish\n"
                      "d-i partman/confirm boolean true\n"
                      "d-i partman/confirm_nooverwrite boolean true\n"
                      "d-i partman-basicfilesystems/no_swap boolean false\n"
                      "d-i base-installer/install-recommends boolean false\n"
                      "d-i base-installer/kernel/linux/link_in_boot boolean true\n"
                      "d-i apt-setup/non-free-firmware boolean false\n"
                      "d-i apt-setup/enable-source-repositories boolean false\n"
                      "d-i hw-detect/load_firmware boolean false\n"
                      "d-i pkgsel/run_tasksel boolean false\n"
                      "d-i pkgsel/upgrade select none\n"
                      "d-i pkgsel/update-policy select none\n"
                      "popularity-contest popularity-contest/participate boolean false\n"
                      "d-i nobootloader/confirmation_common note\n"
                      "d-i finish-install/reboot_in_progress note\n"
                      "d-i preseed/late_command string sh /crossarm/late\n"
                      "%s",
                i->hostname, i->hostname, host ? host : "", folder ? folder : "", i->suite, root, more ? more : "");
}

/* ---- what is added to the installer ---- */

/* Once /target is mounted, before anything is installed: the share is its /boot, and the installer's own files in it have done their work.
 */
static const char mount_script[] = "#!/bin/sh\n"
                                   "set -e\n"
                                   "for module in netfs fscache 9pnet 9pnet_virtio 9p; do\n"
                                   "        [ ! -e /crossarm/$module.ko ] || insmod /crossarm/$module.ko\n"
                                   "done\n"
                                   "mkdir -p /target/boot\n"
                                   "mount -t 9p -o trans=virtio,version=9p2000.L " BOOTDIR_TAG " /target/boot\n"
                                   "rm -f /target/boot/vmlinuz /target/boot/initrd.img\n";

/*
 * The last step: the line that mounts it from now on. partman knows no 9p. To base-installer a hook that fails is a warning; without the
 * share, or without a kernel in it, the reboot would start the installer again, on the disk that it has just filled. So this fails, and the
 * installer then stops with a question.
 */
static const char late_script[] =
        "#!/bin/sh\n"
        "set -e\n"
        "stop() { echo \"crossarm: $*: the next start would be the installer again\" >&2; exit 1; }\n"
        "grep -q ' /target/boot 9p ' /proc/mounts || stop 'the shared /boot is not mounted'\n"
        "for file in vmlinuz initrd.img; do\n"
        "        ls /target/boot/$file-* >/dev/null 2>&1 || stop \"the shared /boot has no $file\"\n"
        "done\n"
        "echo '" BOOTDIR_TAG " /boot 9p trans=virtio,version=9p2000.L,x-systemd.automount 0 0' >>/target/etc/fstab\n";

struct parts {
        const struct install *i;
        struct cpio initrd; /* the installer's, and then ours */
        u8 *kernel;
        size_t kernel_len;
        unsigned modules;
};

static bool is_image(const char *path)
{
        return strstr(path, "/debian-installer/" ARCH "/") && (strstr(path, "/vmlinuz") || strstr(path, "/initrd.gz"));
}

static int take_image(void *to, const char *path, const u8 *data, size_t len)
{
        struct parts *p = to;
        if (strstr(path, "/initrd.gz")) {
                cpio_append(&p->initrd, data, len);
                return 0;
        }
        p->kernel = realloc(p->kernel, len);
        check(p->kernel || !len);
        memcpy(p->kernel, data, len);
        p->kernel_len = len;
        return 0;
}

static const char *module_name(const char *path)
{
        const char *slash = strrchr(path, '/');
        for (size_t i = 0; i < ARRAY_LEN(modules) && slash; i++)
                if (!strcmp(slash + 1, modules[i]))
                        return modules[i];
        return NULL;
}

static bool is_module(const char *path)
{
        return strstr(path, "lib/modules/") && module_name(path);
}

static int take_module(void *to, const char *path, const u8 *data, size_t len)
{
        struct parts *p = to;
        AUTO_FREE char *name = format("crossarm/%s", module_name(path));
        cpio_add(&p->initrd, name, S_IFREG | 0644, data, len);
        p->modules++;
        return 0;
}

/* The release of the installer's kernel: its initramfs has modules of it. */
static int kernel_package(const struct parts *p, char **package, struct err *e)
{
        static struct initrd_image image;
        struct err why;
        if (initrd_image_read(p->initrd.data, p->initrd.len, &image, &why) < 0 || image.release_count != 1)
                return err_set(e, 1, "the installer's initramfs is not as it should be: it has modules of %u kernels", image.release_count);
        *package = format("linux-image-%s", image.releases[0]);
        return 0;
}

static int add_modules(struct parts *p, const struct install_apt *apt, struct err *e)
{
        AUTO_FREE char *package = NULL;
        if (kernel_package(p, &package, e) < 0)
                return -1;
        p->i->say("fetching the 9p modules of the installer's kernel");
        AUTO_FREE char *deb = install_apt_download(apt, package, e);
        cpio_add(&p->initrd, "crossarm", S_IFDIR | 0755, NULL, 0);
        if (!deb || install_deb_files(deb, MAX_MODULE, take_module, is_module, p, e) < 0)
                return -1;
        return p->modules >= 3 ? 0 : err_set(e, 1, "%s has no 9p modules", package);
}

static int gather(struct parts *p, const struct install_apt *apt, struct err *e)
{
        p->i->say("fetching the list of packages");
        if (install_apt_update(apt, e) < 0)
                return -1;
        p->i->say("fetching the installer");
        AUTO_FREE char *deb = install_apt_download(apt, installer_package(p->i->suite), e);
        if (!deb || install_deb_files(deb, MAX_INITRD, take_image, is_image, p, e) < 0)
                return -1;
        if (!p->kernel || !p->initrd.len)
                return err_set(e, 1, "the installer's package has no kernel and initramfs where they used to be");
        if (add_modules(p, apt, e) < 0)
                return -1;
        AUTO_FREE char *answers = install_answers(p->i);
        cpio_add(&p->initrd, "preseed.cfg", S_IFREG | 0600, answers, strlen(answers));
        cpio_add(&p->initrd, "crossarm/late", S_IFREG | 0755, late_script, sizeof late_script - 1);
        cpio_add(&p->initrd, "usr/lib/base-installer.d/05crossarm", S_IFREG | 0755, mount_script, sizeof mount_script - 1);
        cpio_end(&p->initrd);
        return 0;
}

/* ---- the share ---- */

/* A file of the guest's, complete before it has its name. */
static int put_file(int share, const char *name, const void *data, size_t len, struct err *e)
{
        static const u8 mode[4] = { 0xa4, 0x81, 0, 0 }; /* S_IFREG | 0644, as QEMU keeps it */
        AUTO_FREE char *fresh = format(".crossarm-%s", name);
        struct stat st;
        AUTO_CLOSE int fd = openat(share, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        bool done = fd >= 0 && fstat(share, &st) == 0;
        for (size_t at = 0; at < len && done;) {
                ssize_t n = write(fd, (const u8 *)data + at, len - at);
                done = n > 0;
                at += done ? (size_t)n : 0;
        }
        if (done && fsetxattr(fd, "user.virtfs.mode", mode, sizeof mode, 0) == 0 &&
                (geteuid() != 0 || fchown(fd, st.st_uid, st.st_gid) == 0) && renameat(share, fresh, share, name) == 0)
                return 0;
        err_set(e, 1, "cannot write %s into the guest's /boot: %s", name, strerror(errno));
        unlinkat(share, fresh, 0);
        return -1;
}

static int is_anything(void *to, const char *name)
{
        return 1;
}

static int open_empty(const char *path, struct err *e)
{
        int share = bootdir_open(path, e);
        int there = share < 0 ? -1 : bootdir_each(share, is_anything, NULL, e);
        if (there == 1)
                err_set(e, 2, "%s is not empty: an installation begins with an empty /boot", path);
        if (there && share >= 0)
                close(share);
        return there ? -1 : share;
}

void install_undo(const struct install *i)
{
        struct err e;
        AUTO_CLOSE int share = bootdir_open(i->share, &e);
        if (share >= 0) {
                unlinkat(share, "vmlinuz", 0);
                unlinkat(share, "initrd.img", 0);
        }
}

/* ---- all of it ---- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
        return remove(path);
}

static int check_wish(const struct install *i, struct err *e)
{
        AUTO_FREE char *host = NULL, *folder = NULL;
        if (!installer_package(i->suite))
                return err_set(e, 2, "the installer of %s is not known; those of %s are", i->suite, install_suites());
        if (!split_mirror(i->mirror, &host, &folder))
                return err_set(e, 2, "the mirror %s is no http:// address, which is what the installer takes", i->mirror);
        if (i->password_hash && strpbrk(i->password_hash, " \n\t"))
                return err_set(e, 2, "that is no password's hash: `openssl passwd -6` makes one");
        if (!i->password_hash && !i->preseed)
                return err_set(
                        e, 2, "nobody could log in: say --password-hash (`openssl passwd -6` makes one), or give the answers by --preseed");
        if (i->preseed && access(i->preseed, R_OK))
                return err_set(e, 2, "cannot read %s: %s", i->preseed, strerror(errno));
        return 0;
}

int install_prepare(const struct install *i, struct err *e)
{
        if (check_wish(i, e) < 0)
                return -1;
        AUTO_CLOSE int share = open_empty(i->share, e);
        const char *tmp = getenv("TMPDIR");
        AUTO_FREE char *folder = format("%s/crossarm-install-XXXXXX", tmp && *tmp ? tmp : "/var/tmp");
        if (share < 0)
                return -1;
        if (!mkdtemp(folder))
                return err_set(e, 1, "cannot make a folder %s: %s", folder, strerror(errno));
        struct install_apt apt = { .mirror = i->mirror, .suite = i->suite, .arch = ARCH, .keyring = i->keyring, .folder = folder };
        struct parts p = { .i = i };
        int status = gather(&p, &apt, e);
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        if (status == 0)
                status = put_file(share, "vmlinuz", p.kernel, p.kernel_len, e);
        if (status == 0 && (status = put_file(share, "initrd.img", p.initrd.data, p.initrd.len, e)) < 0)
                unlinkat(share, "vmlinuz", 0);
        free(p.kernel);
        cpio_free(&p.initrd);
        return status;
}
