/* Atomics by the single instructions of Armv8.1. bench-arm: -march=armv8.1-a */
#include "atomics.h"
