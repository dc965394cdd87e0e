/* What the engine needs from the processor it runs on. */
#pragma once
#include "engine/run/process.h"

/* End the process with a sentence unless this is an x86-64-v3 processor whose AVX state the kernel saves. */
void hostcpu_require(const struct host_cpuid *id);
