#include "vm/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/probe_image.h"

enum {
        MAX_ARGS = 640,
        MAX_CONSOLE = 1 << 20,
        FUNCTIONS = 8,
        BLOCK = 1 << 16,
        DISK_FD = 3,
        VARS_FD = 4,
        VARS_READ_FD = 5,
        FIRST_OTHER_FD = 6
};

/* What the firmware says when it finds nothing to boot. */
static const char *const nothing_found[] = {
        "No mapping found",   /* the UEFI shell, without any file system */
        "No bootable option", /* EDK II's boot manager */
        "No bootable device", /* SeaBIOS */
        "Shell> ",
};

/* Processors that each emulator has, and whose firmware comes up fast without KVM. */
static const struct {
        const char *arch, *cpu;
} cpus[] = { { "aarch64", "cortex-a57" }, { "armv7l", "cortex-a15" } };

struct args {
        char *list[MAX_ARGS + 1];
        size_t count;
};

static void add(struct args *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void add(struct args *a, const char *fmt, ...)
{
        va_list ap;
        va_start(ap, fmt);
        check(a->count < MAX_ARGS && vasprintf(&a->list[a->count++], fmt, ap) >= 0);
        va_end(ap);
}

static void args_free(struct args *a)
{
        for (size_t i = 0; i < a->count; i++)
                free(a->list[i]);
}

/* KVM where it runs such a guest: on Arm. An x86 host's own guests boot fast without, and where KVM is broken too. */
static bool use_kvm(const struct probe_machine *m)
{
#ifdef __aarch64__
        return !strcmp(m->arch, "aarch64") && access("/dev/kvm", R_OK | W_OK) == 0;
#else
        return false;
#endif
}

static void add_machine(struct args *a, const struct probe_machine *m)
{
        bool arm = strstr(m->arch, "86") == NULL, kvm = use_kvm(m);
        add(a, "%s", m->emulator);
        add(a, "-nodefaults");
        add(a, "-no-user-config");
        add(a, "-display");
        add(a, "none");
        add(a, "-machine");
        add(a, "%s%s%s,accel=%s", m->machine, arm && !m->highmem ? ",highmem=off" : "", kvm ? ",gic-version=host" : "",
                kvm ? "kvm" : "tcg");
        for (size_t i = 0; i < ARRAY_LEN(cpus); i++)
                if (!strcmp(m->arch, cpus[i].arch)) {
                        add(a, "-cpu");
                        add(a, "%s", kvm ? "host" : cpus[i].cpu);
                }
        add(a, "-m");
        add(a, "256");
}

/* A BIOS speaks through a port of its own, not on the serial line. */
static void add_console(struct args *a, bool bios)
{
        add(a, "-chardev");
        add(a, "stdio,id=console,mux=on,signal=off");
        add(a, "-serial");
        add(a, "chardev:console");
        add(a, "-monitor");
        add(a, "none");
        if (bios) {
                add(a, "-device");
                add(a, "isa-debugcon,iobase=0x402,chardev=console");
        }
}

static void add_firmware(struct args *a, const struct probe_machine *m)
{
        add(a, "-drive");
        add(a, "if=pflash,unit=0,format=%s,readonly=on,file=%s", m->code_format, m->code);
        if (m->vars) {
                add(a, "-drive");
                add(a, "if=pflash,unit=1,format=%s,file=/dev/fdset/2", m->vars_format);
                for (int fd = VARS_FD; fd <= VARS_READ_FD; fd++) {
                        add(a, "-add-fd");
                        add(a, "fd=%d,set=2", fd);
                }
        }
}

static void add_ports(struct args *a, unsigned ports)
{
        for (unsigned i = 0; i < ports; i++) {
                add(a, "-device");
                add(a, "pcie-root-port,id=port%u,chassis=%u,addr=0x%x.%u%s", i, i + 1, 1 + i / FUNCTIONS, i % FUNCTIONS,
                        i % FUNCTIONS ? "" : ",multifunction=on");
        }
        add(a, "-add-fd");
        add(a, "fd=%d,set=1", DISK_FD);
        add(a, "-drive");
        add(a, "if=none,id=disk,format=raw,readonly=on,file=/dev/fdset/1");
        add(a, "-device");
        add(a, "virtio-blk-pci,bus=port%u,drive=disk,bootindex=1", ports - 1);
}

/* A file in memory with the disk in it, open for reading only, as QEMU wants it. */
static int make_disk(void)
{
        AUTO_FREE u8 *disk = malloc(PROBE_DISK_SIZE);
        check(disk);
        probe_image(disk);
        AUTO_CLOSE int fd = memfd_create("probe", MFD_CLOEXEC);
        check(fd >= 0 && write(fd, disk, PROBE_DISK_SIZE) == PROBE_DISK_SIZE);
        return open(fd_path(fd).text, O_RDONLY | O_CLOEXEC);
}

/*
 * A copy of the variables in memory, to be written to: QEMU's own snapshots are files for a moment, which a kill in that moment leaves.
 * QEMU opens it for reading first, and takes from a set the descriptor of the very mode.
 */
static int copy_vars(const char *path, struct err *e)
{
        static const u8 zeroes[BLOCK];
        u8 block[BLOCK];
        struct stat st;
        AUTO_CLOSE int from = open(path, O_RDONLY | O_CLOEXEC);
        int to = memfd_create("variables", MFD_CLOEXEC);
        check(to >= 0);
        off_t at = 0;
        ssize_t n = from < 0 || fstat(from, &st) < 0 || ftruncate(to, st.st_size) < 0 ? -1 : 1;
        for (; n > 0 && (n = read(from, block, sizeof block)) > 0; at += n)
                if (memcmp(block, zeroes, (size_t)n) && pwrite(to, block, (size_t)n, at) != n)
                        n = -1;
        if (n == 0)
                return to;
        err_set(e, 1, "cannot copy the variables %s: %s", path, err_name(errno));
        close(to);
        return -1;
}

/* The child: its output is the console, what it complains of goes to `said`. It dies with us. */
static void become_qemu(char **args, int console, int disk, int vars, int said)
{
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int nothing = open("/dev/null", O_RDWR);
        int high_disk = fcntl(disk, F_DUPFD, 10), high_said = fcntl(said, F_DUPFD, 10), high_console = fcntl(console, F_DUPFD, 10),
            high_vars = vars < 0 ? -1 : fcntl(vars, F_DUPFD, 10),
            high_read = vars < 0 ? -1 : fcntl(open(fd_path(vars).text, O_RDONLY), F_DUPFD, 10);
        dup2(nothing, 0);
        dup2(high_console, 1);
        dup2(high_said, 2);
        dup2(high_disk, DISK_FD);
        if (vars >= 0 && dup2(high_vars, VARS_FD) >= 0)
                dup2(high_read, VARS_READ_FD);
        for (int fd = vars >= 0 ? FIRST_OTHER_FD : VARS_FD; fd < 64; fd++)
                close(fd);
        execv(args[0], args);
        dprintf(2, "%s\n", err_name(errno));
        _exit(127);
}

static int now_ms(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int)(t.tv_sec % 1000000 * 1000 + t.tv_nsec / 1000000);
}

