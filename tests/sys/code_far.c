/* Code inside reservations so large that the engine finds no room beside it. test: static */
#include "sig_test.h"

enum { CODE = 4096 };

/* From within the reservation: a literal, a call, a loop, a branch to the other page, and back. */
static const uint32_t first[] = {
        0x180001c0,  /* ldr w0, +56: the literal */
        0xaa1e03e9,  /* mov x9, x30 */
        0x52800061,  /* mov w1, #3 */
        0x94000007,  /* bl +28 */
        0x71000421,  /* 1: subs w1, w1, #1 */
        0x11000400,  /* add w0, w0, #1 */
        0x54ffffc1,  /* b.ne 1b */
        0x10000002,  /* adr x2, . */
        0xaa0903fe,  /* mov x30, x9 */
        0x140003f7,  /* b: other page */
        0x1100a800,  /* add w0, w0, #42 */
        0xd65f03c0,  /* ret */
        0xd503201f, 0xd503201f,
        1000,
};
static const uint32_t second[] = { 0xcb020003 /* sub x3, x0, x2 */, 0xd65f03c0 };

static void *put(char *at, const void *code, size_t size)
{
        EXPECT(mprotect(at, 2 * CODE, PROT_READ | PROT_WRITE) == 0);
        memcpy(at, code, size);
        return at;
}

static int call(char *at)
{
        put(at, first, sizeof first);
        memcpy(at + CODE, second, sizeof second);
        EXPECT(mprotect(at, 2 * CODE, PROT_READ | PROT_EXEC) == 0);
        __builtin___clear_cache(at, at + 2 * CODE);
        return ((int (*)(void))at)();
}

int main(void)
{
        size_t size = 32UL << 40;
        char *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        EXPECT(p != MAP_FAILED);
        for (size_t i = 1; i < 40; i++)
                for (int round = 0; round < 3; round++)
                        EXPECT(call(p + size / 40 * i / CODE * CODE) == 1045);
        EXPECT(munmap(p, size) == 0);
        puts("ok");
        return 0;
}
