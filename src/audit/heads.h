/* Formats other than ELF: PE (Windows, UEFI), Mach-O (macOS). */
#pragma once
#include "audit/artefact.h"

/* From the first bytes. Each adds the natives it finds: none when the head is not what it seemed. */
void heads_pe(struct artefact *a, const char *path, const u8 *head, size_t len);
void heads_macho(struct artefact *a, const char *path, const u8 *head, size_t len);
void heads_macho_fat(struct artefact *a, const char *path, const u8 *head, size_t len);
