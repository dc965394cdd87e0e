/* The architectures a handler can be for, from arch.def: what the head of their programs looks like, and a tiny program of each. */
#pragma once
#include "base/types.h"

enum arch_runs { ARCH_KERNEL, ARCH_OURS, ARCH_QEMU };

struct arch {
        const char *name, *platform, *qemu;
        u8 bits;
        bool big;
        u16 machine;
        u8 osabi_mask, abi_mask;
        enum arch_runs runs;
        const u8 *code;
        size_t code_size;
};

enum {
        ARCH_HEAD = 20,        /* e_ident, e_type, e_machine */
        ARCH_SAMPLE_MAX = 256, /* no sample is larger */
        ARCH_SAMPLE_STATUS = 97,
};

/* All of them, in the order Docker lists platforms; ends with a row without a name. */
extern const struct arch archs[];

/* By arm64, aarch64, linux/arm64, linux/arm64/v8 or qemu-aarch64; NULL when there is none such. */
const struct arch *arch_find(const char *name);

/* AppImages have "AI\2" where other programs have zeros. Which architectures they come for: */
bool arch_has_appimage(const struct arch *a);

/* The first bytes of its programs, and which bits of them a handler compares. */
void arch_head(const struct arch *a, bool appimage, u8 head[ARCH_HEAD]);
void arch_mask(const struct arch *a, u8 mask[ARCH_HEAD]);

/* A whole program that exits with ARCH_SAMPLE_STATUS; returns its size. */
size_t arch_sample(const struct arch *a, bool appimage, u8 out[ARCH_SAMPLE_MAX]);
