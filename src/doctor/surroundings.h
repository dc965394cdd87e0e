/* Causes that are told before those of the handler: what mends them makes a handler needless, or useless. */
#pragma once
#include "doctor/subject.h"

/* The engine does not run on this processor, and nothing else takes arm64 programs. */
bool look_processor(const struct subject *s, struct finding *out);

/* An arm64 program's loader is nowhere, or only where the kernel does not look. */
bool look_loader(const struct subject *s, struct finding *out);
