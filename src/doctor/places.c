#include "doctor/places.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

/* \040 and so on, in place. */
static void unescape(char *text)
{
        char *to = text;
        for (; *text; to++) {
                unsigned code;
                if (*text == '\\' && sscanf(text + 1, "%3o", &code) == 1) {
                        *to = (char)code;
                        text += 4;
                } else
                        *to = *text++;
        }
        *to = 0;
}

char *mount_point(int fd)
{
        struct statx st;
        if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0 || !(st.stx_mask & STATX_MNT_ID))
                return NULL;
        AUTO_FREE char *text = read_text(AT_FDCWD, "/proc/self/mountinfo", 1 << 22);
        for (char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
                unsigned long long id;
                char point[4096];
                if (sscanf(line, "%llu %*s %*s %*s %4095s", &id, point) == 2 && id == st.stx_mnt_id) {
                        unescape(point);
                        return format("%s", point);
                }
        }
        return NULL;
}

/* One process: whether one of its descriptors is this file, for writing. */
static bool writes(int pid, const struct stat *file)
{
        AUTO_FREE char *folder = format("/proc/%d/fd", pid);
        DIR *dir = opendir(folder);
        bool found = false;
        for (struct dirent *d; dir && !found && (d = readdir(dir));) {
                struct stat st;
                unsigned flags = 0;
                if (d->d_name[0] == '.' || fstatat(dirfd(dir), d->d_name, &st, 0) < 0 || st.st_ino != file->st_ino ||
                        st.st_dev != file->st_dev)
                        continue;
                AUTO_FREE char *path = format("/proc/%d/fdinfo/%s", pid, d->d_name);
                AUTO_FREE char *info = read_text(AT_FDCWD, path, 4096);
                const char *at = info ? strstr(info, "flags:") : NULL;
                found = at && sscanf(at, "flags: %o", &flags) == 1 && (flags & O_ACCMODE) != O_RDONLY;
        }
        if (dir)
                closedir(dir);
        return found;
}

static bool find_writer(const struct stat *file, struct writer *w)
{
        DIR *dir = opendir("/proc");
        *w = (struct writer){ 0 };
        for (struct dirent *d; dir && !w->pid && (d = readdir(dir));) {
                int pid = atoi(d->d_name);
                if (pid <= 0 || pid == getpid() || !writes(pid, file)) /* ours would be inherited from one of the others */
                        continue;
                AUTO_FREE char *path = format("/proc/%d/comm", pid);
                AUTO_FREE char *name = read_text(AT_FDCWD, path, sizeof w->name - 1);
                w->pid = pid;
                snprintf(w->name, sizeof w->name, "%s", name ? name : "?");
                w->name[strcspn(w->name, "\n")] = 0;
        }
        if (dir)
                closedir(dir);
        return w->pid;
}

/* A read lease is refused while anybody has the file open for writing (fcntl(2)). 1 it is, 0 not; -1: only the owner and root may ask. */
static int lease_refused(int fd)
{
        void (*before)(int) = signal(SIGIO, SIG_IGN);
        int answer = fcntl(fd, F_SETLEASE, F_RDLCK) == 0 ? 0 : errno == EAGAIN ? 1 : -1;
        fcntl(fd, F_SETLEASE, F_UNLCK);
        signal(SIGIO, before);
        return answer;
}

bool file_written(int fd, struct writer *w)
{
        struct stat st;
        int refused = lease_refused(fd);
        return refused && fstat(fd, &st) == 0 && (find_writer(&st, w) || refused > 0);
}

unsigned keepers_waiting(void)
{
        DIR *dir = opendir("/proc");
        unsigned count = 0;
        for (struct dirent *d; dir && (d = readdir(dir));) {
                char state;
                int parent;
                AUTO_FREE char *path = format("%s/stat", d->d_name), *text = atoi(d->d_name) > 0 ? read_text(dirfd(dir), path, 1024) : NULL;
                const char *end = text ? strstr(text, "(crossarm-keeper)") : NULL;
                if (end && sscanf(strchr(end, ')') + 1, " %c %d", &state, &parent) == 2)
                        count += state == 'Z' && parent == 1;
        }
        if (dir)
                closedir(dir);
        return count;
}
