/*
 * Raw x86-64 system calls. Every function returns what the kernel returns: a result, or -errno
 * (a value in -4095..-1).
 */
#pragma once
#include "base/types.h"
#include <asm/errno.h>
#include <asm/unistd_64.h>

static inline long sys_call6(long nr, long a, long b, long c, long d, long e, long f)
{
        register long r10 asm("r10") = d;
        register long r8 asm("r8") = e;
        register long r9 asm("r9") = f;
        long ret;

        asm volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
        return ret;
}

static inline long sys_call5(long nr, long a, long b, long c, long d, long e)
{
        register long r10 asm("r10") = d;
        register long r8 asm("r8") = e;
        long ret;

        asm volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
        return ret;
}

static inline long sys_call4(long nr, long a, long b, long c, long d)
{
        register long r10 asm("r10") = d;
        long ret;

        asm volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
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

/* Whether a system call's result is an error. */
static inline bool sys_failed(long ret)
{
        return (unsigned long)ret > -4096UL;
}
