#!/bin/sh
# Long: every input of audit.sh and audit-disks.sh, damaged many times, through the audit with ASan and UBSan.
. "$(dirname "$0")/lib.sh.inc"
[ "$LONG" = 1 ] || { echo 'only with --long'; exit 77; }
program=$BUILD/san/tests/unit/test-audit
[ -x "$program" ] || { echo 'no build with sanitizers: run it with unit/audit'; exit 77; }
cd "$TMPDIR" || exit 1
printf 'int main(void) { return 0; }' >t.c
cross t.c -o a64
${CC:-cc} -O2 -w t.c -o x64 || exit 1
"$SOURCE/tests/tool/audit-inputs" in x64 a64 || exit 1
rm -f in/bomb.tgz in/zeros.zip
mkdir disks && (cd disks && "$SOURCE/tests/tool/audit-disks" ../x64 ../a64) || exit 1
export ASAN_OPTIONS=detect_leaks=1
expect 0 '' "$program" "${FUZZ_ROUNDS:-40}" in/*.* disks/a64-*.squashfs disks/*.AppImage disks/*.fat12 disks/*.iso disks/nested.squashfs disks/*.tgz disks/*.zip
expect 0 '' "$program" "${FUZZ_ROUNDS:-20}" disks/*.ext* disks/*.fat16 disks/*.qcow2 disks/a64.vmdk
finish
