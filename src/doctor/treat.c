/* From what the user names to the program that is judged. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "doctor/machine.h"
#include "doctor/subject.h"

int doctor_file(const char *path, const char *engine, struct findings *f, struct err *e)
{
        AUTO_FREE char *here = strchr(path, '/') ? format("%s", path) : format("./%s", path);
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct subject s = { .name = path, .path = here, .run = here, .engine = engine, .fd = fd, .root = root };
        if (fd < 0)
                return err_set(e, 2, "cannot look at %s: %s", path, strerror(errno));
        if (subject_read(&s) < 0)
                return err_set(e, 2, errno == ENOEXEC ? "%s is no regular file, and only such are run" : "cannot read %s", path);
        subject_judge(&s, f);
        subject_free(&s);
        return 0;
}

/* The program whose fate is the tree's; -1 when there is none of them. */
static int first_program(int root, const char **path)
{
        static const char *const programs[] = { "/bin/sh", "/bin/busybox", "/usr/bin/env", "/sbin/init" };
        for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
                int fd = root_open(root, *path = programs[i], O_RDONLY | O_NONBLOCK, 0);
                if (fd >= 0)
                        return fd;
        }
        return -1;
}

int doctor_tree(const char *path, const char *engine, struct findings *f, struct err *e)
{
        AUTO_CLOSE int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
                return err_set(e, 2, "cannot look at %s: %s", path, strerror(errno));
        const char *program;
        AUTO_CLOSE int fd = first_program(root, &program);
        if (fd < 0) {
                AUTO_FREE char *word = quoted(path);
                struct finding none = { .cause = "no-tree", .mark = FINDING_WRONG };
                none.text = format("%s holds no system: there is no /bin/sh in it that can be opened", path);
                none.fix = format("crossarm rootfs create %s", word);
                findings_add(f, &none);
                return 0;
        }
        AUTO_FREE char *name = format("%s of %s", program, path), *file = format("%s%s", path, program);
        struct subject s = { .name = name, .path = file, .tree = path, .run = path, .engine = engine, .fd = fd, .root = root };
        if (subject_read(&s) < 0)
                return err_set(e, 2, "cannot read %s: %s", file, strerror(errno));
        subject_judge(&s, f);
        if (s.arch && s.arch->runs == ARCH_OURS)
                machine_for_trees(engine, s.report.sample.outcome == SAMPLE_WORKS, f);
        subject_free(&s);
        return 0;
}
