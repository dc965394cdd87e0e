/* A program that writes and drops code for ever keeps a bounded amount of memory, while other threads run, call deeply, and sleep. test: static */
#include "sig_test.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

enum { RET = 0xd65f03c0, MOVZ_W0 = 0x52800000, FMIN_4S = 0x4ea1f400, FUNCTION = 64, FUNCTIONS = 16, ROUNDS = 60000, MIB = 1 << 20 };

static atomic_int stop;
static atomic_long calls;

/* Each function is a block of 1.4 KiB on the host: the two churning threads make 160 MiB. */
static void put_function(uint32_t *at, uint32_t value)
{
        for (int i = 0; i < FUNCTION - 2; i++)
                at[i] = FMIN_4S | (uint32_t)(i % 16 + 16);
        at[FUNCTION - 2] = MOVZ_W0 | (value & 0xffff) << 5;
        at[FUNCTION - 1] = RET;
        __builtin___clear_cache((char *)at, (char *)(at + FUNCTION));
}

static void *churn(void *arg)
{
        uint32_t *page = mmap(NULL, FUNCTION * FUNCTIONS * 4, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        (void)arg;
        EXPECT(page != MAP_FAILED);
        for (uint32_t round = 0; round < ROUNDS; round++) {
                uint32_t *at = page + round % FUNCTIONS * FUNCTION;
                put_function(at, round);
                EXPECT(((uint32_t (*)(void))at)() == (round & 0xffff));
        }
        return NULL;
}

__attribute__((noinline)) static long down(long n)
{
        return n ? down(n - 1) + 1 : 0;
}

static long (*volatile call_down)(long) = down;

/* Returns from a deep stack after the code of its callers is gone, loops, indirect calls; hardly a system call. */
static void *run(void *arg)
{
        (void)arg;
        while (!stop) {
                EXPECT(call_down(200) == 200);
                atomic_fetch_add(&calls, 1);
        }
        return NULL;
}

static void *sleep_in_read(void *arg)
{
        char c;
        EXPECT(read(*(int *)arg, &c, 1) == 1 && c == 'x');
        EXPECT(call_down(100) == 100);
        return NULL;
}

static long resident(void)
{
        char text[128] = { 0 };
        long size = 0, pages = 0;
        int fd = open("/proc/self/statm", O_RDONLY);
        EXPECT(fd >= 0 && read(fd, text, sizeof text - 1) > 0 && sscanf(text, "%ld %ld", &size, &pages) == 2);
        close(fd);
        return pages * sysconf(_SC_PAGESIZE);
}

int main(void)
{
        pthread_t churner, runner, sleeper;
        int fd[2];
        EXPECT(pipe(fd) == 0);
        pthread_create(&sleeper, NULL, sleep_in_read, &fd[0]);
        pthread_create(&runner, NULL, run, NULL);
        pthread_create(&churner, NULL, churn, NULL);
        churn(NULL);
        pthread_join(churner, NULL);
        stop = 1;
        pthread_join(runner, NULL);
        EXPECT(write(fd[1], "x", 1) == 1);
        pthread_join(sleeper, NULL);
        EXPECT(calls > 0);
        printf("resident %ld MiB\n", resident() / MIB);
        EXPECT(resident() < 128 * MIB);
        return 0;
}
