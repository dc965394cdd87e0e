/* A guest's /boot as a hostile guest would make it: which pair is taken, what is refused with which words, and what stays. */
#include "check.h"
#include "vm_bootdir.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/arm32.h"
#include "vm/bootdir_domain.h"
#include "vm/bootdir_hook.h"
#include "vm/bootdir_order.h"
#include "vm/bootdir_store.h"
#include "vm/confine.h"

static int share;   /* the folder "share" of the case at work */
static bool beside; /* its metadata: mapped-file */

static void remove_folder(const char *path)
{
        AUTO_FREE char *command = format("rm -rf '%s'", path);
        if (system(command) != 0)
                exit(1);
}

static void put(const char *name, const void *data, size_t len)
{
        put_guest_file(share, name, S_IFREG | 0644, data, len, beside);
}

static void put_link(const char *name, const char *to)
{
        put_guest_file(share, name, S_IFLNK | 0777, to, strlen(to), beside);
}

static void put_kernel(const char *release, u8 fill)
{
        u8 kernel[TEST_KERNEL_BYTES], initrd[TEST_INITRD_MAX] = { 0 };
        AUTO_FREE char *kernel_name = format("vmlinuz-%s", release), *initrd_name = format("initrd.img-%s", release);
        make_zimage(kernel, fill);
        put(kernel_name, kernel, sizeof kernel);
        put(initrd_name, initrd, make_initrd(initrd, release));
}

static void put_links(const char *release)
{
        AUTO_FREE char *kernel_name = format("vmlinuz-%s", release), *initrd_name = format("initrd.img-%s", release);
        put_link("vmlinuz", kernel_name);
        put_link("initrd.img", initrd_name);
}

