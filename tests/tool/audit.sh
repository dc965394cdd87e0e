#!/bin/sh
# crossarm audit: every kind of target, true and lying, and what must end in a sentence.
. "$(dirname "$0")/lib.sh.inc"
for tool in zstd lz4; do
        command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
cd "$TMPDIR" || exit 1
a="$BIN/crossarm audit"
export XDG_CACHE_HOME="$TMPDIR/cache"
printf 'int main(void) { return 0; }' >t.c
cross t.c -o a64
${CC:-cc} -O2 -w t.c -o x64 || exit 1
"$SOURCE/tests/tool/audit-inputs" in x64 a64 || exit 1
cd in || exit 1
before=$(find . | sort)

# verdict STATUS VERDICT CODES TARGET...: the exit status, the verdict, and the codes of the findings above notes
verdict()
{
        want=$1 verdict=$2 codes=$3
        shift 3
        $a --json "$@" >../out.json 2>../err && got=0 || got=$?
        said=$(python3 - ../out.json <<'END'
import json, sys
def codes(a):
    out = {f['code'] for f in a['findings'] if f['severity'] != 'note'}
    for p in a['parts']:
        out |= codes(p)
    return out
t = json.load(open(sys.argv[1]))['targets'][0]
print(t['verdict'] + ':' + ','.join(sorted(codes(t))))
END
)
        if [ "$got" != "$want" ] || [ "$said" != "$verdict:$codes" ]; then
                echo "$*: status $got, $said; expected $want, $verdict:$codes"
                cat ../err
                failures=$((failures + 1))
        fi
}

verdict 0 arm64 '' npm-a64.tgz
verdict 1 mislabelled path-says-other,x86-only npm-x64.tgz
verdict 0 arm64 '' ../a64
verdict 1 'needs rebuild' x86-only ../x64
verdict 0 arm64 '' deb-a64.deb
verdict 1 'needs rebuild' x86-only deb-x64.deb
verdict 1 mislabelled package-says-other,x86-only deb-a64-lies.deb
verdict 1 mislabelled package-says-other deb-x64-lies.deb
verdict 1 mislabelled package-says-other,x86-only deb-a64-lies-lib.deb
verdict 1 mislabelled package-says-other deb-x64-lies-lib.deb
verdict 1 'partly covered' foreign-file-inside deb-a64-one.deb
verdict 1 mislabelled native-in-noarch deb-all-a64.deb
verdict 1 mislabelled native-in-noarch,x86-only deb-all-x64.deb
verdict 0 harmless '' deb-all-test-x64.deb
verdict 0 arm64 '' rpm-a64.rpm
verdict 1 'needs rebuild' x86-only rpm-x64.rpm
verdict 1 mislabelled package-says-other,x86-only rpm-a64-lies.rpm
verdict 1 mislabelled package-says-other rpm-x64-lies.rpm
verdict 1 mislabelled native-in-noarch rpm-noarch-a64.rpm
verdict 0 arm64 '' t-1-cp311-cp311-manylinux_2_17_aarch64.whl
verdict 1 mislabelled package-says-other,x86-only wheel-a64-lies.whl
verdict 1 mislabelled native-in-noarch wheel-any-a64.whl
verdict 0 arm64 '' installed.zip
verdict 0 arm64 '' unpadded.tgz
verdict 0 arm64 '' cpu-a64.tgz
verdict 1 mislabelled package-says-other,x86-only cpu-a64-lies.tgz
verdict 1 mislabelled package-says-other cpu-x64-lies.tgz
verdict 0 arm64 '' jar-full.jar
verdict 1 'partly covered' arm64-partly jar-part.jar
verdict 1 'needs rebuild' x86-only nested.tgz
verdict 0 arm64 '' initramfs.cpio.gz
verdict 1 'needs rebuild' x86-only early.img
verdict 1 'needs rebuild' x86-only early-xz.cpio.gz
verdict 1 'needs rebuild' x86-only early-in.tgz
verdict 1 'partly covered' arm64-partly early-in.zip
for packed in gz bz2 lzma xz xz-crc32 zst lz4 lz4-legacy; do
        for form in then-cpio then-gz twice; do
                case $packed-$form in lz4*-then-gz | lz4*-twice) continue ;; esac # libarchive takes the four bytes behind lz4 away: these have to be zeros
                verdict 1 'partly covered' arm64-partly initrd-$packed-$form.img
        done
