/* What the engine needs for itself: under 4 MiB for a small program, and nothing more when 64 TiB are reserved. test: static */
#include "sig_test.h"

/* A figure of /proc/self/status in KiB. */
static long status(const char *name)
{
        FILE *f = fopen("/proc/self/status", "r");
        char line[256];
        long kib = -1;

        EXPECT(f);
        while (fgets(line, sizeof line, f))
                if (!strncmp(line, name, strlen(name)))
                        kib = atol(line + strlen(name) + 1);
        fclose(f);
        EXPECT(kib >= 0);
        return kib;
}

int main(void)
{
        enum { TERABYTES = 64 };
        static void *piece[TERABYTES];
        long before = status("VmHWM"), tables = status("VmPTE");

        EXPECT(before < 4096);
        for (int n = 0; n < TERABYTES; n++) {
                piece[n] = mmap(NULL, 1ul << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
                EXPECT(piece[n] != MAP_FAILED);
        }
        EXPECT(mprotect(piece[1], 4096, PROT_READ | PROT_WRITE) == 0);
        *(volatile int *)piece[1] = 1;
        for (int n = 0; n < TERABYTES; n++)
                EXPECT(munmap(piece[n], 1ul << 40) == 0);
        EXPECT(status("VmHWM") - before < 256 && status("VmPTE") - tables < 64);
        puts("ok");
        return 0;
}