static void open_share(void)
{
        remove_folder("share");
        mkdir("share", 0700);
        share = open("share", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* ---- cases: a good /boot of release 6.1, and what is done to it ---- */

static void nothing(void)
{
}

static void newest_by_name(void)
{
        put_kernel("6.1.0-50", 1);
        put_kernel("6.12-rc1", 1);
        put_kernel("6.9", 1);
        put("vmlinuz-9.9.dpkg-new", "x", 1);
        put("vmlinuz-9.0", "without an initramfs", 20);
        unlinkat(share, "vmlinuz", 0);
        unlinkat(share, "initrd.img", 0);
}

static void by_chain(void)
{
        put_link("vmlinuz", "a");
        put_link("a", "../boot/b");
        put_link("b", "/boot/sub/../c");
        put_link("c", "./vmlinuz-6.1");
        mkdirat(share, "sub", 0700);
}

static void by_folder_link(void)
{
        put_link("boot", "."); /* as openSUSE has it */
        put_link("vmlinuz", "boot/vmlinuz-6.1");
}

static void to_shadow(void)
{
        put_link("vmlinuz", "/etc/shadow");
}

static void upwards(void)
{
        put_link("vmlinuz", "../../../../../etc/shadow");
}

static void outside_initrd(void)
{
        put_link("initrd.img", "../marker");
}

static void dangling(void)
{
        put_link("vmlinuz", "vmlinuz-7");
}

static void to_itself(void)
{
        put_link("vmlinuz", "vmlinuz");
}

static void cycle(void)
{
        put_link("vmlinuz", "a");
        put_link("a", "b");
        put_link("b", "vmlinuz");
}

static void long_chain(void)
{
        put_link("vmlinuz", "l0");
        for (int i = 0; i < 41; i++) {
                AUTO_FREE char *name = format("l%d", i), *to = format("l%d", i + 1);
                put_link(name, to);
        }
        put_link("l41", "vmlinuz-6.1");
}

static void growing(void)
{
        put_link("vmlinuz", "vmlinuz/vmlinuz/vmlinuz/vmlinuz");
}

static void long_target(void)
{
        char target[5000];
        memset(target, 'a', sizeof target - 1);
        target[sizeof target - 1] = 0;
        put_link("vmlinuz", target);
}

static void long_path(void)
{
        char target[4000];
        for (size_t i = 0; i < sizeof target; i++)
                target[i] = i % 2 ? '/' : '.';
        target[sizeof target - 1] = 0;
        put_link("vmlinuz", "a");
        put_link("a", target);
        put_link("boot", target);
}

static void empty_link(void)
{
        put_link("vmlinuz", "");
}

static void zero_in_link(void)
{
        put_guest_file(share, "vmlinuz", S_IFLNK | 0777, "vmlinuz-6.1\0x", 13, beside);
}

static void escape_sequences(void)
{
        put_link("vmlinuz", "\033]0;owned\a\n\033[2J/etc");
}

static void meta_folder(void)
{
        put_link("vmlinuz", ".virtfs_metadata/vmlinuz-6.1");
}

static void through_file(void)
{
        put_link("vmlinuz", "vmlinuz-6.1/x");
}

static void folder(void)
{
        unlinkat(share, "vmlinuz", 0);
        mkdirat(share, "vmlinuz", 0700);
}

static void host_link(void)
{
        unlinkat(share, "vmlinuz", 0);
        if (symlinkat("/etc/shadow", share, "vmlinuz") < 0)
                exit(1);
}

static void host_folder_link(void)
{
        if (symlinkat("/etc", share, "etc") < 0)
                exit(1);
        put_link("vmlinuz", "etc/shadow");
}

static void fifo(void)
{
        unlinkat(share, "vmlinuz-6.1", 0);
        mkfifoat(share, "vmlinuz-6.1", 0600);
}

static void host_device(void)
{
        unlinkat(share, "vmlinuz-6.1", 0);
        if (mknodat(share, "vmlinuz-6.1", S_IFCHR | 0600, makedev(1, 5)) < 0) /* /dev/zero; only root may */
                mkfifoat(share, "vmlinuz-6.1", 0600);
}

static void guest_device(void)
{
        put_guest_file(share, "vmlinuz-6.1", S_IFBLK | 0600, "", 0, beside);
}

static void sparse(void)
{
        AUTO_CLOSE int fd = openat(share, "vmlinuz-6.1", O_WRONLY | O_CLOEXEC);
        if (ftruncate(fd, 4ll << 30) < 0)
                exit(1);
}

static void sparse_link(void)
{
        AUTO_CLOSE int fd = openat(share, "vmlinuz", O_WRONLY | O_CLOEXEC);
        if (ftruncate(fd, 4ll << 30) < 0)
                exit(1);
}

static void empty_kernel(void)
{
        put("vmlinuz-6.1", "", 0);
}

static void no_kernel(void)
{
        put("vmlinuz-6.1", "root:x:0:0:root:/root:/bin/bash\nroot:x:0:0:root:/root:/bin/bash\n", 64);
}

static void cut_kernel(void)
{
        AUTO_CLOSE int fd = openat(share, "vmlinuz-6.1", O_WRONLY | O_CLOEXEC);
        if (ftruncate(fd, TEST_KERNEL_BYTES - 1) < 0)
                exit(1);
}

static void cut_initrd(void)
{
        AUTO_CLOSE int fd = openat(share, "initrd.img-6.1", O_WRONLY | O_CLOEXEC);
        if (ftruncate(fd, 200) < 0)
                exit(1);
}

static void no_initrd_format(void)
{
        put("initrd.img-6.1", "something else", 14);
}

static void damaged_gzip(void)
{
        put("initrd.img-6.1", "\x1f\x8b\x08\0\0\0\0\0\0\3\4\5\6\7", 14);
}

static void other_architecture(void)
{
        u8 kernel[TEST_KERNEL_BYTES] = { 0 };
        memcpy(kernel + 0x38, "ARM\x64", 4);
        put("vmlinuz-6.1", kernel, sizeof kernel);
}

static void no_initrd(void)
{
        unlinkat(share, "initrd.img", 0);
        unlinkat(share, "initrd.img-6.1", 0);
}

static void other_initrd(void)
{
        put_kernel("6.2", 1);
        put_link("initrd.img", "initrd.img-6.2");
}

static void other_modules(void)
{
        u8 initrd[TEST_INITRD_MAX] = { 0 };
        put("initrd.img-6.1", initrd, make_initrd(initrd, "6.0"));
}

static void nothing_there(void)
{
        open_share();
}

static void short_attribute(void)
{
        AUTO_CLOSE int fd = openat(share, "vmlinuz", O_RDONLY | O_CLOEXEC);
        fsetxattr(fd, "user.virtfs.mode", "abc", 3, 0);
}

static void long_attribute(void)
{
        AUTO_CLOSE int fd = openat(share, "vmlinuz", O_RDONLY | O_CLOEXEC);
        fsetxattr(fd, "user.virtfs.mode", "abcdefghijkl", 12, 0);
}

static void odd_mode(void)
{
        put_guest_file(share, "vmlinuz", 0xffffffff, "", 0, beside);
}

static void folder_mode(void)
{
        put_guest_file(share, "vmlinuz", S_IFDIR | 0755, "", 0, beside);
}

static void huge_metadata(void)
{
        AUTO_CLOSE int fd = openat(share, ".virtfs_metadata/vmlinuz", O_WRONLY | O_CLOEXEC);
        if (ftruncate(fd, 4ll << 30) < 0)
                exit(1);
}

static void no_mode(void)
{
        AUTO_CLOSE int fd = openat(share, ".virtfs_metadata/vmlinuz", O_WRONLY | O_TRUNC | O_CLOEXEC);
        if (write(fd, "virtfs.uid=0\nvirtfs.mode=", 25) != 25)
                exit(1);
}

static void metadata_fifo(void)
{
        unlinkat(share, ".virtfs_metadata/vmlinuz", 0);
        mkfifoat(share, ".virtfs_metadata/vmlinuz", 0600);
}

static void metadata_link(void)
{
        unlinkat(share, ".virtfs_metadata/vmlinuz", 0);
        if (symlinkat("/etc/shadow", share, ".virtfs_metadata/vmlinuz") < 0)
                exit(1);
}

static void many_entries(void)
{
        unlinkat(share, "vmlinuz", 0);
        for (int i = 0; i < BOOTDIR_ENTRIES_MAX; i++) {
                AUTO_FREE char *name = format("e%d", i);
                close(openat(share, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        }
}

enum { ANY = 3, XATTR = 1, BESIDE = 2 };

static const struct {
        const char *name;
        void (*make)(void);
        const char *expected; /* the release that is taken, or a pattern of the sentence */
        int modes;
} cases[] = {
#define CASE(make, expected, modes) \
        { \
#make, make, expected, modes \
        }
        CASE(nothing, "6.1", ANY),
        CASE(newest_by_name, "6.12-rc1", ANY),
        CASE(by_chain, "6.1", ANY),
        CASE(by_folder_link, "6.1", ANY),
        CASE(to_shadow, "vmlinuz of the guest's /boot leads to /etc, which is outside*", ANY),
        CASE(upwards, "*leads to /etc, which is outside*", ANY),
        CASE(outside_initrd, "initrd.img of the guest's /boot leads to /marker, which is outside*", ANY),
        CASE(dangling, "*is a link to vmlinuz-7, which is not there", ANY),
        CASE(to_itself, "*in a circle*", ANY),
        CASE(cycle, "*in a circle*", ANY),
        CASE(long_chain, "*more than 40 links", ANY),
        CASE(growing, "*in a circle*", ANY),
        CASE(long_target, "*without a usable target", ANY),
        CASE(long_path, "*is a folder, or leads to one", ANY),
        CASE(empty_link, "*without a usable target", ANY),
        CASE(zero_in_link, "*without a usable target", ANY),
        CASE(escape_sequences, "*is a link to ?]0;owned???[[]2J, which is not there", ANY),
        CASE(meta_folder, "*leads to /boot/.virtfs_metadata, which is outside*", ANY),
        CASE(through_file, "*leads through vmlinuz-6.1, which is no folder", ANY),
        CASE(folder, "*is a folder, or leads to one", XATTR),
        CASE(host_link, "*cannot use vmlinuz*symbolic link on the host*", XATTR),
        CASE(host_folder_link, "*cannot use etc*symbolic link on the host*", ANY),
        CASE(fifo, "*cannot use vmlinuz-6.1*FIFO or socket on the host", ANY),
        CASE(host_device, "*cannot use vmlinuz-6.1*FIFO or socket on the host", ANY),
        CASE(guest_device, "*cannot use vmlinuz-6.1*FIFO or socket of the guest's", ANY),
        CASE(sparse, "vmlinuz-6.1 of the guest's /boot has 4096 MiB; more than 256 are not taken", ANY),
        CASE(sparse_link, "*without a usable target", ANY),
        CASE(empty_kernel, "vmlinuz-6.1 of the guest's /boot is empty*", ANY),
        CASE(no_kernel, "vmlinuz-6.1*is no Linux kernel*", ANY),
        CASE(cut_kernel, "vmlinuz-6.1*it is cut*", ANY),
        CASE(cut_initrd, "initrd.img-6.1*is cut*", ANY),
        CASE(no_initrd_format, "initrd.img-6.1*it is no initramfs*", ANY),
        CASE(damaged_gzip, "initrd.img-6.1*is damaged or cut*", ANY),
        CASE(other_architecture, "vmlinuz-6.1*is a kernel for aarch64, but the guest's machine is armv7l", ANY),
        CASE(no_initrd, "*no initramfs for it*update-initramfs -c -k 6.1*", ANY),
        CASE(other_initrd, "*do not belong together: the kernel is vmlinuz-6.1, the initramfs initrd.img-6.2*", ANY),
        CASE(other_modules, "*do not belong together: the modules are of 6.0*", ANY),
        CASE(nothing_there, "there is no kernel in the guest's /boot*", ANY),
        CASE(short_attribute, "*is not of 4 bytes", XATTR),
        CASE(long_attribute, "*is not of 4 bytes", XATTR),
        CASE(odd_mode, "*in the metadata, 0xffffffff, is none", ANY),
        CASE(folder_mode, "*metadata contradicts what it is on the host", ANY),
        CASE(huge_metadata, "*its metadata is larger than 4096 bytes", BESIDE),
        CASE(no_mode, "*its mode in the metadata is no number", BESIDE),
        /* Not a file: as if there were no metadata, and then the link's target is what stands there. */
        CASE(metadata_fifo, "vmlinuz of the guest's /boot cannot be started*only 11 bytes*", BESIDE),
        CASE(metadata_link, "vmlinuz of the guest's /boot cannot be started*only 11 bytes*", BESIDE),
        CASE(many_entries, "*more than 4096 entries*", XATTR),
#undef CASE
};

/* A pair was kept before: whatever the guest does, the store's is a good one. */
static void run_case(size_t i, bool mapped_file)
{
        struct bootdir_update u;
        struct err e = { 0 };
        beside = mapped_file;
        open_share();
        remove_folder("store");
        put_kernel("6.1", 1);
        put_links("6.1");
        cases[i].make();
        AUTO_FREE char *root = realpath(".", NULL), *store = format("%s/store", root);
        int status = bootdir_store_update(store, "guest", "share", "armv7l", &u, &e);
        bool as_expected = status == 0 ? !strcmp(u.found.release, cases[i].expected) : fnmatch(cases[i].expected, e.text, 0) == 0;
        CHECK_CASE(as_expected, "case %s%s: %s", cases[i].name, mapped_file ? " (mapped-file)" : "", status ? e.text : u.found.release);
        CHECK(access("store/guest/pair.1", F_OK) == (status ? -1 : 0)); /* nothing half-made */
        close(share);
}

/* ---- the store ---- */

static void keeps_and_goes_back(void)
{
        struct bootdir_update u;
        struct bootdir_found now;
        struct bootdir_status s;
        struct err e = { 0 };
        beside = false;
        open_share();
        remove_folder("store");
        AUTO_FREE char *here = realpath(".", NULL), *store = format("%s/store", here), *kernel = bootdir_store_kernel(store, "g");
        put_kernel("6.1", 1);
        put_links("6.1");
        CHECK(bootdir_store_update(store, "g", "share", NULL, &u, &e) == 0 && u.outcome == BOOTDIR_NEW);
        CHECK(access(kernel, R_OK) == 0);
        CHECK(bootdir_store_update(store, "g", "share", NULL, &u, &e) == 0 && u.outcome == BOOTDIR_SAME);
        CHECK(bootdir_store_rollback(store, "g", &now, &e) < 0);
        to_shadow();
        CHECK(bootdir_store_update(store, "g", "share", NULL, &u, &e) == 0 && u.outcome == BOOTDIR_KEPT &&
                strstr(u.why_kept.text, "outside"));
        put_kernel("6.2", 2);
        put_links("6.2");
        CHECK(bootdir_store_update(store, "g", "share", NULL, &u, &e) == 0 && u.outcome == BOOTDIR_NEW && !strcmp(u.found.release, "6.2"));
        CHECK(bootdir_store_prove(store, "g", &e) == 0);
        CHECK(bootdir_store_status(store, "g", &s, &e) == 1 && s.proven && s.has_previous && !strcmp(s.previous.release, "6.1"));
        free(s.name);
        CHECK(bootdir_store_rollback(store, "g", &now, &e) == 0 && !strcmp(now.release, "6.1"));
        CHECK(bootdir_store_update(store, "g", "share", NULL, &u, &e) == 0 && u.outcome == BOOTDIR_KEPT &&
                strstr(u.why_kept.text, "rolled back"));
        put_kernel("6.2", 3);
        CHECK(bootdir_store_update(store, "g", "share", NULL, &u, &e) == 0 && u.outcome == BOOTDIR_NEW && !strcmp(u.found.release, "6.2"));
        CHECK(bootdir_store_remove(store, "g", &e) == 0 && access("store/g", F_OK) < 0);
        CHECK(bootdir_store_status(store, "g", &s, &e) == 0);
        CHECK(bootdir_store_update(store, "../g", "share", NULL, &u, &e) < 0 && bootdir_store_update(store, "", "share", NULL, &u, &e) < 0);
        close(share);
}

/* ---- a guest that writes while it is read ---- */

struct swapper {
        int share;
        bool stop;
};

/* Renames, links and half-written files in turns, as fast as it goes. */
static void *swap(void *p)
{
        struct swapper *s = p;
        u8 kernel[TEST_KERNEL_BYTES];
        for (unsigned i = 0; !__atomic_load_n(&s->stop, __ATOMIC_RELAXED); i++) {
                make_zimage(kernel, i % 2 ? 'A' : 'B');
                put_guest_file(s->share, "fresh", S_IFREG | 0644, kernel, i % 5 ? sizeof kernel : 100, false);
                renameat(s->share, "fresh", s->share, "vmlinuz-6.1");
                put_guest_file(s->share, "fresh", S_IFLNK | 0777, i % 7 ? "vmlinuz-6.1" : "/etc/shadow", 11, false);
                renameat(s->share, "fresh", s->share, "vmlinuz");
                usleep(i % 3 * 300);
        }
        return NULL;
}

/* The current kernel is all A or all B. */
static bool kernel_is_whole(const char *path)
{
        u8 found[TEST_KERNEL_BYTES + 1], a[TEST_KERNEL_BYTES], b[TEST_KERNEL_BYTES];
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
        make_zimage(a, 'A');
        make_zimage(b, 'B');
        return fd >= 0 && read(fd, found, sizeof found) == TEST_KERNEL_BYTES &&
               (!memcmp(found, a, sizeof a) || !memcmp(found, b, sizeof b));
}

static void swapped_while_read(void)
{
        struct bootdir_update u;
        struct err e = { 0 };
        open_share();
        remove_folder("store");
        put_kernel("6.1", 'A');
        put_links("6.1");
        AUTO_FREE char *here = realpath(".", NULL), *store = format("%s/store", here), *kernel = bootdir_store_kernel(store, "g");
        CHECK(bootdir_store_update(store, "g", "share", "armv7l", &u, &e) == 0);
        struct swapper s = { .share = share };
        pthread_t thread;
        pthread_create(&thread, NULL, swap, &s);
        for (int i = 0; i < 40; i++) {
                CHECK(bootdir_store_update(store, "g", "share", "armv7l", &u, &e) == 0);
                CHECK(kernel_is_whole(kernel));
        }
        __atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
        pthread_join(thread, NULL);
        close(share);
}

/* ---- small parts ---- */

static void order(void)
{
        static const char *const in_order[] = { "5.10.0-9-armmp", "6.1.0-9-armmp", "6.1.0-50-armmp", "6.1.0-50-armmp-lpae", "6.9",
                "6.12-rc1", "6.12-rc2", "6.12", "6.12.0", "6.12.113+deb12-armmp" };
        for (size_t i = 0; i < ARRAY_LEN(in_order); i++)
                for (size_t k = 0; k < ARRAY_LEN(in_order); k++) {
                        int c = bootdir_order(in_order[i], in_order[k]);
                        CHECK_CASE((c < 0) == (i < k) && (c > 0) == (i > k), "order of %s and %s: %d", in_order[i], in_order[k], c);
                }
}

/* What reads the share can open nothing else. */
static void confined(void)
{
        open_share();
        put("file", "x", 1);
        pid_t child = fork();
        if (!child) {
                struct err e;
                bool landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
                if (confine_below(share, 1 << 20, &e) < 0)
                        _exit(1);
                int inside = openat(share, "file", O_RDONLY | O_CLOEXEC), outside = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
                int made = openat(share, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
                _exit(inside < 0 || (landlock && (outside >= 0 || made >= 0)) ? 2 : 0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
        close(share);
}

/* Inside of a container whose filter does not know Landlock. */
static void confined_in_container(void)
{
        struct sock_filter rules[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        const struct sock_fprog filter = { ARRAY_LEN(rules), rules };
        open_share();
        pid_t child = fork();
        if (!child) {
                struct err e;
                if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
                        _exit(2);
                _exit(confine_below(share, 1 << 20, &e) < 0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
        close(share);
}

static void forms(void)
{
        const char *why;
        static const char with[] = "CONFIG_IOMMU_IO_PGTABLE_LPAE=y\nCONFIG_ARM_LPAE=y\n", without[] = "X=y\n# CONFIG_ARM_LPAE is not set\n";
        CHECK(arm32_lpae(with, sizeof with - 1, "6.1-armmp", &why) == ARM32_LPAE);
        CHECK(arm32_lpae(without, sizeof without - 1, "6.1-armmp-lpae", &why) == ARM32_NO_LPAE);
        CHECK(arm32_lpae("# CONFIG_ARM_LPAE", 17, "6.1.0-50-armmp-lpae", &why) == ARM32_LPAE);
        CHECK(arm32_lpae(NULL, 0, "6.1.0-50-armmp", &why) == ARM32_NO_LPAE && arm32_lpae(NULL, 0, "6.1", &why) == ARM32_UNKNOWN);
        open_share();
        put("vmlinuz-6.1-own", "", 0);
        put("config-6.1-own", with, sizeof with - 1);
        CHECK(arm32_lpae_of_file("share/vmlinuz-6.1-own", &why) == ARM32_LPAE && arm32_lpae_of_file("/nowhere", &why) == ARM32_UNKNOWN);
        CHECK(arm32_form(&(struct arm32_wish){ .lpae = ARM32_LPAE }, &why) == ARM32_HIGH_ECAM);
        CHECK(arm32_form(&(struct arm32_wish){ .lpae = ARM32_LPAE, .kernel_changes = true }, &why) == ARM32_LOW_ECAM);
        CHECK(arm32_form(&(struct arm32_wish){ .lpae = ARM32_NO_LPAE }, &why) == ARM32_LOW_ECAM);
        CHECK(arm32_form(&(struct arm32_wish){ .uefi = true }, &why) == ARM32_UEFI);
        close(share);
}

static void domains(void)
{
        static const char ours[] =
                "<domain><os><type arch='armv7l'>hvm</type><kernel>/var/lib/crossarm/bootdir/a1/current/vmlinuz</kernel></os>"
                "<devices><filesystem type='mount' accessmode='mapped'><source dir='/srv/a1'/><target dir='virtio-boot'/>"
                "</filesystem></devices></domain>";
        static const char no_share[] =
                "<domain><os><type arch='armv7l'>hvm</type><kernel>/x/crossarm/bootdir/a1/current/vmlinuz</kernel></os></domain>";
        static const char *const others[] = { "<domain/>", "<domain><os><kernel>/boot/vmlinuz</kernel></os></domain>",
                "<domain><os><kernel>/var/lib/crossarm/bootdir/../current/vmlinuz</kernel></os></domain>",
                "<domain><os><kernel>/var/lib/crossarm/bootdir/a/b/current/vmlinuz</kernel></os></domain>" };
        struct err e = { 0 };
        struct bootdir_domain d;
        CHECK(bootdir_domain_read(ours, sizeof ours - 1, &d, &e) == 1 && !strcmp(d.name, "a1") && !strcmp(d.share, "/srv/a1") &&
                !strcmp(d.root, "/var/lib/crossarm/bootdir") && !strcmp(d.arch, "armv7l"));
        bootdir_domain_free(&d);
        CHECK(bootdir_domain_read(no_share, sizeof no_share - 1, &d, &e) < 0);
        CHECK(bootdir_domain_read("<dom", 4, &d, &e) < 0);
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                CHECK(bootdir_domain_read(others[i], strlen(others[i]), &d, &e) == 0);
}

static void hook(void)
{
        struct err e = { 0 };
        AUTO_FREE char *here = realpath(".", NULL), *hooks = format("%s/hooks", here),
                       *other = format("%s/hooks/qemu.d/crossarm-bootdir", here);
        CHECK(bootdir_hook_uninstall(hooks, &e) == 0 && !bootdir_hook_installed(hooks));
        CHECK(bootdir_hook_install(hooks, "/o'p t/crossarm", &e) == 1 && bootdir_hook_installed(hooks));
        CHECK(bootdir_hook_install(hooks, "/o'p t/crossarm", &e) == 0);
        CHECK(system("sh -n hooks/qemu.d/crossarm-bootdir && hooks/qemu.d/crossarm-bootdir g prepare begin -") == 0);
        CHECK(bootdir_hook_uninstall(hooks, &e) == 1 && bootdir_hook_uninstall(hooks, &e) == 0);
        close(open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
        CHECK(bootdir_hook_install(hooks, "/x", &e) < 0 && bootdir_hook_uninstall(hooks, &e) < 0);
}

int main(void)
{
        char place[] = "/tmp/vm-bootdir-XXXXXX";
        if (!mkdtemp(place) || chdir(place) < 0)
                return 1;
        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                for (int mode = 0; mode < 2; mode++)
                        if (cases[i].modes & 1 << mode)
                                run_case(i, mode);
        keeps_and_goes_back();
        swapped_while_read();
        confined();
        confined_in_container();
        forms();
        order();
        domains();
        hook();
        remove_folder(place);
        return check_status();
}
