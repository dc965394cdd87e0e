#include "vm/confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"

static int become_owner(int dir)
{
        struct stat st;
        if (geteuid() != 0)
                return 0;
        if (fstat(dir, &st) < 0 || setgroups(0, NULL) < 0 || setresgid(st.st_gid, st.st_gid, st.st_gid) < 0)
                return -1;
        return setresuid(st.st_uid, st.st_uid, st.st_uid);
}

/* A root that stays root (its own share) keeps no capability either. */
static int drop_capabilities(void)
{
        struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct none[2] = { 0 };
        return (int)syscall(SYS_capset, &head, none);
}

/* 0 also where there is no Landlock. EPERM is the answer of filters that do not know it, as systemd-nspawn's; the kernel has none such. */
static int allow_only(int dir)
{
        struct landlock_ruleset_attr all = { .handled_access_fs =
                                                     (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 }; /* the rights of its first version */
        AUTO_CLOSE int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
        if (rules < 0)
                return errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM ? 0 : -1;
        struct landlock_path_beneath_attr below = {
                .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
                .parent_fd = dir,
        };
        if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0) < 0)
                return -1;
        return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}

int confine_below(int dir, u64 max_file, struct err *e)
{
        const struct rlimit no_core = { 0, 0 }, time = { 120, 120 }, file = { max_file, max_file };
        signal(SIGXFSZ, SIG_IGN); /* EFBIG instead */
        if (become_owner(dir) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
                drop_capabilities() < 0 || setrlimit(RLIMIT_CORE, &no_core) < 0 || setrlimit(RLIMIT_CPU, &time) < 0 ||
                setrlimit(RLIMIT_FSIZE, &file) < 0 || allow_only(dir) < 0)
                return err_set(e, 1, "cannot put away the rights that reading the guest's /boot does not need: %s", strerror(errno));
        return 0;
}
