/* Causes that lie in the file: who may start it, where it lies, what is in it. */
#include "doctor/subject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "doctor/places.h"
#include "doctor/script.h"
#include "elf/elf.h"

static bool look_bits(const struct subject *s, struct finding *out)
{
        if (s->st.st_mode & 0111)
                return false;
        AUTO_FREE char *path = quoted(s->path);
        out->text = format("%s is not marked as executable", s->name);
        out->fix = format("chmod +x %s", path);
        return true;
}

static bool look_noexec(const struct subject *s, struct finding *out)
{
        struct statvfs fs;
        if (fstatvfs(s->fd, &fs) < 0 || !(fs.f_flag & ST_NOEXEC))
                return false;
        AUTO_FREE char *point = mount_point(s->fd);
        AUTO_FREE char *word = point ? quoted(point) : NULL;
        out->text = format(
                "%s lies on %s, which is mounted with noexec: nothing may be started from there", s->name, point ? point : "a file system");
        out->fix = word ? format("%smount -o remount,exec %s", as_root(), word) : NULL;
        return true;
}

static bool look_right(const struct subject *s, struct finding *out)
{
        struct statvfs fs;
        if (!(s->st.st_mode & 0111) || fstatvfs(s->fd, &fs) < 0 || fs.f_flag & ST_NOEXEC ||
                faccessat(s->fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) == 0 || errno != EACCES)
                return false;
        AUTO_FREE char *path = quoted(s->path);
        out->text = format(
                "%s may be executed by others, but not by this user (mode %04o, owner %u)", s->name, s->st.st_mode & 07777, s->st.st_uid);
        out->fix = format("%schmod a+rx %s", as_root(), path);
        return true;
}

static bool look_busy(const struct subject *s, struct finding *out)
{
        struct writer w;
        if (!file_written(s->fd, &w))
                return false;
        AUTO_FREE char *path = quoted(s->path);
        if (w.pid)
                out->text =
                        format("%s is open for writing in process %d (%s): text file busy until that closes it", s->name, w.pid, w.name);
        else
                out->text = format("%s is open for writing in another user's process: text file busy until that closes it", s->name);
        out->fix = w.pid ? format("%skill %d", as_root(), w.pid) : format("%sfuser -v %s", as_root(), path);
        return true;
}

static bool look_empty(const struct subject *s, struct finding *out)
{
        if (s->st.st_size)
                return false;
        out->text = format("%s is empty: copy or build it again", s->name);
        return true;
}

/* Segments that the file does not hold: only the program headers tell, and they tell it alike for all 64-bit machines of our byte order. */
static char *cut_segment(const struct subject *s)
{
        struct elf_file file = { 0 };
        struct err e;
        if (s->len < sizeof file.ehdr || !s->arch || s->arch->bits != 64 || s->arch->big)
                return NULL;
        memcpy(&file.ehdr, s->head, sizeof file.ehdr);
        if (file.ehdr.e_phentsize != sizeof(struct elf64_phdr) || !file.ehdr.e_phnum || file.ehdr.e_phnum > ELF_PHDRS_MAX)
                return format("%s is corrupt: its program headers make no sense", s->name);
        size_t size = file.ehdr.e_phnum * sizeof(struct elf64_phdr);
        AUTO_FREE struct elf64_phdr *phdr = malloc(size);
        if (!phdr)
                abort();
        if (file.ehdr.e_phoff > INT64_MAX || pread(s->fd, phdr, size, (off_t)file.ehdr.e_phoff) != (ssize_t)size)
                return format("%s is truncated: it is cut off within its program headers", s->name);
        return elf_check_phdrs(&file, phdr, (u64)s->st.st_size, s->name, &e) < 0 ? format("%s", e.text) : NULL;
}

static bool look_whole(const struct subject *s, struct finding *out)
{
        bool object = s->len > 17 && (s->head[16] | s->head[17]) != 0 && s->head[s->arch && s->arch->big ? 17 : 16] != ET_EXEC &&
                      s->head[s->arch && s->arch->big ? 17 : 16] != ET_DYN;
        if (s->program.kind == PROGRAM_SCRIPT || s->program.kind == PROGRAM_OTHER || object)
                return false; /* no ELF program at all: that is said elsewhere */
        out->text = cut_segment(s);
        if (!out->text && s->program.kind == PROGRAM_BROKEN)
                out->text = format("%s is truncated or corrupt: %s; copy or build it again", s->name, s->program.why);
        return out->text;
}

static bool look_program(const struct subject *s, struct finding *out)
{
        if (s->program.kind == PROGRAM_SCRIPT)
                return false;
        if (s->program.kind == PROGRAM_OTHER) {
                out->text = format("%s is neither an ELF program nor a script with a #! line: only a shell would read it", s->name);
                return true;
        }
        u8 type = s->head[s->arch && s->arch->big ? 17 : 16];
        if (type == ET_EXEC || type == ET_DYN)
                return false;
        out->text = format("%s is %s, not a program: link it first", s->name, type == ET_CORE ? "a core dump" : "an object file");
        return true;
}

const struct cause file_causes[] = {
        { "not-executable", false, look_bits },
        { "noexec-mount", false, look_noexec },
        { "no-permission", false, look_right },
        { "text-busy", false, look_busy },
        { "empty", true, look_empty },
        { "truncated", true, look_whole },
        { "no-program", true, look_program },
        { "crlf", true, look_crlf },
        { "script-interpreter", true, look_interpreter },
        { 0 },
};
