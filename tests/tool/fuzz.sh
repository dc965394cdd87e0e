#!/bin/sh
# Random instructions here and under QEMU: a few seconds' worth, or ten million runs with LONG=1.
set -e
run() {
        "$SOURCE/tests/fuzz/run" --build "$BUILD" --engine "$ENGINE" --show 10 "$@"
}
if [ "${LONG:-0}" = 1 ]; then
        run --runs 6000000
        run --runs 3000000 --length 8 --seed 50000
        run --runs 1000000 --length 3 --seed 90000
        run --runs 100000 --repeat 1 --unallocated
        exec "$SOURCE/tests/fuzz/elf" --engine "$ENGINE" --build "$BUILD" --count 3000
fi
run --runs 60000 --seed 1
run --runs 40000 --length 8 --seed 2
run --runs 5000 --repeat 1 --unallocated --seed 3
exec "$SOURCE/tests/fuzz/elf" --engine "$ENGINE" --build "$BUILD" --count 150 --seed 4
