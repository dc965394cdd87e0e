/*
 * What a 32-bit Arm kernel can see of QEMU's machine `virt`. Its PCI has the configuration space above 4 GiB (256 buses) unless it is told
 * to stay below (16 MiB: 16 buses); a kernel without LPAE, as Debian's default armmp, reaches no address above 4 GiB: "can't claim ECAM
 * area", and there is no PCI device at all. Sources: QEMU hw/arm/virt.c (highmem_ecam); the kernel's arch/arm/Kconfig (ARM_LPAE). Measured
 * with Debian 12's armmp and armmp-lpae: the default form, highmem=off, virtio-mmio, UEFI32.
 */
#pragma once
#include "base/types.h"

enum arm32_lpae { ARM32_UNKNOWN, ARM32_LPAE, ARM32_NO_LPAE };

enum arm32_form {
        ARM32_HIGH_ECAM, /* the machine as it is: 256 buses */
        ARM32_LOW_ECAM,  /* -machine highmem=off: 15 root ports, at most 3 GiB of memory */
        ARM32_UEFI,      /* 32-bit firmware, which puts PCI below 4 GiB by itself */
};

/*
 * Has the kernel LPAE, by the text of its config-RELEASE (NULL: not known)? Without one by its release: Debian's and Ubuntu's flavours
 * tell. *why is a constant: how it is known.
 */
enum arm32_lpae arm32_lpae(const char *config, size_t config_len, const char *release, const char **why);

/* The same for a kernel's file: its release by its name, its config from beside it, both with the limits of bootdir_take.h. */
enum arm32_lpae arm32_lpae_of_file(const char *kernel, const char **why);

struct arm32_wish {
        enum arm32_lpae lpae;
        bool kernel_changes; /* the guest installs its kernels (boot.bootdir): the next one may be of another kind */
        bool uefi;           /* the guest starts by 32-bit firmware */
};

/*
 * The form for that guest; *why is a constant. Never virtio-mmio for every device, which those kernels see, too: it has no port to plug
 * anything into, nothing but virtio, and libvirt would still give PCI addresses to what is added later.
 */
enum arm32_form arm32_form(const struct arm32_wish *w, const char **why);
