#include "engine/guest/a64_id.h"

enum id_register { PFR0, ISAR0, ISAR1 };

static const struct feature {
        u8 hwcap, reg, low, value;
} features[] = {
#define FEATURE(name, hwcap, reg, low, value) { hwcap, reg, low, value },
#include "engine/guest/a64_features.def"
#undef FEATURE
};

#define FEATURE(name, hwcap, reg, low, value) | 1ull << (hwcap)
const u64 a64_hwcap = 0
#include "engine/guest/a64_features.def"
        ;
#undef FEATURE
const u64 a64_hwcap2 = 0;

#define FIRST_FEATURE(name, hwcap, reg, low, value) name
#define FEATURE(name, hwcap, reg, low, value) " " name
const char a64_features[] =
#include "engine/guest/a64_features.def"
        ;
#undef FEATURE

/* The largest value announced for each field of the register. */
static u64 announced(enum id_register reg)
{
        u64 id = 0;
        for (unsigned i = 0; i < ARRAY_LEN(features); i++) {
                const struct feature *f = &features[i];
                if (f->reg == reg && f->value > (id >> f->low & 15))
                        id = (id & ~(15ull << f->low)) | (u64)f->value << f->low;
        }
        return id;
}

u64 a64_id_register(unsigned reg)
{
        switch (reg) {
        case SYS_MIDR_EL1:
                return 0x000fca00; /* implementer 0: software; features are in the ID registers */
        case SYS_MPIDR_EL1:
                return 1ull << 31; /* Linux: SYS_MPIDR_SAFE_VAL */
        case SYS_ID_AA64PFR0_EL1:
                return announced(PFR0) | 1 << 4; /* EL1 is AArch64 only */
        case SYS_ID_AA64DFR0_EL1:
                return 6; /* the Armv8-A debug architecture, as Linux shows it */
        case SYS_ID_AA64ISAR0_EL1:
                return announced(ISAR0);
        case SYS_ID_AA64ISAR1_EL1:
                return announced(ISAR1);
        default:
                return 0;
        }
}

/* Linux emulates op1 = 0, CRn = 0: MIDR, MPIDR, REVIDR in CRm 0, and all of CRm 2-7 (Documentation/arch/arm64/cpu-feature-registers.rst). */
static bool is_emulated_id(unsigned reg)
{
        unsigned crm = reg >> 3;
        if (crm == 0)
                return reg == SYS_MIDR_EL1 || reg == SYS_MPIDR_EL1 || reg == SYS_REVIDR_EL1;
        return crm >= 2 && crm <= 7;
}

bool a64_constant_register(unsigned reg, u64 *value)
{
        switch (reg) {
        case SYS_CTR_EL0:
                *value = 0x84448004; /* 64-byte lines; IDC = DIC = 0: programs must use DC CVAU and IC IVAU */
                return true;
        case SYS_DCZID_EL0:
                *value = 4; /* DC ZVA clears 64 bytes */
                return true;
        case SYS_TPIDRRO_EL0:
                *value = 0;
                return true;
        case SYS_CNTFRQ_EL0:
                *value = 1000000000; /* help_get_cntvct() counts nanoseconds */
                return true;
        default:
                *value = a64_id_register(reg);
                return is_emulated_id(reg);
        }
}
