/* brk, mmap, mremap, mprotect, a huge reservation, addresses that are not the guest's. */
#include "file_test.h"

static void test_brk(void)
{
        char *start = sbrk(0);

        EXPECT(sbrk(100000) == start);
        memset(start, 1, 100000);
        EXPECT(sbrk(-100000) == start + 100000 && sbrk(0) == start);
        EXPECT(sbrk(100000) == start);
        for (int i = 8192; i < 100000 - 8192; i++)
                EXPECT(start[i] == 0);
}

static void test_reservation(void)
{
        size_t size = 64UL << 40;
        char *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        EXPECT(p != MAP_FAILED);
        EXPECT(mprotect(p + size / 2, 4096, PROT_READ | PROT_WRITE) == 0);
        p[size / 2] = 1;
        EXPECT(munmap(p, size) == 0);
}

static int run(void *code)
{
        __builtin___clear_cache(code, (char *)code + 8);
        return ((int (*)(void))code)();
}

/* Code that moves with its mapping keeps its permission. */
static void test_exec(void)
{
        uint32_t *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;

        EXPECT(p != MAP_FAILED);
        p[0] = 0x52800540; /* mov w0, #42 */
        p[1] = 0xd65f03c0; /* ret */
        EXPECT(mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0 && run(p) == 42);
        EXPECT(mprotect(p, 4096, PROT_READ | PROT_WRITE) == 0);
        p[0] = 0x52800560; /* mov w0, #43 */
        EXPECT(mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0 && run(p) == 43);
        q = mremap(p, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        EXPECT(q != MAP_FAILED && run(q) == 43);
        EXPECT(munmap(q, 4096) == 0 && munmap(p + 1024, 4096) == 0);
}

int main(void)
{
        test_brk();
        test_reservation();
        test_exec();
        EXPECT(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
        EXPECT(mmap((void *)&test_brk, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED);
        EXPECT(mprotect((void *)0x100000, 4096, PROT_READ) == -1 && errno == ENOMEM);
        EXPECT(munmap((void *)1, 4096) == -1 && errno == EINVAL);
        return 0;
}
