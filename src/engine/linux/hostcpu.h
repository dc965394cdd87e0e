/* What the engine needs from the processor it runs on. */
#pragma once

/* End the process with a sentence unless this is an x86-64-v3 processor whose AVX state the kernel saves. */
void hostcpu_require(void);
