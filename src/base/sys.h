/*
 * Raw system calls: of x86-64, and of arm64 for the commands that run there, too. Every function returns what the kernel returns: a result,
 * or -errno (a value in -4095..-1).
 */
#pragma once
#include "base/types.h"
#include <asm/errno.h>
#include <asm/unistd.h>

#ifdef __aarch64__

static inline long sys_call6(long nr, long a, long b, long c, long d, long e, long f)
{
        register long x8 asm("x8") = nr;
        register long x0 asm("x0") = a;
        register long x1 asm("x1") = b;
        register long x2 asm("x2") = c;
        register long x3 asm("x3") = d;
        register long x4 asm("x4") = e;
        register long x5 asm("x5") = f;

        asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
        return x0;
}

#define sys_call5(nr, a, b, c, d, e) sys_call6(nr, a, b, c, d, e, 0)
#define sys_call4(nr, a, b, c, d)    sys_call6(nr, a, b, c, d, 0, 0)
#define sys_call3(nr, a, b, c)       sys_call6(nr, a, b, c, 0, 0, 0)
#define sys_call2(nr, a, b)          sys_call6(nr, a, b, 0, 0, 0, 0)
#define sys_call1(nr, a)             sys_call6(nr, a, 0, 0, 0, 0, 0)
#define sys_call0(nr)                sys_call6(nr, 0, 0, 0, 0, 0, 0)

#else

static inline long sys_call6(long nr, long a, long b, long c, long d, long e, long f)
{
        register long r10 asm("r10") = d;
        register long r8 asm("r8") = e;
        register long r9 asm("r9") = f;
        long ret;

        asm volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
        return ret;
}

static inline long sys_call5(long nr, long a, long b, long c, long d, long e)
{
        register long r10 asm("r10") = d;
        register long r8 asm("r8") = e;
        long ret;

        asm volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
        return ret;
}

static inline long sys_call4(long nr, long a, long b, long c, long d)
{
        register long r10 asm("r10") = d;
        long ret;

        asm volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
        return ret;
}

static inline long sys_call3(long nr, long a, long b, long c)
{
        long ret;

        asm volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
        return ret;
}

static inline long sys_call2(long nr, long a, long b)
{
        long ret;

        asm volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b) : "rcx", "r11", "memory");
        return ret;
}

static inline long sys_call1(long nr, long a)
{
        long ret;

        asm volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a) : "rcx", "r11", "memory");
        return ret;
}

static inline long sys_call0(long nr)
{
        long ret;

        asm volatile("syscall" : "=a"(ret) : "a"(nr) : "rcx", "r11", "memory");
        return ret;
}

#endif

/* Whether a system call's result is an error. */
static inline bool sys_failed(long ret)
{
        return (unsigned long)ret > -4096UL;
}
