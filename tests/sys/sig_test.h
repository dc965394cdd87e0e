/* What the signal and thread tests share. */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define EXPECT(cond) \
        do { \
                if (!(cond)) { \
                        printf("%s:%d: %s\n", __FILE__, __LINE__, #cond); \
                        exit(1); \
                } \
        } while (0)

static inline void on_signal(int sig, void (*fn)(int, siginfo_t *, void *), int flags)
{
        struct sigaction act = { .sa_sigaction = fn, .sa_flags = SA_SIGINFO | flags };

        sigemptyset(&act.sa_mask);
        EXPECT(sigaction(sig, &act, NULL) == 0);
}
