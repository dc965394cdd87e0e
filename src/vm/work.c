#include "vm/work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "base/util.h"
#include "vm/conn.h"
#include "vm/volume.h"

enum { MAX_LIST = 64 << 10, RECONNECT_TRIES = 20 };

/* The words of a list's lines. */
static const char owner_word[] = "owner ", image_word[] = "image ", device_word[] = "device ";

static char *state_folder(void)
{
        const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
        if (geteuid() == 0)
                return format("/var/lib/crossarm/vm");
        return state && *state == '/' ? format("%s/crossarm/vm", state) : format("%s/.local/state/crossarm/vm", home ? home : "");
}

static char *lock_path(const char *name, struct err *e)
{
        AUTO_FREE char *folder = state_folder();
        AUTO_CLOSE int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_mkdirs(root, folder, 0755)) {
                err_set(e, 1, "cannot make the folder %s: %s", folder, strerror(errno));
                return NULL;
        }
        return format("%s/%s", folder, name);
}

/* Is the file that was opened still the one of that name? Who gives a lock back may remove the file. */
static bool still_there(int fd, const char *path)
{
        struct stat ours, named;
        return fstat(fd, &ours) == 0 && stat(path, &named) == 0 && ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

static int lock_file(const char *path, void (*waits)(const char *who), struct err *e)
{
        bool told = false;
        for (;;) {
                int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
                if (fd < 0)
                        return err_set(e, 1, "cannot open %s: %s", path, strerror(errno));
                int status = flock(fd, LOCK_EX | LOCK_NB);
                if (status && waits && !told)
                        waits("another crossarm vm command works on it");
                told = true;
                while (status && (errno == EWOULDBLOCK || errno == EINTR))
                        status = flock(fd, LOCK_EX);
                if (!status && still_there(fd, path))
                        return fd;
                int number = errno;
                close(fd);
                if (status)
                        return err_set(e, 1, "cannot lock %s: %s", path, strerror(number));
        }
}

int work_lock(const char *name, void (*waits)(const char *who), struct err *e)
{
        AUTO_FREE char *path = lock_path(name, e);
        return path ? lock_file(path, waits, e) : -1;
}

void work_unlock(const char *name, int fd)
{
        struct err ignored; /* an empty file may stay */
        AUTO_FREE char *path = lock_path(name, &ignored);
        if (path)
                unlink(path);
        close(fd);
}

/* FNV-1a. */
u64 text_hash(const char *text)
{
        u64 hash = 14695981039346656037ull;
        for (; *text; text++)
                hash = (hash ^ (u8)*text) * 1099511628211ull;
        return hash;
}

/* Names of files have no slashes; the connection's URI has. */
static char *work_name(const char *uri, const char *machine)
{
        char *name = format("%s@%016llx", machine, (unsigned long long)text_hash(uri ? uri : ""));
        for (char *c = name; *c; c++)
                *c = *c == '/' ? '_' : *c;
        return name;
}

static char *read_list(const struct work *w)
{
        return read_text(AT_FDCWD, w->path, MAX_LIST);
}

/* The machine that owns the images, or whose snapshot does: "UUID", "UUID/SNAPSHOT". NULL: libvirt knows none such. */
static virDomainPtr machine_of(virConnectPtr conn, const char *owner)
{
        AUTO_FREE char *uuid = owner ? format("%.*s", (int)strcspn(owner, "/"), owner) : NULL;
        return uuid ? virDomainLookupByUUIDString(conn, uuid) : NULL;
}

static const char *snapshot_in(const char *owner)
{
        const char *slash = owner ? strchr(owner, '/') : NULL;
        return slash ? slash + 1 : NULL;
}

static bool is_known(virDomainPtr machine, const char *snapshot)
{
        virDomainSnapshotPtr found = machine && snapshot ? virDomainSnapshotLookupByName(machine, snapshot, 0) : NULL;
        if (found)
                virDomainSnapshotFree(found);
        return snapshot ? found != NULL : machine != NULL;
}

/* libvirt goes on with a snapshot when the command that wanted it was killed. */
static bool is_busy(virDomainPtr machine)
{
        virDomainJobInfo job;
        return machine && virDomainGetJobInfo(machine, &job) == 0 && job.type != VIR_DOMAIN_JOB_NONE;
}

static char *owner_of(const char *list)
{
        const char *at = list ? str_after(list, owner_word) : NULL;
        return at ? format("%.*s", (int)strcspn(at, "\n"), at) : NULL;
}

/* All that can be removed: *e tells of the first that cannot. */
static int remove_images(virConnectPtr conn, char *list, struct err *e)
{
        struct err more, *say = e;
        for (char *line; list && (line = strrchr(list, '\n'));) {
                *line = 0; /* the end of the last line that is left */
                char *begin = strrchr(list, '\n') ? strrchr(list, '\n') + 1 : list;
                const char *image = str_after(begin, image_word);
                if (image && volume_remove(conn, image, say))
                        say = &more;
        }
        return say == e ? 0 : -1;
}

/* "UUID ALIAS": in the definition, but not in the running machine. What the killed command had asked of libvirt is over when it answers a
 * question. */
static void unplug(virConnectPtr conn, const char *device)
{
        AUTO_FREE char *uuid = format("%.*s", (int)strcspn(device, " "), device);
        AUTO_DOMAIN virDomainPtr machine = virDomainLookupByUUIDString(conn, uuid);
        const char *alias = strchr(device, ' ');
        virDomainMemoryStatStruct stats[VIR_DOMAIN_MEMORY_STAT_NR];
        if (!machine || !alias || virDomainIsActive(machine) != 1)
                return;
        virDomainMemoryStats(machine, stats, ARRAY_LEN(stats), 0);
        AUTO_FREE char *running = virDomainGetXMLDesc(machine, 0);
        if (running && !strstr(running, alias + 1))
                virDomainDetachDeviceAlias(machine, alias + 1, VIR_DOMAIN_AFFECT_CONFIG);
}

static void unplug_devices(virConnectPtr conn, const char *list)
{
        AUTO_FREE char *lines = format("%s", list ? list : "");
        for (char *save = NULL, *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
                if (str_after(line, device_word))
                        unplug(conn, str_after(line, device_word));
}

virConnectPtr work_connection(struct work *w, struct err *e)
{
        if (virConnectIsAlive(w->conn) == 1) {
                virConnectRef(w->conn);
                return w->conn;
        }
        virConnectPtr conn = NULL;
        for (int i = 0; i < RECONNECT_TRIES && !(conn = vm_connect(w->uri, e)); i++)
                nanosleep(&(struct timespec){ .tv_nsec = 250000000 }, NULL);
        return conn;
}

static int clear_list(virConnectPtr conn, char *list, struct err *e)
{
        AUTO_FREE char *owner = owner_of(list);
        AUTO_DOMAIN virDomainPtr machine = machine_of(conn, owner);
        const char *snapshot = snapshot_in(owner);
        unplug_devices(conn, list);
        if (is_known(machine, snapshot))
                return 0;
        if (snapshot && is_busy(machine))
                return err_set(e, 1, "libvirt is still at work on snapshot %s of it; try again when that is done", snapshot);
        return remove_images(conn, list, e);
}

int work_clear(struct work *w, struct err *e)
{
        bool lost = true;
        for (int tries = 0; tries < 2 && lost; tries++) {
                AUTO_FREE char *list = read_list(w);
                AUTO_CONN virConnectPtr conn = list && *list ? work_connection(w, e) : NULL;
                if (list && *list && !conn)
                        return -1;
                if (!conn || !clear_list(conn, list, e)) {
                        work_done(w);
                        return 0;
                }
                lost = virConnectIsAlive(conn) != 1; /* in the middle: once more */
        }
        return -1;
}

int work_begin(struct work *w, virConnectPtr conn, const char *machine, void (*waits)(const char *who), struct err *e)
{
        *w = (struct work){ .conn = conn, .uri = virConnectGetURI(conn), .fd = -1 };
        AUTO_FREE char *name = work_name(w->uri, machine);
        w->path = lock_path(name, e);
        if (!w->path)
                return -1;
        w->fd = lock_file(w->path, waits, e);
        return w->fd < 0 ? -1 : work_clear(w, e);
}

static int add_line(struct work *w, const char *word, const char *text, struct err *e)
{
        AUTO_FREE char *line = format("%s%s\n", word, text);
        size_t len = strlen(line);
        lseek(w->fd, 0, SEEK_END);
        if (write(w->fd, line, len) != (ssize_t)len || fdatasync(w->fd))
                return err_set(e, 1, "cannot note in %s what is made: %s", w->path, strerror(errno));
        return 0;
}

int work_owner(struct work *w, const char *owner, struct err *e)
{
        return add_line(w, owner_word, owner, e);
}

int work_makes(struct work *w, const char *image, struct err *e)
{
        return add_line(w, image_word, image, e);
}

int work_plugs(struct work *w, const char *uuid, const char *alias, struct err *e)
{
        AUTO_FREE char *device = format("%s %s", uuid, alias);
        return add_line(w, device_word, device, e);
}

void work_done(struct work *w)
{
        if (ftruncate(w->fd, 0))
                return; /* the next command finds the machine, and keeps everything */
}

static int take_back(struct work *w, virConnectPtr conn, struct err *e)
{
        AUTO_FREE char *list = read_list(w), *owner = owner_of(list);
        AUTO_DOMAIN virDomainPtr machine = machine_of(conn, owner);
        const char *snapshot = snapshot_in(owner);
        if (snapshot && is_known(machine, snapshot))
                return 0; /* it is whole, whatever went wrong afterwards */
        if (!snapshot && machine && virDomainUndefineFlags(machine, VIR_DOMAIN_UNDEFINE_NVRAM))
                return vm_error(e, "undefine it");
        return remove_images(conn, list, e);
}

int work_undo(struct work *w, struct err *failed)
{
        struct err e = { 0 };
        AUTO_CONN virConnectPtr conn = work_connection(w, &e);
        if (!conn || take_back(w, conn, &e)) {
                struct err first = *failed;
                return err_set(failed, first.code,
                        "%s; what was made so far could not be taken back (%s): the next `crossarm vm` command on it does that", first.text,
                        e.text);
        }
        work_done(w);
        return -1;
}

void work_end(struct work *w)
{
        struct stat st;
        if (w->fd >= 0 && fstat(w->fd, &st) == 0 && !st.st_size)
                unlink(w->path);
        close_fd_var(&w->fd);
        free(w->path);
        free(w->uri);
        *w = (struct work){ .fd = -1 };
}
