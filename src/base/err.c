#include "base/err.h"
#include "base/out.h"
#include <asm/errno.h>

int err_set(struct err *e, int code, const char *fmt, ...)
{
        struct out o = { .fd = -1, .cap = sizeof e->text - 1, .buf = e->text };
        va_list ap;

        va_start(ap, fmt);
        out_vprintf(&o, fmt, &ap);
        va_end(ap);
        e->text[o.len] = 0;
        e->code = code;
        return -1;
}

const char *err_name(long errno_value)
{
        switch (errno_value < 0 ? -errno_value : errno_value) {
        case EPERM: return "operation not permitted";
        case ENOENT: return "no such file or directory";
        case EIO: return "input/output error";
        case EACCES: return "permission denied";
        case ENOTDIR: return "not a directory";
        case EISDIR: return "is a directory";
        case ENOMEM: return "out of memory";
        case ENOEXEC: return "not an executable format";
        case ELOOP: return "too many symbolic links";
        case ENAMETOOLONG: return "name too long";
        case EMFILE: return "too many open files";
        case ETXTBSY: return "text file busy";
        case EINVAL: return "invalid argument";
        case EEXIST: return "address range in use";
        default: return "error";
        }
}
