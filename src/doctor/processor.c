#include "doctor/processor.h"

/* The newest extensions of x86-64-v3: processors and virtual machines with these have the others. AVX includes that the kernel saves it. */
const char *processor_lacks(void)
{
        __builtin_cpu_init();
        return !__builtin_cpu_supports("sse4.2") ? "SSE4.2"
               : !__builtin_cpu_supports("avx")  ? "AVX"
               : !__builtin_cpu_supports("avx2") ? "AVX2"
               : !__builtin_cpu_supports("fma")  ? "FMA"
               : !__builtin_cpu_supports("bmi")  ? "BMI1"
               : !__builtin_cpu_supports("bmi2") ? "BMI2"
                                                 : (const char *)0;
}
