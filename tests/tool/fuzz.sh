#!/bin/sh
# Random instructions here and under QEMU: a few seconds' worth, or ten million runs with LONG=1. Both kinds of vector code.
set -e
run() {
        "$SOURCE/tests/fuzz/run" --build "$BUILD" --engine "$ENGINE" --show 10 "$@"
}
newer=$BUILD/qemu-backports/usr/bin/qemu-aarch64 # `make bench` fetches it
for CROSSARM_AVX512 in 1 0; do
        export CROSSARM_AVX512
        if [ "${LONG:-0}" = 1 ]; then
                run --runs 4000000 --seed $((CROSSARM_AVX512 * 10000))
                run --runs 2000000 --sequences --length 20 --seed $((50000 + CROSSARM_AVX512 * 10000))
                run --runs 500000 --writable --sequences --length 20 --seed $((70000 + CROSSARM_AVX512 * 10000))
                run --runs 100000 --repeat 1 --unallocated
                [ ! -x "$newer" ] || run --qemu "$newer" --runs 500000 --seed $((90000 + CROSSARM_AVX512 * 10000))
        else
                run --runs 40000 --seed 100$CROSSARM_AVX512 # FPCR with rounding modes, FZ, DN: by the seed
                run --runs 12000 --sequences --length 20 --fp 0 --seed 2
                run --runs 1500 --repeat 1 --unallocated --seed 3
        fi
done
# --coverage says "tested" of exactly those rows that cases can be made of.
"$BUILD/fuzz/cases" -n | LC_ALL=C sort -u >"$TMPDIR/possible"
"$ENGINE" --coverage | awk '$NF == "tested" && $(NF - 1) == "translated" { print $(NF - 2) }' | LC_ALL=C sort -u >"$TMPDIR/tested"
diff "$TMPDIR/tested" "$TMPDIR/possible" || { echo 'tests/fuzz/tested.txt: bring it up to date (its first line says how)'; exit 1; }
[ "${LONG:-0}" = 1 ] || exec "$SOURCE/tests/fuzz/elf" --engine "$ENGINE" --build "$BUILD" --count 150 --seed 4
exec "$SOURCE/tests/fuzz/elf" --engine "$ENGINE" --build "$BUILD" --count 3000
