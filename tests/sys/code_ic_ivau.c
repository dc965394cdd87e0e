/* IC IVAU alone makes new code visible: by any address in its cache line, with a tag too, and for a block that begins in the line before. test: static */
#include "sig_test.h"

enum { RET = 0xd65f03c0, MOVZ_W0 = 0x52800000, NOP = 0xd503201f };

static uint32_t *page;

static int call(unsigned word)
{
        return ((int (*)(void))(page + word))();
}

static void invalidate(const void *at)
{
        asm volatile("dc cvau, %0\ndsb ish\nic ivau, %0\ndsb ish\nisb" ::"r"(at) : "memory");
}

static void put_return(unsigned word, int value)
{
        page[word] = MOVZ_W0 | (uint32_t)value << 5;
        page[word + 1] = RET;
}

static uint64_t line_bytes(void)
{
        uint64_t ctr;

        asm("mrs %0, ctr_el0" : "=r"(ctr));
        return 4ul << (ctr & 15);
}

int main(void)
{
        uint64_t line = line_bytes();
        unsigned words = (unsigned)line / 4;

        EXPECT(line >= 16 && line <= 2048);
        page = mmap(NULL, 16384, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        EXPECT(page != MAP_FAILED);
        for (int i = 0; i < 64; i++) { /* each byte of the line stands for it */
                put_return(words, i);
                invalidate((char *)(page + words) + (unsigned)i % line);
                EXPECT(call(words) == i);
        }
        for (int i = 0; i < 64; i++) {
                put_return(words, 100 + i);
                invalidate((char *)((unsigned long)(page + words) | ((unsigned long)i * 4 + 3) << 56));
                EXPECT(call(words) == 100 + i);
        }
        for (int i = 0; i < 64; i++) { /* the block begins in the line before */
                page[2 * words - 1] = NOP;
                put_return(2 * words, 200 + i);
                invalidate(page + 2 * words);
                if (!i)
                        invalidate(page + 2 * words - 1);
                EXPECT(call(2 * words - 1) == 200 + i);
        }
        puts("ok");
        return 0;
}
