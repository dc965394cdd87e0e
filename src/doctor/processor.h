/* What the engine wants of this processor. */
#pragma once

/* The first thing of x86-64-v3 that it lacks ("AVX2"), or NULL. */
const char *processor_lacks(void);