done
verdict 3 'not looked into' '' initrd-then-unknown.img
verdict 0 arm64 '' t-1-aarch64-linux.gem
verdict 1 mislabelled package-says-other,x86-only gem-a64-lies.gem
verdict 1 mislabelled native-in-noarch gem-ruby.gem
verdict 1 mislabelled package-says-other gem-old.gem
verdict 0 arm64 '' a64.conda
verdict 1 'needs rebuild' x86-only x64.conda
verdict 1 mislabelled package-says-other,x86-only lies.conda
verdict 1 mislabelled native-in-noarch noarch.conda
verdict 1 mislabelled package-says-other conda-lies.tar.bz2
verdict 0 harmless '' firmware.deb
for row in pc.fd:amd64 pc32.fd:386 a64.fd:arm64 cut.fd:amd64; do
        expect 0 '*"native": \[*"format": "firmware",*"arch": "'${row#*:}'",*' $a --json ${row%:*}
done
verdict 0 arm64 '' static.deb
verdict 1 unknown install-downloads download.tgz
verdict 0 portable '' text.gz

# Images: the config against the files, in both directions, as folders and as archives.
for form in '' .tar; do
        verdict 0 arm64 '' oci-a64$form
        verdict 1 'needs rebuild' x86-only oci-x64$form
        verdict 1 mislabelled image-says-other,package-says-other,x86-only oci-a64-lies$form
        verdict 1 mislabelled image-says-other,package-says-other oci-x64-lies$form
        verdict 0 arm64 '' oci-replaced$form
        verdict 0 arm64 '' oci-deleted$form
        verdict 0 arm64 '' oci-both$form
        verdict 1 mislabelled image-says-other,index-says-other,package-says-other oci-index$form
done
verdict 1 mislabelled image-says-other,package-says-other docker.tar
verdict 0 portable '' list-arm64.json
verdict 1 'needs rebuild' index-without-arm64 list-none.json

# Sources: what stops the build, and the same with a condition around it.
for form in '' .tar.gz; do
        verdict 1 'needs porting' arch-refused,char-eof,docker-platform,x86-download,x86-flag,x86-header,x86-inline-asm src-bad$form
        verdict 0 portable '' src-good$form
done
verdict 0 portable '' --sources no src-bad
verdict 1 'needs porting' build-refuses src-configure
verdict 1 'needs porting' build-refuses src-cmake
verdict 1 'needs porting' build-refuses src-header-check
verdict 1 'needs porting' x86-registers src-registers
verdict 1 'needs porting' go-x86-only src-go
verdict 1 'needs porting' arch-family-without-arm64 src-family
verdict 1 'needs porting' x86-builtin src-intrinsics
verdict 1 'needs porting' x86-inline-asm src-macro
verdict 1 'needs porting' x86-file src-assembly
verdict 1 'needs porting' arch-refused src-default
verdict 1 'needs porting' x86-inline-asm src-module
verdict 1 'needs porting' x86-inline-asm src-default-on
for tree in src-control src-spec src-spec-not; do
        verdict 1 'needs porting' declared-x86-only $tree
done
for tree in src-control-good src-configure-good src-cmake-good src-registers-good src-go-good src-family-good src-default-off src-not-reached; do
        verdict 0 portable '' $tree
done

# Damage ends in a sentence and status 2, quickly; the other targets go on.
verdict 0 portable '' zeros.zip
verdict 2 'not looked into' '' deep.tgz
verdict 2 'not looked into' '' cut.rpm
verdict 2 'not looked into' '' squash
expect 2 '*cut.deb*unreadable: *is damaged*deb-a64.deb*' $a --all cut.deb deb-a64.deb
expect 2 '*cut.tgz*is damaged*' $a cut.tgz
expect 2 '*bomb.tgz*archive bomb*' $a bomb.tgz
expect 2 '*deep.tgz*nested deeper than 16*' $a deep.tgz
expect 2 '*nothing*No such file*' $a nothing
expect 2 '*squash*is damaged*' $a squash
expect 2 '*broken.rpm*cannot be opened*' $a broken.rpm
expect 0 '*' $a --all cut.elf

# Floors.
verdict 1 'floor too high' floor-too-high --target centos7 deb-a64.deb
verdict 0 arm64 '' --target debian12 deb-a64.deb
verdict 1 'floor too high' floor-too-high --target alpine deb-a64.deb
verdict 0 arm64 '' --sysroot /usr/aarch64-linux-gnu deb-a64.deb
expect 2 '*no arm64 libraries*' $a --sysroot . deb-a64.deb
expect 2 "*no target system 'beos'*debian12*" $a --target beos deb-a64.deb
expect 0 '*centos7*ubuntu22.04*' $a --target help

# Views.
$a --sarif src-bad npm-x64.tgz >../s.json
python3 - ../s.json <<'END' || failures=$((failures + 1))
import json, sys
run = json.load(open(sys.argv[1]))['runs'][0]
rules = {r['id'] for r in run['tool']['driver']['rules']}
assert all(r['ruleId'] in rules for r in run['results'])
where = {(r['ruleId'], r['locations'][0]['physicalLocation']['artifactLocation']['uri']) for r in run['results']}
assert ('x86-header', 'src-bad/bad.c') in where and ('path-says-other', 'npm-x64.tgz') in where, where
END
expect 1 '<!doctype html>*2 targets: 1 mislabelled, 1 partly covered*<svg*mislabelled*</html>' $a --html npm-x64.tgz jar-part.jar
expect 0 'path-says-other (error):*' $a --explain path-says-other
expect 2 "*no finding called 'x'*" $a --explain x
expect 1 '*mislabelled*npm-x64.tgz*path-says-other*linux-arm64*' $a npm-x64.tgz

# Baseline: only what is new. Shards: each target once, whoever does it; merged it is the same report.
$a --json deb-x64.deb npm-x64.tgz >../old.json
expect 0 '*' $a --baseline ../old.json deb-x64.deb npm-x64.tgz
expect 1 '*jar-part*' $a --baseline ../old.json deb-x64.deb jar-part.jar
find . -name '*.deb' -o -name '*.rpm' -o -name '*.tgz' | sort >../list
$a --json --list ../list >../whole.json
for k in 1 2 3; do $a --json --list ../list --shard $k/3 >../part-$k.json; done
expect 2 '*' $a --merge ../part-1.json ../part-2.json ../part-3.json
$a --merge --json ../part-?.json >../merged.json
$a --merge --json ../whole.json >../sorted.json
cmp ../merged.json ../sorted.json || failures=$((failures + 1))
expect 2 '*--shard wants*' $a --shard 4/3 x
expect 2 '*is no report*' $a --merge list-none.json
expect 2 '*a target is needed*' $a
# The cache: the same report again, by content under another path; not after a change.
$a --json --cache ../c.db npm-x64.tgz >../first.json
mkdir ../copy && cp npm-x64.tgz ../copy/
$a --json --cache ../c.db ../copy/npm-x64.tgz | sed 's|../copy/||' >../second.json
cmp ../first.json ../second.json || failures=$((failures + 1))
expect 0 1 sqlite3 ../c.db 'SELECT count(*) FROM facts'
cp npm-a64.tgz ../copy/npm-x64.tgz
expect 0 'arm64*' $a --cache ../c.db ../copy/npm-x64.tgz
expect 1 '*' $a --cache ../c.db ../copy/../in/src-bad
cp src-good/good.c ../copy/ && cp src-bad/Makefile ../copy/
expect 1 '*x86-flag*' $a --cache ../c.db ../copy
rm ../copy/Makefile
expect 0 '*' $a --cache ../c.db ../copy
# Of a folder only what is around a changed file is looked at again; the report is the same as without a cache.
mkdir ../many
for i in $(seq 600); do
        cp ../a64 "../many/$i.so"
done
cp npm-x64.tgz deb-a64.deb early-in.zip oci-both.tar src-bad.tar.gz jar-part.jar ../many/
looks() { strace -f -e trace=openat -o ../trace "$@" --json >../many.json; grep -c '\.so"' ../trace; }
if command -v strace >/dev/null; then
        [ "$(looks $a --cache ../m.db ../many)" -ge 600 ] || { echo 'not all were looked at'; failures=$((failures + 1)); }
        cp ../many.json ../many-cold.json
        [ "$(looks $a --cache ../m.db ../many)" -lt 20 ] || { echo 'unchanged files are looked at again'; failures=$((failures + 1)); }
        cmp ../many.json ../many-cold.json || failures=$((failures + 1))
        cp ../x64 ../many/300.so
        [ "$(looks $a --cache ../m.db ../many)" -lt 290 ] || { echo 'too many files are looked at again'; failures=$((failures + 1)); }
        $a --no-cache --json ../many >../many-cold.json
        cmp ../many.json ../many-cold.json || failures=$((failures + 1))
fi
# Facts do not depend on what they are judged by.
expect 1 '*floor-too-high*' $a --cache ../m.db --target centos7 deb-a64.deb
expect 0 '*' $a --cache ../m.db --target debian12 deb-a64.deb
expect 2 '*cannot use the cache*' $a --cache /proc/nothing/c.db text.gz
# Nothing is written beside the inputs.
[ "$before" = "$(find . | sort)" ] || { echo 'files came or went'; failures=$((failures + 1)); }
finish
