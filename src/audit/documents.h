/* Texts in packages that say what the package is for. Each becomes claims of the artefact it lies in. */
#pragma once
#include "audit/artefact.h"

enum { DOCUMENT_MAX = 4 << 20 };

/* Whether the file of this path is one of them; `maybe_blob` for JSON texts of images, which are told by their content. */
bool document_wanted(const char *path, bool json);

/* Take it in. `text` is NUL-terminated and becomes the artefact's. */
void document_take(struct artefact *a, const char *path, char *text, size_t len);
