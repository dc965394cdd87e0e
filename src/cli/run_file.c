#include "cli/run_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "box/box.h"
#include "cli/cmd.h"

bool run_names_file(const char *path)
{
        static const struct {
                u16 at, len;
                const char *bytes;
        } kinds[] = {
                { 0, 4, "hsqs" },        /* squashfs */
                { 1080, 2, "\x53\xef" }, /* ext2/3/4 */
                { 510, 2, "\x55\xaa" },  /* a partition table */
                { 257, 5, "ustar" },     /* tar */
                { 0, 2, "\x1f\x8b" },    /* gzip */
                { 0, 5,
                        "\xfd"
                        "7zXZ" },             /* xz */
                { 0, 4, "\x28\xb5\x2f\xfd" }, /* zstd */
                { 0, 3, "BZh" },              /* bzip2 */
                { 0, 4, "\x04\x22\x4d\x18" }, /* lz4 */
                { 0, 4, "PK\3\4" },           /* zip */
        };
        u8 head[2048] = { 0 };
        struct stat st;
        AUTO_CLOSE int fd = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        if (fd < 0 || pread(fd, head, sizeof head, 0) <= 0 || !memcmp(head, "\177ELF", 4) || !memcmp(head, "#!", 2))
                return false;
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                if (!memcmp(head + kinds[i].at, kinds[i].bytes, kinds[i].len))
                        return true;
        return false;
}

/* Made with the folders above it, and ours: a cache that somebody else prepared would be a trap. */
static bool own_folder(const char *path)
{
        struct stat st;
        AUTO_FREE char *copy = format("%s", path);
        for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = 0;
                mkdir(copy, 0755);
                *slash = '/';
        }
        mkdir(path, 0700);
        return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 022);
}

char *run_file_cache(void)
{
        const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
        char *path = cache && *cache == '/' ? format("%s/crossarm/trees", cache)
                     : home && *home == '/' ? format("%s/.cache/crossarm/trees", home)
                                            : NULL;
        if (path && own_folder(path))
                return path;
        free(path);
        path = format("/var/tmp/crossarm-%u/trees", geteuid());
        AUTO_FREE char *above = format("/var/tmp/crossarm-%u", geteuid());
        if (own_folder(above) && own_folder(path))
                return path;
        say_error("cannot make a folder for unpacked trees, neither in ~/.cache nor %s: %s", path, strerror(errno));
        free(path);
        return NULL;
}

static bool is_there(const char *tree)
{
        return access(tree, F_OK) == 0;
}

static int unpack(const char *path, const char *tree)
{
        AUTO_FREE char *program = beside_us("crossarm-image");
        char *argv[] = { "rootfs", "import", (char *)path, (char *)tree, NULL };
        pid_t pid = fork();
        if (pid == 0) {
                execv(program, argv);
                say_error("cannot start %s: %s; it belongs beside crossarm", program, strerror(errno));
                _exit(126);
        }
        int status = -1;
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        return status;
}

/* The lock of the cache, which goes to the box. */
static int hold(const char *folder, struct box *b)
{
        AUTO_FREE char *path = format("%s/" RUN_FILE_LOCK, folder);
        struct held_files *held = calloc(1, sizeof *held);
        if (!held)
                abort();
        held->fd[0] = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
        if (held->fd[0] < 0 || flock(held->fd[0], LOCK_SH) < 0) {
                say_error("cannot lock %s: %s", path, strerror(errno));
                free(held);
                return -1;
        }
        held->count = 1;
        b->held = held;
        return 0;
}

int run_file(const char *path, struct box *b)
{
        struct stat st;
        AUTO_FREE char *folder = run_file_cache();
        if (!folder || hold(folder, b) < 0)
                return 126;
        if (stat(path, &st) < 0) {
                say_error("cannot open %s: %s", path, strerror(errno));
                return 126;
        }
        char *tree = format("%s/%lx-%lx-%lx-%lx%08lx", folder, (unsigned long)st.st_dev, (unsigned long)st.st_ino,
                (unsigned long)st.st_size, (unsigned long)st.st_mtim.tv_sec, (unsigned long)st.st_mtim.tv_nsec);
        /* Another run may have been faster: then it is there all the same. */
        if (is_there(tree) || unpack(path, tree) == 0 || is_there(tree)) {
                b->rootfs = tree; /* it stays allocated for that */
                return 0;
        }
        free(tree);
        return 126;
}
