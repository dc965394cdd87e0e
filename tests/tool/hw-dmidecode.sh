#!/bin/sh
# `crossarm hw --as dmidecode` against dmidecode itself, over random tables of the types it decodes.
. "$(dirname "$0")/lib.sh.inc"
PATH=$PATH:/usr/sbin
cd "$TMPDIR" || exit 1
case $(dmidecode --version 2>/dev/null) in
3.4*) ;;
*) echo 'no dmidecode 3.4 to compare with'; exit 77 ;;
esac
seed=1
while [ $seed -le 25 ]; do
        python3 "$SOURCE/tests/fixtures/smbios.py" $seed tree dump || exit 1
        dmidecode --from-dump dump 2>/dev/null | sed '/^Reading SMBIOS/d; /^# dmidecode/d' >expected
        "$BIN/crossarm" hw --sysroot tree --as dmidecode | sed '/^Getting SMBIOS/d; /^# dmidecode/d; /^Table at/d' >printed
        cmp -s expected printed || { echo "seed $seed:"; diff expected printed | head -20; failures=$((failures + 1)); }
        [ $failures -lt 4 ] || break
        seed=$((seed + 1))
done
finish
