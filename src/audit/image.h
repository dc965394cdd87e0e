/* Images (OCI layouts and archives, docker-archives) out of the texts and layers that were read. */
#pragma once
#include "audit/artefact.h"

/* When the artefact holds images: each becomes a part of its own, with the files its layers leave. To be called before judge(). */
void image_assemble(struct artefact *a);

/* Findings about one manifest list or index alone (a JSON file): 1 when the text is one. */
bool image_judge_index(struct artefact *a, const char *text, size_t len);
