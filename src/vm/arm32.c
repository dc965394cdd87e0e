#include "vm/arm32.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/bootdir_pair.h"

enum {
        MAX_CONFIG = 1 << 20,
};

/* Flavours: the end of a release. */
static const struct {
        const char *end;
        enum arm32_lpae lpae;
} flavours[] = {
        { "-lpae", ARM32_LPAE },
        { "-generic-lpae", ARM32_LPAE },
        { "-armmp", ARM32_NO_LPAE },
        { "-rt-armmp", ARM32_NO_LPAE },
        { "-armv7", ARM32_NO_LPAE },
        { "-generic", ARM32_NO_LPAE },
};

/* Is there a line that is just this? */
static bool has_line(const char *text, size_t len, const char *line)
{
        size_t n = strlen(line);
        for (const char *at = text, *end = text + len; (at = memmem(at, (size_t)(end - at), line, n)); at += n)
                if ((at == text || at[-1] == '\n') && (at + n == end || at[n] == '\n'))
                        return true;
        return false;
}

static bool ends_with(const char *s, const char *end)
{
        size_t len = strlen(s), n = strlen(end);
        return len >= n && !strcmp(s + len - n, end);
}

enum arm32_lpae arm32_lpae(const char *config, size_t config_len, const char *release, const char **why)
{
        if (config && has_line(config, config_len, "CONFIG_ARM_LPAE=y")) {
                *why = "its config has CONFIG_ARM_LPAE=y";
                return ARM32_LPAE;
        }
        if (config && has_line(config, config_len, "# CONFIG_ARM_LPAE is not set")) {
                *why = "its config has no CONFIG_ARM_LPAE";
                return ARM32_NO_LPAE;
        }
        for (size_t i = 0; i < ARRAY_LEN(flavours) && release; i++)
                if (ends_with(release, flavours[i].end)) {
                        *why = flavours[i].lpae == ARM32_LPAE ? "its name says that it has LPAE" : "its name is of a flavour without LPAE";
                        return flavours[i].lpae;
                }
        *why = "there is neither its config beside it nor a flavour in its name";
        return ARM32_UNKNOWN;
}

enum arm32_lpae arm32_lpae_of_file(const char *kernel, const char **why)
{
        AUTO_FREE char *real = realpath(kernel, NULL);
        const char *slash = real ? strrchr(real, '/') : NULL;
        const char *release = slash ? bootdir_kernel_release(slash + 1) : NULL;
        if (!release)
                return arm32_lpae(NULL, 0, NULL, why);
        AUTO_FREE char *path = format("%.*sconfig-%s", (int)(slash + 1 - real), real, release);
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct stat st;
        bool readable = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= MAX_CONFIG;
        AUTO_FREE char *text = readable ? malloc((size_t)st.st_size + 1) : NULL;
        ssize_t len = text ? read(fd, text, (size_t)st.st_size) : -1;
        return arm32_lpae(len > 0 ? text : NULL, len > 0 ? (size_t)len : 0, release, why);
}

enum arm32_form arm32_form(const struct arm32_wish *w, const char **why)
{
        bool any_kernel = w->kernel_changes || w->lpae != ARM32_LPAE;
        if (w->uefi) {
                *why = "the 32-bit firmware puts PCI below 4 GiB; there is room for 15 root ports";
                return ARM32_UEFI;
        }
        if (!any_kernel) {
                *why = "a kernel with LPAE sees PCI above 4 GiB; there is room for 255 root ports";
                return ARM32_HIGH_ECAM;
        }
        *why = w->kernel_changes && w->lpae == ARM32_LPAE
                       ? "the guest's next kernel may have no LPAE, and would see PCI only below 4 GiB; there is room for 15 root ports"
                       : "kernels without LPAE see PCI only below 4 GiB; there is room for 15 root ports";
        return ARM32_LOW_ECAM;
}
