#include "vm/bootdir_take.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/confine.h"
#include "vm/initrd_image.h"
#include "vm/kernel_image.h"

enum { TRIES = 4, PIECE = 1 << 20 };

/* ---- copying ---- */

static bool same_state(const struct stat *a, const struct stat *b)
{
        return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
               a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int write_all(int fd, const u8 *data, size_t len, struct err *e)
{
        while (len) {
                ssize_t n = write(fd, data, len);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_set(e, 1, "cannot keep a copy of the guest's kernel: %s", strerror(errno));
                data += n;
                len -= (size_t)n;
        }
        return 0;
}

/* One reading from start to end. 1; 0 when the file changed meanwhile; -1 and *e. */
static int copy_once(int from, int to, u64 max, const char *name, u64 *size, struct err *e)
{
        AUTO_FREE u8 *piece = malloc(PIECE);
        struct stat before, after;
        check(piece);
        if (ftruncate(to, 0) < 0 || lseek(to, 0, SEEK_SET) < 0 || fstat(from, &before) < 0)
                return err_set(e, 1, "cannot keep a copy of the guest's kernel: %s", strerror(errno));
        if ((u64)before.st_size > max)
                return err_set(e, 2, "%s of the guest's /boot has %llu MiB; more than %llu are not taken", bootdir_shown(name).text,
                        (unsigned long long)before.st_size >> 20, (unsigned long long)max >> 20);
        u64 done = 0;
        for (ssize_t n; (n = pread(from, piece, PIECE, (off_t)done)) != 0;) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_set(e, 1, "cannot read %s of the guest's /boot: %s", bootdir_shown(name).text, strerror(errno));
                done += (u64)n;
                if (done > (u64)before.st_size)
                        return 0;
                if (write_all(to, piece, (size_t)n, e) < 0)
                        return -1;
        }
        *size = done;
        return fstat(from, &after) == 0 && same_state(&before, &after) && done == (u64)before.st_size;
}

/* The file at the path that the links led to: 1, 0 when it is not there any more or changed, -1 and *e. */
static int copy_file(int share, const char *path, int to, u64 max, u64 *size, struct err *e)
{
        struct bootdir_file f;
        int there = bootdir_look(share, path, &f, e);
        if (there <= 0)
                return there;
        AUTO_CLOSE int fd = f.fd;
        return f.kind == BOOTDIR_FILE ? copy_once(fd, to, max, path, size, e) : 0;
}

static bool same_pair(const struct bootdir_pair *a, const struct bootdir_pair *b)
{
        return !strcmp(a->kernel, b->kernel) && !strcmp(a->initrd, b->initrd);
}

/* Links, then contents, then the links again: what was copied is what they named at one moment. */
static int copy_pair(int share, int kernel_fd, int initrd_fd, struct bootdir_found *found, struct err *e)
{
        for (int i = 0; i < TRIES; i++) {
                struct bootdir_pair again;
                if (bootdir_pair_find(share, &found->pair, e) < 0)
                        return -1;
                int whole = copy_file(share, found->pair.kernel, kernel_fd, BOOTDIR_KERNEL_MAX, &found->kernel_bytes, e);
                if (whole > 0)
                        whole = copy_file(share, found->pair.initrd, initrd_fd, BOOTDIR_INITRD_MAX, &found->initrd_bytes, e);
                if (whole < 0)
                        return -1;
                if (whole && bootdir_pair_find(share, &again, e) == 0 && same_pair(&found->pair, &again))
                        return 0;
                usleep(50000); /* somebody is writing: give them time */
        }
        return err_set(e, 2, "the guest's /boot changes while it is read; is a kernel being installed, or is another guest using it?");
}

/* ---- checking the copies ---- */

struct mapping {
        u8 *data;
        size_t len;
};

static void unmap_var(struct mapping *m)
{
        if (m->data)
                munmap(m->data, m->len);
}
#define AUTO_UNMAP __attribute__((cleanup(unmap_var)))

static int map_copy(int fd, u64 size, const char *name, struct mapping *m, struct err *e)
{
        if (!size)
                return err_set(e, 2, "%s of the guest's /boot is empty (has the guest finished installing it?)", bootdir_shown(name).text);
        m->data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (m->data == MAP_FAILED) {
                m->data = NULL;
                return err_set(e, 1, "cannot check the copy of the guest's kernel: %s", strerror(errno));
        }
        m->len = size;
        return 0;
}

static int refuse_file(const char *name, const struct err *why, struct err *e)
{
        return err_set(e, why->code, "%s of the guest's /boot cannot be started: %s", bootdir_shown(name).text, why->text);
}

/* By name ("vmlinuz-lts" names none); or the kernel tells it itself, or the initramfs does. */
static const char *release_by_name(const struct bootdir_pair *p)
{
        return p->release[0] >= '0' && p->release[0] <= '9' ? p->release : "";
}

static void choose_release(struct bootdir_found *found, const struct kernel_image *k, const struct initrd_image *i)
{
        const char *named = release_by_name(&found->pair);
        const char *release = *named ? named : *k->release ? k->release : i->release_count == 1 ? i->releases[0] : "";
        snprintf(found->release, sizeof found->release, "%s", bootdir_shown(release).text);
}

static int check_releases(struct bootdir_found *found, const struct kernel_image *k, const struct initrd_image *i, struct err *e)
{
        const char *named = release_by_name(&found->pair);
        choose_release(found, k, i);
        struct bootdir_shown kernel = bootdir_shown(found->pair.kernel), initrd = bootdir_shown(found->pair.initrd);
        if (*k->release && *named && strcmp(k->release, named))
                return err_set(e, 2, "%s of the guest's /boot is Linux %s by its content, not what its name says", kernel.text, k->release);
        if (*found->release && !initrd_image_fits(i, found->release))
                return err_set(e, 2,
                        "%s and %s of the guest's /boot do not belong together: the modules are of %s; run `update-initramfs -u -k %s` in "
                        "the "
                        "guest",
                        kernel.text, initrd.text, bootdir_shown(i->releases[0]).text, found->release);
        return 0;
}

