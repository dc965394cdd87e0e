/* Bringing an ELF program into memory, as the kernel's binfmt_elf does it. */
#pragma once
#include "elf/elf.h"
#include "engine/linux/linux.h"
#include "engine/run/module.h"

/* What the program's first stack has to say about it. */
struct loaded {
        gaddr entry;      /* where execution begins: the loader's entry when there is one */
        gaddr exe_entry;  /* AT_ENTRY */
        gaddr phdr;       /* AT_PHDR */
        u16 phnum;
        gaddr interp_base; /* AT_BASE, 0 without a loader */
        gaddr end;        /* first page behind the program: where brk begins */
        bool exec_stack;
        u32 text_count;
        struct loaded_text {
                gaddr start, end;
                u64 offset;
                struct file_id file;
        } text[4];        /* whose translations may be kept */
};

/* Open a guest program. Returns a descriptor, or -1 with a sentence. */
int loader_open(const char *path, struct err *e);

/* Map the program behind fd (called `path`) and its loader. Returns 0, or -1 with a sentence. */
int loader_load(struct linux_state *ls, int fd, const char *path, struct loaded *out, struct err *e);
