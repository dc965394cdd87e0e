#include "binfmt/interpreter.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

/* An executable ELF file of this machine without a loader. */
static bool is_static_program(const char *path)
{
        Elf64_Ehdr h;
        struct stat st;
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || access(path, X_OK) < 0 || pread(fd, &h, sizeof h, 0) != sizeof h ||
                memcmp(h.e_ident, ELFMAG, SELFMAG) || h.e_machine != EM_X86_64)
                return false;
        for (u32 i = 0; i < h.e_phnum; i++) {
                Elf64_Phdr ph;
                if (pread(fd, &ph, sizeof ph, (off_t)(h.e_phoff + i * sizeof ph)) != sizeof ph || ph.p_type == PT_INTERP)
                        return false;
        }
        return true;
}

static char *in_dir(const struct arch *a, const struct interpreter_places *p, const char *dir)
{
        static const char *const endings[] = { "-static", "" };
        for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
                char *path = format("%s/%sqemu-%s%s", dir, p->prefix ? p->prefix : "", a->qemu, p->suffix ? p->suffix : endings[i]);
                if (is_static_program(path))
                        return path;
                free(path);
        }
        return NULL;
}

char *interpreter_find(const struct arch *a, const struct interpreter_places *p)
{
        if (a->runs == ARCH_OURS && p->engine)
                return is_static_program(p->engine) ? format("%s", p->engine) : NULL;
        if (a->runs == ARCH_KERNEL)
                return NULL;
        if (p->qemu_dir)
                return in_dir(a, p, p->qemu_dir);
        char *path = in_dir(a, p, "/usr/bin");
        return path ? path : in_dir(a, p, "/usr/local/bin");
}
