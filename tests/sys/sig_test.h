/* What the signal and thread tests share. */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "expect.h"

static inline void on_signal(int sig, void (*fn)(int, siginfo_t *, void *), int flags)
{
        struct sigaction act = { .sa_sigaction = fn, .sa_flags = SA_SIGINFO | flags };

        sigemptyset(&act.sa_mask);
        EXPECT(sigaction(sig, &act, NULL) == 0);
}
