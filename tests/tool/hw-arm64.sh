#!/bin/sh
# The arm64 build: the tests of crossarm hw once more, on our own engine and under qemu-aarch64-static.
. "$(dirname "$0")/lib.sh.inc"
command -v aarch64-linux-gnu-gcc >/dev/null || { echo 'no aarch64-linux-gnu-gcc'; exit 77; }
build=$BUILD/arm64
[ -e "$build/build.ninja" ] || meson setup "$build" "$SOURCE" --cross-file "$SOURCE/tests/arm64.cross" -Dwerror=true >"$TMPDIR/log" 2>&1 ||
        { cat "$TMPDIR/log"; rm -rf "$build"; exit 1; }
ninja -C "$build" bin/crossarm >"$TMPDIR/log" 2>&1 || { cat "$TMPDIR/log"; exit 1; }
c=$build/bin/crossarm
expect 0 '*  hw *' "$ENGINE" "$c" --help
expect 2 "*no command 'run'*" "$ENGINE" "$c" run /bin/true
expect 0 '*aarch64' "$ENGINE" "$c" hw --field machine.arch
for emulator in "$ENGINE" "$(command -v qemu-aarch64-static)"; do
        [ -n "$emulator" ] || continue
        mkdir -p "$TMPDIR/sub"
        HW="$emulator $c" TMPDIR=$TMPDIR/sub "$SOURCE/tests/tool/hw.sh" || { echo "under $emulator"; failures=$((failures + 1)); }
        rm -rf "$TMPDIR/sub"
done
finish
