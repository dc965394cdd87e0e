#include "box/account.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

static bool is_number(const char *text, u32 *out)
{
        char *end;
        errno = 0;
        unsigned long n = strtoul(text, &end, 10);
        if (!*text || *end || errno || n >= UINT32_MAX || *text == '-' || *text == '+')
                return false;
        *out = (u32)n;
        return true;
}

static const char *next_line(const char *line)
{
        const char *end = strchr(line, '\n');
        return end ? end + 1 : NULL;
}

/* The account of that name, or else of that number. */
static bool find_user(const char *passwd, const char *name, bool numeric, u32 id, struct account *a)
{
        for (const char *line = passwd; line && *line; line = next_line(line)) {
                struct account f = { 0 };
                if (sscanf(line, "%63[^:\n]:%*[^:\n]:%u:%u:%*[^:\n]:%255[^:\n]", f.name, &f.uid, &f.gid, f.home) < 3 &&
                        sscanf(line, "%63[^:\n]::%u:%u:", f.name, &f.uid, &f.gid) < 3)
                        continue;
                if (!f.home[0]) /* an empty comment field */
                        sscanf(line, "%*[^:\n]:%*[^:\n]:%*u:%*u::%255[^:\n]", f.home);
                if (numeric ? f.uid == id : !strcmp(f.name, name)) {
                        *a = f;
                        return true;
                }
        }
        return false;
}

static bool find_group(const char *group, const char *name, u32 *gid)
{
        for (const char *line = group; line && *line; line = next_line(line)) {
                char found[64];
                if (sscanf(line, "%63[^:\n]:%*[^:\n]:%u", found, gid) == 2 && !strcmp(found, name))
                        return true;
        }
        return false;
}

int account_find(const char *spec, const char *passwd, const char *group, struct account *a, struct err *e)
{
        AUTO_FREE char *user = format("%s", spec);
        char *colon = strchr(user, ':');
        if (colon)
                *colon = 0;
        u32 id = 0;
        bool numeric = is_number(user, &id);
        *a = (struct account){ .uid = id, .gid = id };
        if (!find_user(passwd, user, numeric, id, a) && !numeric)
                return err_set(e, 126, "cannot run as %s: /etc/passwd of the rootfs has no such user", user);
        if (colon && !is_number(colon + 1, &a->gid) && !find_group(group, colon + 1, &a->gid))
                return err_set(e, 126, "cannot run with group %s: /etc/group of the rootfs has no such group", colon + 1);
        return 0;
}

int account_become(const struct account *a, struct err *e)
{
        gid_t gid = a->gid;
        /* With one mapped id the kernel denies setgroups; the outer groups then stay, unnamed. */
        if (setgroups(1, &gid) < 0 && errno != EPERM && errno != EINVAL)
                return err_set(e, 126, "cannot set the groups: %s", strerror(errno));
        if (setresgid(a->gid, a->gid, a->gid) < 0 || setresuid(a->uid, a->uid, a->uid) < 0)
                return err_set(e, 126,
                        "cannot run as %u:%u: %s; ids other than your own need a range in /etc/subuid and /etc/subgid and the uidmap "
                        "package; -u root is the one id there is",
                        a->uid, a->gid, strerror(errno));
        return 0;
}
