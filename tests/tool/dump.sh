#!/bin/sh
# --dump prints each stage of translation, --perfmap names the code for perf; the program runs as without.
. "$(dirname "$0")/lib.sh.inc"
cd "$TMPDIR" || exit 1
printf '.globl _start\n_start: mov x0, #7\n add x0, x0, #35\n mov x8, #93\n svc #0\n' >t.S
cross -nostdlib -static t.S -o t
expect 42 '*guest 0x*ADD_imm*SVC*' "$ENGINE" --dump guest ./t
expect 42 'as lifted, block 0x*ADD.i64*after the passes, block 0x*EXIT_SVC*' "$ENGINE" --dump ir ./t
expect 42 'host 0x*of guest 0x*' "$ENGINE" --dump host ./t
expect 126 "*--dump knows guest, ir and host, not 'x'*" "$ENGINE" --dump x ./t
"$ENGINE" --perfmap ./t &
wait $!
map=/tmp/perf-$!.map
expect 0 '*[0-9a-f] [0-9a-f]* a64:0x*' cat "$map"
rm -f "$map"
finish
