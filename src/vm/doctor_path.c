/* May QEMU come to a file? libvirt's system daemon runs it as a user of its own, and changes the owner of an image, but not the folders
 * above it. */
#include "vm/doctor_parts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"

/* Debian's, Fedora's and openSUSE's. */
static const char *const users[] = { "libvirt-qemu", "qemu" };

static const struct passwd *qemu_user(void)
{
        const struct passwd *user = NULL;
        for (size_t i = 0; i < ARRAY_LEN(users) && !user; i++)
                user = getpwnam(users[i]);
        return user;
}

/* Each folder above the file, the outermost first, into `to`; false after the last. */
static bool next_folder(const char *path, size_t *at, char **to)
{
        const char *slash = strchr(path + *at, '/');
        if (!slash)
                return false;
        size_t len = slash == path ? 1 : (size_t)(slash - path);
        *to = format("%.*s", (int)len, path);
        *at = (size_t)(slash - path) + 1;
        return true;
}

/* As that user, in a process of its own, so that ACLs count too: the number of the first folder that is closed, or 0. */
static int first_closed(const struct passwd *user, const char *path)
{
        pid_t pid = fork();
        if (pid == 0) {
                if (initgroups(user->pw_name, user->pw_gid) < 0 || setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0)
                        _exit(255);
                int number = 0;
                char *folder;
                for (size_t at = 0; next_folder(path, &at, &folder); free(folder))
                        if (++number < 254 && access(folder, X_OK) < 0)
                                _exit(number);
                _exit(0);
        }
        int status = 0;
        return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void say_closed(struct doctor *d, const struct passwd *user, const char *path, int number)
{
        char *folder = NULL;
        for (size_t at = 0; number > 0; number--) {
                free(folder);
                if (!next_folder(path, &at, &folder))
                        folder = NULL;
        }
        AUTO_FREE char *cure =
                format("setfacl -m u:%s:x %s; or keep images in /var/lib/libvirt/images", user->pw_name, folder ? folder : path);
        doctor_say(d, "disk", DOCTOR_BAD, cure, "%s: the user %s that QEMU runs as may not enter %s", path, user->pw_name,
                folder ? folder : "its folder");
        free(folder);
}

void doctor_path(struct doctor *d, const char *path)
{
        const struct passwd *user = qemu_user();
        struct stat st;
        if (*path != '/')
                doctor_say(d, "disk", DOCTOR_BAD, NULL, "%s is no whole path", path);
        else if (stat(path, &st) < 0)
                doctor_say(d, "disk", DOCTOR_BAD, NULL, "%s: %s", path, err_name(errno));
        else if (!user)
                doctor_say(d, "disk", DOCTOR_NOTE, NULL,
                        "%s: there is no user libvirt-qemu or qemu here, so that QEMU runs as root or as yourself", path);
        else if (geteuid() != 0)
                doctor_say(
                        d, "disk", DOCTOR_NOTE, "run this as root", "%s: whether %s may come to it only root can try", path, user->pw_name);
        else {
                int number = first_closed(user, path);
                if (number == 255)
                        doctor_say(d, "disk", DOCTOR_NOTE, NULL, "%s: cannot try as the user %s", path, user->pw_name);
                else if (number)
                        say_closed(d, user, path, number);
                else
                        doctor_say(d, "disk", DOCTOR_OK, NULL, "%s: %s may come to it", path, user->pw_name);
        }
}
