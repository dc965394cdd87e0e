/* /proc and uname show the guest, not the engine. */
#include "file_test.h"
#include <elf.h>
#include <sys/auxv.h>
#include <sys/utsname.h>

static char buf[1 << 18], path[4096], exe[4096];

static void test_maps(void)
{
        char *line;
        int local, code = 0, stack = 0;

        EXPECT(read_file("/proc/self/maps", buf, sizeof buf) > 0);
        for (line = strtok(buf, "\n"); line; line = strtok(NULL, "\n")) {
                unsigned long start, end;
                char perms[5];

                EXPECT(sscanf(line, "%lx-%lx %4s", &start, &end, perms) == 3);
                if ((unsigned long)test_maps >= start && (unsigned long)test_maps < end)
                        code = perms[2] == 'x' && strstr(line, exe) != NULL;
                if ((unsigned long)&local >= start && (unsigned long)&local < end)
                        stack = strstr(line, "[stack]") != NULL && perms[1] == 'w';
                EXPECT(!strstr(line, "crossarm"));
        }
        EXPECT(code && stack);
}

int main(int argc, char **argv)
{
        struct utsname u;
        struct stat a, b;
        Elf64_auxv_t *aux = (void *)buf;

        (void)argc;
        EXPECT(uname(&u) == 0 && !strcmp(u.machine, "aarch64"));
        EXPECT(readlink("/proc/self/exe", exe, sizeof exe - 1) > 0);
        EXPECT(realpath(argv[0], path) && !strcmp(path, exe));
        EXPECT(stat("/proc/self/exe", &a) == 0 && stat(argv[0], &b) == 0 && a.st_ino == b.st_ino);
        EXPECT(read_file("/proc/self/exe", buf, 64) == 63 && buf[18] == 183 /* EM_AARCH64 */);
        EXPECT(read_file("/proc/self/cmdline", buf, sizeof buf) == (long)strlen(argv[0]) + 1 && !strcmp(buf, argv[0]));
        int maps = open("/proc/self/maps", O_RDONLY);
        EXPECT(maps >= 0 && write(maps, "x", 1) == -1 && errno == EBADF && close(maps) == 0);
        EXPECT(read_file("/proc/self/auxv", buf, sizeof buf) > 100);
        while (aux->a_type != AT_PAGESZ)
                aux++;
        EXPECT(aux->a_un.a_val == 4096);
        EXPECT(read_file("/proc/cpuinfo", buf, sizeof buf) > 0 && strstr(buf, "CPU implementer") && strstr(buf, "asimd"));
        snprintf(path, sizeof path, "/proc/%d/exe", getpid());
        EXPECT(readlink(path, buf, sizeof buf) == (long)strlen(exe));
        EXPECT(getauxval(AT_HWCAP) & 3 && !strcmp((char *)getauxval(AT_PLATFORM), "aarch64"));
        EXPECT(getauxval(AT_RANDOM) && getauxval(AT_PHDR) && getauxval(AT_EXECFN));
        test_maps();
        return 0;
}
