/* Atomics with load-exclusive and store-exclusive, as code for the first Armv8 processors. bench-arm: -march=armv8-a -mno-outline-atomics
 */
#include "atomics.h"
