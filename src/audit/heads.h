/* Formats other than ELF: PE (Windows, UEFI), Mach-O (macOS), UEFI firmware volumes. */
#pragma once
#include "audit/artefact.h"
#include "audit/stream.h"

/* From the first bytes. Each adds the natives it finds: none when the head is not what it seemed. */
void heads_pe(struct artefact *a, const char *path, const u8 *head, size_t len);
void heads_macho(struct artefact *a, const char *path, const u8 *head, size_t len);
void heads_macho_fat(struct artefact *a, const char *path, const u8 *head, size_t len);

/*
 * The volume's images are counted by processor, those in its LZMA sections too (PI specification 1.7, volume 3; TE image: volume 1, 15).
 * One native for what most are; none for a volume of variables. 0 or -1 and *e.
 */
int heads_firmware(struct artefact *a, const char *path, struct stream *s, struct err *e);
