#!/bin/sh
# crossarm vm: the command line, and what a libvirt without guests answers.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
cd "$TMPDIR" || exit 1
expect 2 '*vm wants an action*' "$BIN/crossarm" vm
expect 2 "*vm has no action 'fly'*" "$BIN/crossarm" vm fly
# Every verb answers --help, and the man page tells of each of its options.
tr -d '\\' <"$SOURCE/src/cli/crossarm-vm.1" >"$TMPDIR/page"
for verb in $("$BIN/crossarm" vm --help | sed -n '/^Actions:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
        expect 0 "Usage: crossarm vm $verb*" "$BIN/crossarm" vm "$verb" --help
        grep -q "^.SS $verb\b" "$TMPDIR/page" || { echo "crossarm-vm(1) does not tell of $verb"; failures=$((failures + 1)); }
        for option in $("$BIN/crossarm" vm "$verb" --help | grep -o -- ' --[a-z][a-z-]*' | sort -u); do
                grep -q -- "$option\b" "$TMPDIR/page" || { echo "crossarm-vm(1) does not tell of $option"; failures=$((failures + 1)); }
        done
        expect 2 "*crossarm vm $verb --help*" "$BIN/crossarm" vm "$verb" --no-such-option
done
expect 1 '*cannot reach libvirt at qemu+unix:///session?socket=/nowhere*daemon*' \
        "$BIN/crossarm" vm list --connect 'qemu+unix:///session?socket=/nowhere'
libvirt_start
expect 0 'NAME *STATE*' "$BIN/crossarm" vm list
expect 0 '\[]' "$BIN/crossarm" vm list --json
expect 0 '*"name": "test",*"state": "running"*' "$BIN/crossarm" vm list --json --connect test:///default
finish
