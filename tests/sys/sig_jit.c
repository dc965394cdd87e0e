/* Code written at run time: with cache maintenance, by remapping, through a second mapping, from a handler. test: static */
#include "sig_test.h"

typedef int (*fn)(void);

static void put(uint32_t *at, int value)
{
        at[0] = 0x52800000u | (uint32_t)value << 5; /* mov w0, #value */
        at[1] = 0xd65f03c0;                         /* ret */
}

static void flush(void *p)
{
        __builtin___clear_cache((char *)p, (char *)p + 64);
}

int main(void)
{
        uint32_t *rwx = mmap(NULL, 65536, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        EXPECT(rwx != MAP_FAILED);
        for (int i = 0; i < 3000; i++) {
                put(rwx + i % 7 * 16, i);
                flush(rwx + i % 7 * 16);
                EXPECT(((fn)(rwx + i % 7 * 16))() == i);
        }
        /* W^X by mprotect */
        uint32_t *wx = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int i = 0; i < 300; i++) {
                EXPECT(mprotect(wx, 4096, PROT_READ | PROT_WRITE) == 0);
                put(wx, i);
                EXPECT(mprotect(wx, 4096, PROT_READ | PROT_EXEC) == 0);
                flush(wx);
                EXPECT(((fn)wx)() == i);
        }
        /* two mappings of one file */
        int fd = memfd_create("jit", 0);
        EXPECT(fd >= 0 && ftruncate(fd, 4096) == 0);
        uint32_t *w = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        uint32_t *x = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
        for (int i = 0; i < 300; i++) {
                put(w, i);
                flush(x);
                EXPECT(((fn)x)() == i);
        }
        /* unmapped and mapped again at the same place */
        for (int i = 0; i < 100; i++) {
                uint32_t *p = mmap(x, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
                EXPECT(p == x);
                put(x, i + 5);
                EXPECT(mprotect(x, 4096, PROT_READ | PROT_EXEC) == 0);
                EXPECT(((fn)x)() == i + 5);
        }
        /* read() into a page with translations */
        int pipe_fd[2];
        uint32_t code[2];
        EXPECT(pipe(pipe_fd) == 0);
        for (int i = 0; i < 50; i++) {
                put(code, i + 1000);
                EXPECT(write(pipe_fd[1], code, 8) == 8 && read(pipe_fd[0], rwx + 1024 + i, 8) == 8);
                flush(rwx + 1024 + i);
                EXPECT(((fn)(rwx + 1024 + i))() == i + 1000);
        }
        puts("ok");
        return 0;
}
