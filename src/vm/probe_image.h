/*
 * A disk that says "PROBE-OK" on the console when it is booted, made here: a FAT12 file system whose boot sector does it under a BIOS, and
 * whose \EFI\BOOT\BOOT*.EFI do it under UEFI on 32- and 64-bit Arm and x86-64. No kernel and no shell are needed. Sources: Microsoft's FAT
 * specification; PE/COFF; UEFI 2.10, 3.5.1.1 (removable media), 4.3 (system table), 12.4 (OutputString).
 */
#pragma once
#include "base/types.h"

#define PROBE_WORD "PROBE-OK"

enum { PROBE_DISK_SIZE = 2880 * 512 };

/* Fill PROBE_DISK_SIZE bytes. */
void probe_image(u8 *disk);