static bool says_nothing_found(const char *text)
{
        for (size_t i = 0; i < ARRAY_LEN(nothing_found); i++)
                if (strstr(text, nothing_found[i]))
                        return true;
        return false;
}

/* Read the console until it tells. Returns false when QEMU ended before. */
static bool listen_to(int console, int limit_ms, enum probe_result *result)
{
        AUTO_FREE char *text = calloc(1, MAX_CONSOLE + 1);
        check(text);
        size_t len = 0;
        *result = PROBE_SILENT;
        for (int start = now_ms(), left; (left = limit_ms - (now_ms() - start)) > 0 && len < MAX_CONSOLE;) {
                struct pollfd p = { .fd = console, .events = POLLIN };
                if (poll(&p, 1, left) <= 0)
                        continue;
                ssize_t n = read(console, text + len, MAX_CONSOLE - len);
                if (n <= 0)
                        return false;
                for (ssize_t i = 0; i < n; i++)
                        text[len + (size_t)i] = text[len + (size_t)i] ? text[len + (size_t)i] : ' ';
                len += (size_t)n;
                bool boots = strstr(text, PROBE_WORD) != NULL;
                if (!boots && !says_nothing_found(text))
                        continue;
                *result = boots ? PROBE_BOOTS : PROBE_NOT_SEEN;
                return true;
        }
        return true;
}

static int complain(const struct probe_machine *m, unsigned ports, int said, struct err *e)
{
        char text[300] = { 0 };
        ssize_t n = pread(said, text, sizeof text - 1, 0);
        const char *line = n > 0 ? text : "it ended without a word";
        return err_set(e, 1, "%s does not start with %u root ports: %.*s", m->emulator, ports, (int)strcspn(line, "\n"), line);
}

int probe_boot(const struct probe_machine *m, unsigned ports, int limit_ms, enum probe_result *result, int *took_ms, struct err *e)
{
        AUTO_CLOSE int vars = m->code && m->vars ? copy_vars(m->vars, e) : -1;
        if (m->code && m->vars && vars < 0)
                return -1;
        struct args a = { 0 };
        add_machine(&a, m);
        add_console(&a, !m->code);
        if (m->code)
                add_firmware(&a, m);
        add_ports(&a, ports);
        AUTO_CLOSE int disk = make_disk(), said = memfd_create("said", MFD_CLOEXEC);
        int ends[2], start = now_ms();
        check(disk >= 0 && said >= 0);
        if (pipe2(ends, O_CLOEXEC) < 0)
                return err_set(e, 1, "cannot make a pipe: %s", err_name(errno));
        pid_t pid = fork();
        if (pid == 0)
                become_qemu(a.list, ends[1], disk, vars, said);
        close(ends[1]);
        bool told = pid > 0 && listen_to(ends[0], limit_ms, result);
        close(ends[0]);
        if (pid > 0) {
                kill(pid, SIGKILL);
                waitpid(pid, NULL, 0);
        }
        *took_ms = now_ms() - start;
        args_free(&a);
        return told ? 0 : complain(m, ports, said, e);
}
