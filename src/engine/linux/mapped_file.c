#include "engine/linux/mapped_file.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/run/code_dir.h"
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/time.h>

/*
 * A file that was changed has another change time, which nobody can set, if that is exact: where it counts whole seconds it may as well be
 * the time an image was made, the same for all files of it (squashfs). And the kernel's clock for it stands still for some milliseconds.
 */
enum { SETTLED = 3 };

bool mapped_file_id(int fd, struct file_id *id)
{
        struct __kernel_timespec now;
        struct stat st;

        if (sys_call2(__NR_fstat, fd, (long)&st) || (st.st_mode & 0170000) != 0100000 || sys_call2(__NR_clock_gettime, 0, (long)&now))
                return false;
        *id = (struct file_id){
                .inode = st.st_ino, .size = (u64)st.st_size,
                .mtime = (i64)st.st_mtime, .mtime_ns = st.st_mtime_nsec,
                .ctime = (i64)st.st_ctime, .ctime_ns = st.st_ctime_nsec,
        };
        return id->ctime_ns && now.tv_sec - id->mtime >= SETTLED && now.tv_sec - id->ctime >= SETTLED;
}

void mapped_file(struct process *p, int fd, gaddr start, u64 len, u64 offset, u64 prot, u64 flags)
{
        struct file_id id;

        if (p->code_dir && prot & PROT_EXEC && !(prot & PROT_WRITE) && flags & MAP_PRIVATE && !(flags & MAP_ANONYMOUS) && mapped_file_id(fd, &id))
                module_add(p, start, start + len, offset, &id);
}

static bool is_there(const char *dir)
{
        return sys_call3(__NR_access, (long)dir, 1 /* X_OK */, 0) == 0;
}

const char *mapped_file_code_dir(const struct options *o, char *const *envp, char *buf, size_t size)
{
        static const struct {
                const char *variable, *below;
        } usual[] = { { NULL, "/run/crossarm-code" }, { "XDG_CACHE_HOME", "/crossarm/code" }, { "HOME", "/.cache/crossarm/code" } };

        if (o->process.dump || o->process.perf_map || o->process.max_insns || o->process.fp_explicit)
                return NULL; /* the code is to be seen, or another */
        if (o->code_cache)
                return str_len(o->code_cache) < CODE_DIR_MAX && o->code_cache[0] == '/' && is_there(o->code_cache) ? o->code_cache : NULL;
        for (u32 i = 0; i < ARRAY_LEN(usual); i++) {
                const char *base = usual[i].variable ? env_get(envp, usual[i].variable) : "";

                if (!base || (usual[i].variable && base[0] != '/') || str_len(base) + str_len(usual[i].below) >= size)
                        continue;
                str_copy(buf, size, base);
                str_append(buf, size, usual[i].below);
                if (is_there(buf))
                        return buf;
        }
        return NULL;
}
