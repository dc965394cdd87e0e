/*
 * What this processor claims to be. One table for the ID registers (which Linux lets user space read), HWCAP, HWCAP2 and
 * /proc/cpuinfo, so that they cannot disagree. A feature is listed only when all its instructions are translated.
 */
#pragma once
#include "base/types.h"

/* System registers of op0 = 3 as op1:CRn:CRm:op2, 14 bits. */
#define SYS_REG(op1, crn, crm, op2) ((op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

enum {
        SYS_MIDR_EL1 = SYS_REG(0, 0, 0, 0),
        SYS_MPIDR_EL1 = SYS_REG(0, 0, 0, 5),
        SYS_REVIDR_EL1 = SYS_REG(0, 0, 0, 6),
        SYS_ID_AA64PFR0_EL1 = SYS_REG(0, 0, 4, 0),
        SYS_ID_AA64DFR0_EL1 = SYS_REG(0, 0, 5, 0),
        SYS_ID_AA64ISAR0_EL1 = SYS_REG(0, 0, 6, 0),
        SYS_ID_AA64ISAR1_EL1 = SYS_REG(0, 0, 6, 1),
        SYS_CTR_EL0 = SYS_REG(3, 0, 0, 1),
        SYS_DCZID_EL0 = SYS_REG(3, 0, 0, 7),
        SYS_NZCV = SYS_REG(3, 4, 2, 0),
        SYS_FPCR = SYS_REG(3, 4, 4, 0),
        SYS_FPSR = SYS_REG(3, 4, 4, 1),
        SYS_TPIDR_EL0 = SYS_REG(3, 13, 0, 2),
        SYS_TPIDRRO_EL0 = SYS_REG(3, 13, 0, 3),
        SYS_CNTFRQ_EL0 = SYS_REG(3, 14, 0, 0),
        SYS_CNTVCT_EL0 = SYS_REG(3, 14, 0, 2),
};

/* The value of an ID register as Linux shows it to user space; 0 for those without anything to announce. */
u64 a64_id_register(unsigned op1crncrmop2);
/* Registers that read as a constant in user space, the ID registers among them. false: an access is UNDEFINED. */
bool a64_constant_register(unsigned op1crncrmop2, u64 *value);

/* AT_HWCAP, AT_HWCAP2, and the Features line of /proc/cpuinfo ("fp asimd ..."). */
extern const u64 a64_hwcap, a64_hwcap2;
extern const char a64_features[];
