#!/bin/sh
# What cannot run: one clear sentence, 126 or 127, never a crash. Through `crossarm run` and through the engine alone.
. "$(dirname "$0")/lib.sh.inc"
cd "$TMPDIR" || exit 1
echo 'int main(void) { return 0; }' >t.c
cross t.c -o dynamic
cross -static t.c -o static
head -c 40 static >cut-header
head -c 100 static >cut-phdrs
printf '\177ELF' >four
: >empty
echo 'just text' >text
cp static foreign && printf '\363' | dd of=foreign bs=1 seek=18 conv=notrunc 2>/dev/null
cp static big-endian && printf '\002' | dd of=big-endian bs=1 seek=5 conv=notrunc 2>/dev/null
cp static wrong-class && printf '\001' | dd of=wrong-class bs=1 seek=4 conv=notrunc 2>/dev/null
echo '#!/no/such/interpreter' >script
printf '#! /bin/sh -x\nexit 5\n' >script-of-sh
printf '#!\n' >script-of-nothing
ln -s loop loop
chmod +x script-of-sh script-of-nothing
chmod +x cut-header cut-phdrs four empty text script
cp static not-executable && chmod -x not-executable
for run in "$BIN/crossarm run" "$ENGINE"; do
        for file in cut-header cut-phdrs four empty text foreign big-endian wrong-class; do
                expect 126 "cross*$file*" $run "./$file"
        done
        expect 127 'cross*nothing*' $run ./nothing
done
# The same statuses as a shell gives for native programs.
expect 127 'crossarm: *script for /no/such/interpreter, which is not there*' "$ENGINE" ./script
expect 126 'crossarm: *script-of-sh is a script*run /bin/sh*' "$ENGINE" ./script-of-sh
expect 126 'crossarm: *names no interpreter*' "$ENGINE" ./script-of-nothing
expect 126 'crossarm: *not a directory*' "$ENGINE" ./static/
expect 126 'crossarm: *not a directory*' "$ENGINE" ./static/x
expect 126 'crossarm: *is a directory*' "$ENGINE" ./
expect 126 'crossarm: *too many symbolic links*' "$ENGINE" ./loop
expect 126 'crossarm: *special file*' "$ENGINE" /dev/null
expect 126 'crossarm: *not-executable is not executable*chmod*' "$ENGINE" ./not-executable
expect 127 'crossarm: *' "$ENGINE" ''
expect 126 'crossarm:*Not a directory' "$BIN/crossarm" run ./static/
expect 127 'crossarm:*script*/no/such/interpreter*' "$BIN/crossarm" run ./script
expect 126 'crossarm:*not executable*' "$BIN/crossarm" run ./not-executable
mkdir -p root/bin root/empty
cp dynamic root/bin/dynamic && cp static root/bin/true
expect 127 'crossarm:*/bin/sh*root*' "$BIN/crossarm" run root
expect 127 'crossarm:*cannot find the program nothing*' "$BIN/crossarm" run root nothing
expect 127 'crossarm:*loader /lib/ld-linux-aarch64.so.1*' "$BIN/crossarm" run root dynamic
expect 126 'crossarm:*no such user*' "$BIN/crossarm" run --user nobody-here root true
expect 126 'crossarm:*/not/there*' "$BIN/crossarm" run --bind /not/there:/x root true
expect 126 'crossarm:*folder /not/there*' "$BIN/crossarm" run --workdir /not/there root true
expect 127 'crossarm:*' "$BIN/crossarm" run "$TMPDIR/none/" true
finish