static int check_copies(
        const char *arch, const struct mapping *kernel, const struct mapping *initrd, struct bootdir_found *found, struct err *e)
{
        struct kernel_image k;
        static struct initrd_image i;
        struct err why = { 0 };
        if (kernel_image_read(kernel->data, kernel->len, &k, &why) < 0)
                return refuse_file(found->pair.kernel, &why, e);
        if (arch && strcmp(arch, k.arch))
                return err_set(e, 2, "%s of the guest's /boot is a kernel for %s, but the guest's machine is %s",
                        bootdir_shown(found->pair.kernel).text, k.arch, arch);
        if (initrd_image_read(initrd->data, initrd->len, &i, &why) < 0)
                return refuse_file(found->pair.initrd, &why, e);
        snprintf(found->arch, sizeof found->arch, "%s", k.arch);
        snprintf(found->kernel_format, sizeof found->kernel_format, "%s", k.format);
        snprintf(found->initrd_format, sizeof found->initrd_format, "%s", i.format);
        return check_releases(found, &k, &i, e);
}

static void digest_copies(const struct mapping *kernel, const struct mapping *initrd, char text[65])
{
        u8 sum[EVP_MAX_MD_SIZE];
        unsigned len = 0;
        EVP_MD_CTX *c = EVP_MD_CTX_new();
        check(c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) && EVP_DigestUpdate(c, kernel->data, kernel->len) &&
                EVP_DigestUpdate(c, initrd->data, initrd->len) && EVP_DigestFinal_ex(c, sum, &len) && len == 32);
        EVP_MD_CTX_free(c);
        for (unsigned i = 0; i < len; i++)
                sprintf(text + 2 * i, "%02x", sum[i]);
}

static int take_here(int share, const char *arch, int kernel_fd, int initrd_fd, struct bootdir_found *found, struct err *e)
{
        AUTO_UNMAP struct mapping kernel = { 0 };
        AUTO_UNMAP struct mapping initrd = { 0 };
        if (copy_pair(share, kernel_fd, initrd_fd, found, e) < 0 ||
                map_copy(kernel_fd, found->kernel_bytes, found->pair.kernel, &kernel, e) < 0 ||
                map_copy(initrd_fd, found->initrd_bytes, found->pair.initrd, &initrd, e) < 0 ||
                check_copies(arch, &kernel, &initrd, found, e) < 0)
                return -1;
        digest_copies(&kernel, &initrd, found->digest);
        return 0;
}

/* ---- the child ---- */

struct answer {
        int status;
        struct bootdir_found found;
        struct err e;
};

static _Noreturn void be_child(int share, const char *arch, int kernel_fd, int initrd_fd, int out)
{
        static struct answer a; /* all of it goes through the pipe: no bytes of the stack in its gaps */
        a.status = confine_below(share, BOOTDIR_INITRD_MAX, &a.e);
        if (a.status == 0)
                a.status = take_here(share, arch, kernel_fd, initrd_fd, &a.found, &a.e);
        ssize_t sent = write(out, &a, sizeof a);
        _exit(sent == (ssize_t)sizeof a ? 0 : 1);
}

static bool read_answer(int fd, struct answer *a)
{
        size_t have = 0;
        while (have < sizeof *a) {
                ssize_t n = read(fd, (u8 *)a + have, sizeof *a - have);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return false;
                have += (size_t)n;
        }
        return true;
}

/* Whoever may have become master of the child: a text stays a text, and a number a small one. */
static void tame(struct answer *a)
{
        struct bootdir_found *f = &a->found;
        char *const texts[] = { a->e.text, f->pair.kernel, f->pair.initrd, f->pair.kernel_link, f->pair.initrd_link, f->pair.release,
                f->arch, f->kernel_format, f->initrd_format, f->release, f->digest };
        const size_t sizes[] = { sizeof a->e.text, BOOTDIR_NAME_MAX, BOOTDIR_NAME_MAX, BOOTDIR_NAME_MAX, BOOTDIR_NAME_MAX,
                BOOTDIR_RELEASE_MAX, sizeof f->arch, sizeof f->kernel_format, sizeof f->initrd_format, sizeof f->release,
                sizeof f->digest };
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                texts[i][sizes[i] - 1] = 0;
                for (char *c = texts[i]; *c; c++)
                        if (*c < ' ' || *c == 0x7f)
                                *c = '?';
        }
}

int bootdir_take(int share, const char *arch, int kernel_fd, int initrd_fd, struct bootdir_found *found, struct err *e)
{
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) < 0)
                return err_set(e, 1, "cannot make a pipe: %s", strerror(errno));
        pid_t child = fork();
        if (child == 0)
                be_child(share, arch, kernel_fd, initrd_fd, ends[1]);
        close(ends[1]);
        AUTO_CLOSE int in = ends[0];
        if (child < 0)
                return err_set(e, 1, "cannot start a process: %s", strerror(errno));
        struct answer a;
        bool answered = read_answer(in, &a);
        int status;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
                ;
        if (!answered)
                return err_set(e, 2,
                        "the check of the guest's kernel ended by signal %d: its files are damaged in a way that is an error of ours to "
                        "miss; report it with a copy of the share",
                        WIFSIGNALED(status) ? WTERMSIG(status) : 0);
        tame(&a);
        *found = a.found;
        return a.status ? err_set(e, a.e.code == 1 ? 1 : 2, "%s", a.e.text) : 0;
}
