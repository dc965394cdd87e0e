#!/bin/sh
# Long: crossarm-audit built for arm64, on our engine: its unit test, and the same report as the x86-64 one about every input of audit.sh.
. "$(dirname "$0")/lib.sh.inc"
[ "$LONG" = 1 ] || { echo 'only with --long: it fetches the arm64 libraries'; exit 77; }
command -v mmdebstrap >/dev/null || { echo 'no mmdebstrap'; exit 77; }
root=$BUILD/audit-arm64-root
if [ ! -e "$root/usr/include/aarch64-linux-gnu/curl/curl.h" ] || [ ! -e "$root/usr/include/lzma.h" ]; then
        rm -rf "$root"
        mmdebstrap --arch=arm64 --variant=extract --include=libc6-dev,libgcc-12-dev,libarchive-dev,libjansson-dev,libsqlite3-dev,libcurl4-openssl-dev,libssl-dev,libext2fs-dev,libsquashfs-dev,zlib1g-dev,libzstd-dev,liblzma-dev bookworm "$root" \
                >"$TMPDIR/log" 2>&1 || { tail -3 "$TMPDIR/log"; echo 'the arm64 libraries could not be fetched'; exit 77; }
fi
cd "$TMPDIR" || exit 1
library="$SOURCE/src/audit/*.c"
for name in base/err base/out base/str base/util image/auth image/blob image/bytes image/digest image/hash image/http image/json image/layout image/manifest \
        image/platform image/ref image/registry image/source_registry image/source_small fs/ext fs/fat fs/first_name fs/opaque fs/partitions fs/qcow2 fs/squashfs fs/volume; do
        library="$library $SOURCE/src/$name.c"
done
build()
{
        out=$1
        shift
        # shellcheck disable=SC2086
        cross -std=gnu11 -D_GNU_SOURCE -DCROSSARM_VERSION='"0.1.0"' -I"$SOURCE/src" --sysroot="$root" -pthread -o "$out" $library "$@" -larchive -ljansson -lsqlite3 \
                -lcurl -lcrypto -lext2fs -lcom_err -lsquashfs -lz -lzstd -llzma -Wl,-rpath-link,"$root/usr/lib/aarch64-linux-gnu:$root/lib/aarch64-linux-gnu"
}
build test-audit "$SOURCE/tests/unit/audit.c"
build crossarm-audit "$SOURCE"/src/cli/audit_*.c "$SOURCE/src/cli/cmd_audit.c" "$SOURCE/src/cli/common.c"
expect 0 '' "$ENGINE" -L "$root" ./test-audit
printf 'int main(void) { return 0; }' >t.c
cross t.c -o a64
${CC:-cc} -O2 -w t.c -o x64 || exit 1
"$SOURCE/tests/tool/audit-inputs" in x64 a64 || exit 1
rm in/bomb.tgz
for target in in/* in/src-bad; do
        "$BIN/crossarm" audit --no-cache --json "$target" >there && want=0 || want=$?
        expect "$want" '' sh -c '"$1" -L "$2" ./crossarm-audit --no-cache --json "$3" >here' - "$ENGINE" "$root" "$target"
        cmp here there || failures=$((failures + 1))
done
finish
