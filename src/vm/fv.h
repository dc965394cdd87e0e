/*
 * What a UEFI firmware volume is made for: the machine of its code, or the variables in it. The formats are those of the UEFI Platform
 * Initialization specification, volume 3 (volumes, files, sections) and of EDK II's variable store (MdeModulePkg VariableFormat.h).
 */
#pragma once
#include "base/types.h"

/* Machines as PE/COFF and TE heads name them. */
enum { FV_I386 = 0x014c, FV_ARM = 0x01c2, FV_RISCV64 = 0x5064, FV_LOONGARCH64 = 0x6264, FV_X86_64 = 0x8664, FV_AARCH64 = 0xaa64 };

struct fv_facts {
        bool code;      /* a volume with files in it */
        u16 machine;    /* of the code that runs first; 0: not found */
        bool variables; /* a volume of variables */
        bool keys;      /* with a platform key (PK) in it: Secure Boot is on */
};

/* Look at the head of a flash image. Nothing in it is trusted. */
struct fv_facts fv_look(const u8 *data, size_t len);
