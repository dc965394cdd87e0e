/*
 * Executable guest memory: address ranges with the protection the guest asked for. Host pages are never executable, so this is the only
 * record. All else (data, reservations of any size) is not stored. Not locked: see linux_state.mm_lock.
 */
#pragma once
#include "base/types.h"

struct vma {
        gaddr start, end; /* page aligned, end exclusive */
        u32 prot;         /* PROT_READ | PROT_WRITE | PROT_EXEC as asked for */
};

enum { FIRST_VMAS = 32 };

struct vmas {
        struct vma *v; /* sorted, disjoint, neighbours of equal protection are merged */
        u32 count, capacity;
        struct vma first[FIRST_VMAS]; /* the array before it grows */
};

void vmas_init(struct vmas *s);

/* The range that holds addr, or NULL. */
const struct vma *vma_find(const struct vmas *s, gaddr addr);

/* The first range that ends behind addr, or NULL. */
const struct vma *vma_next(const struct vmas *s, gaddr addr);

/* Set the protection of [start, end). Without PROT_EXEC the range is forgotten. True when something executable was or is there. */
bool vma_set(struct vmas *s, gaddr start, gaddr end, u32 prot);
