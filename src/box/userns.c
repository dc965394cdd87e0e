#include "box/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"

u64 userns_identity(const char *id_map, char *out, size_t cap)
{
        u64 total = 0;
        size_t len = 0;
        unsigned long inside, outside, count;
        int used;
        out[0] = 0;
        while (sscanf(id_map, "%lu %lu %lu%n", &inside, &outside, &count, &used) == 3) {
                int n = snprintf(out + len, cap - len, "%lu %lu %lu\n", inside, inside, count);
                if (n < 0 || (size_t)n >= cap - len)
                        break;
                len += (size_t)n;
                total += count;
                id_map += used;
        }
        return total;
}

bool userns_subid(const char *text, const char *name, u32 id, u32 *start, u32 *count)
{
        for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
                char owner[128];
                if (sscanf(line, "%127[^:\n]:%u:%u", owner, start, count) != 3 || !*count)
                        continue;
                char *end;
                unsigned long number = strtoul(owner, &end, 10);
                if ((name && !strcmp(owner, name)) || (!*end && number == id))
                        return true;
        }
        return false;
}

/* Everything below runs in a child that stayed in the old namespaces and writes the maps of its parent. */

static int write_map(pid_t pid, const char *file, const char *text)
{
        AUTO_FREE char *path = format("/proc/%d/%s", pid, file);
        return write_text(path, text, strlen(text));
}

static int run_mapper(const char *tool, pid_t pid, u32 inside_first, u32 own, u32 start, u32 count)
{
        pid_t child = fork();
        if (child < 0)
                return -1;
        if (child == 0) {
                int null = open("/dev/null", O_RDWR);
                if (null >= 0)
                        dup2(null, 2);
                char n[6][16];
                snprintf(n[0], sizeof n[0], "%d", pid);
                snprintf(n[1], sizeof n[1], "%u", inside_first);
                snprintf(n[2], sizeof n[2], "%u", own);
                snprintf(n[3], sizeof n[3], "%u", inside_first + 1);
                snprintf(n[4], sizeof n[4], "%u", start);
                snprintf(n[5], sizeof n[5], "%u", count);
                execlp(tool, tool, n[0], n[1], n[2], "1", n[3], n[4], n[5], (char *)NULL);
                _exit(127);
        }
        int status;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
                ;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static bool map_with_subids(pid_t pid, uid_t uid, gid_t gid)
{
        struct passwd *pw = getpwuid(uid);
        AUTO_FREE char *users = read_text(AT_FDCWD, "/etc/subuid", 1 << 16);
        AUTO_FREE char *groups = read_text(AT_FDCWD, "/etc/subgid", 1 << 16);
        u32 ustart, ucount, gstart, gcount;
        if (!users || !groups || !userns_subid(users, pw ? pw->pw_name : NULL, uid, &ustart, &ucount) ||
                !userns_subid(groups, pw ? pw->pw_name : NULL, uid, &gstart, &gcount))
                return false;
        return run_mapper("newgidmap", pid, 0, gid, gstart, gcount) == 0 && run_mapper("newuidmap", pid, 0, uid, ustart, ucount) == 0;
}

static int map_identity(pid_t pid)
{
        static const char *const files[] = { "uid_map", "gid_map" };
        for (int i = 0; i < 2; i++) {
                AUTO_FREE char *mine = NULL;
                AUTO_FREE char *path = format("/proc/self/%s", files[i]);
                char text[4096];
                if (!(mine = read_text(AT_FDCWD, path, 4095)) || !userns_identity(mine, text, sizeof text))
                        return -1;
                if (write_map(pid, files[i], text) < 0)
                        return -1;
        }
        return 0;
}

static int map_single(pid_t pid, enum userns_map map, uid_t uid, gid_t gid)
{
        AUTO_FREE char *u = format("%u %u 1\n", map == USERNS_AS_ROOT ? 0 : uid, uid);
        AUTO_FREE char *g = format("%u %u 1\n", map == USERNS_AS_ROOT ? 0 : gid, gid);
        if (write_map(pid, "setgroups", "deny") < 0 && errno != ENOENT)
                return -1;
        return write_map(pid, "gid_map", g) < 0 ? -1 : write_map(pid, "uid_map", u);
}

/* 0, or an errno. */
static int write_maps(pid_t pid, enum userns_map map)
{
        uid_t uid = geteuid();
        gid_t gid = getegid();
        if (uid == 0 && map_identity(pid) == 0)
                return 0;
        if (uid != 0 && map == USERNS_AS_ROOT && map_with_subids(pid, uid, gid))
                return 0;
        return map_single(pid, map, uid, gid) == 0 ? 0 : errno;
}

static int private_mounts(struct err *e)
{
        if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return err_set(e, 126, "cannot make the mounts private: %s", strerror(errno));
        return 0;
}

int userns_mounts_only(struct err *e)
{
        if (unshare(CLONE_NEWNS) < 0)
                return err_set(e, 126, "cannot make a private mount namespace: %s", strerror(errno));
        return private_mounts(e);
}

static int userns_refused(struct err *e, int why)
{
        const char *next = "boot a kernel built with CONFIG_USER_NS, or run crossarm as root";
        if (why == EPERM || why == EACCES)
                next = "let it by `sysctl kernel.unprivileged_userns_clone=1` and `sysctl kernel.apparmor_restrict_unprivileged_userns=0` "
                       "(whichever this kernel has), or run crossarm as root, or outside of the container that forbids it";
        if (why == ENOSPC)
                next = "raise the limit, `sysctl user.max_user_namespaces=10000`, or run crossarm as root";
        return err_set(e, 126, "cannot make a user namespace: %s; %s", strerror(why), next);
}

int userns_enter(enum userns_map map, struct err *e)
{
        int ready[2], done[2];
        if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(done, O_CLOEXEC) < 0)
                return err_set(e, 126, "cannot make a pipe: %s", strerror(errno));
        pid_t parent = getpid(), child = fork();
        if (child < 0)
                return err_set(e, 126, "cannot start a process: %s", strerror(errno));
        if (child == 0) {
                char go;
                close(ready[1]);
                int why = read(ready[0], &go, 1) == 1 ? write_maps(parent, map) : 0;
                _exit(write(done[1], &why, sizeof why) != sizeof why);
        }
        close(ready[0]);
        close(done[1]);
        int why = unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ? errno : 0, map_why = EIO;
        bool told = !why && write(ready[1], "", 1) == 1;
        close(ready[1]);
        if (read(done[0], &map_why, sizeof map_why) != sizeof map_why)
                map_why = EIO;
        close(done[0]);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
                ;
        if (why)
                return userns_refused(e, why);
        if (!told || map_why)
                return err_set(e, 126, "cannot map user ids into a namespace: %s; see user_namespaces(7), or run crossarm as root",
                        strerror(map_why));
        return private_mounts(e);
}
