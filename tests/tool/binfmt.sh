#!/bin/sh
# crossarm binfmt and its drop-ins, in private instances of binfmt_misc: each check runs in a user namespace of its own.
. "$(dirname "$0")/lib.sh.inc"
cd "$TMPDIR" || exit 1
c=$BIN/crossarm d=$BIN/crossarm-binfmt dir=/proc/sys/fs/binfmt_misc
unshare -Urm mount -t binfmt_misc binfmt_misc $dir 2>/dev/null || { echo 'this kernel has no private binfmt_misc'; exit 77; }
before=$(ls $dir 2>/dev/null)

# in_ns STATUS PATTERN SCRIPT: the script in a namespace of its own, with $c, $d and $dir
in_ns()
{
        expect "$1" "$2" env c="$c" d="$d" dir="$dir" SOURCE="$SOURCE" unshare -Urm sh -c "$3"
}

# Without a handler; check is true and read-only.
in_ns 1 '*arm64: no handler*' '$c binfmt check'
in_ns 0 'no handler' '$c binfmt status --json arm64 | python3 -c "
import json, sys
s = json.load(sys.stdin)
print(s[\"architectures\"][0][\"outcome\"])"'
in_ns 1 '*hides the machine*register status' 'mount -t binfmt_misc binfmt_misc $dir; $c binfmt check; s=$?; echo $(ls $dir); exit $s'

# Install: it works at once, again is no error, a stale entry of the name is replaced, AppImages are taken, the flags are the private ones.
in_ns 0 '*flags OCPF*: works*arm64: works' '$c binfmt install && $c binfmt check'
in_ns 0 '*: works*: works' '$c binfmt install && $c binfmt install'
in_ns 0 "*enabled*interpreter $BIN/crossarm-aarch64*flags: POCF*7f454c460201010000000000000000000200b700*" \
        '$c binfmt install >/dev/null; cat $dir/qemu-aarch64'
in_ns 0 '*"appimage": true,*"works": true,*' '$c binfmt install >/dev/null; $c binfmt status --json arm64'
in_ns 0 "*works*interpreter $BIN/crossarm-aarch64*" 'mount -t binfmt_misc binfmt_misc $dir
        printf ":qemu-aarch64:M::\\\\x7fELF\\\\x02\\\\x01\\\\x01\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x02\\\\x00\\\\xb7\\\\x00::/gone:" >$dir/register
        $c binfmt check && exit 9
        $c binfmt install && cat $dir/qemu-aarch64'
in_ns 1 '*no interpreter*wants /gone*flag F*' 'mount -t binfmt_misc binfmt_misc $dir
        printf ":qemu-aarch64:M::\\\\x7fELF\\\\x02\\\\x01\\\\x01\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x02\\\\x00\\\\xb7\\\\x00::/gone:" >$dir/register
        $c binfmt check'
in_ns 1 '*fails*ended with 0 under /bin/true*' 'mount -t binfmt_misc binfmt_misc $dir
        printf ":mine:M::\\\\x7fELF\\\\x02\\\\x01\\\\x01\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x00\\\\x02\\\\x00\\\\xb7\\\\x00::/bin/true:F" >$dir/register
        $c binfmt check'
in_ns 1 '*switched off*' '$c binfmt install >/dev/null; echo 0 >$dir/qemu-aarch64; $c binfmt check'
in_ns 1 '*switched off as a whole*' '$c binfmt install >/dev/null; echo 0 >$dir/status; $c binfmt check'

# A namespace in which every id is itself is a private one all the same.
expect 0 '*flags OCPF): works' "$c" run --as-root "$c" binfmt install

# Shadowing: what is visible and what is in force are two things.
in_ns 1 '*inner: works*not in force*' '$c binfmt install >/dev/null
        unshare -Urm sh -c "echo inner: \$(\$c binfmt check | cut -d\\  -f2); mkdir -p m; mount -t binfmt_misc binfmt_misc m; \$c binfmt check"'

# While it is replaced programs go on starting.
cat >loop.sh <<'END'
$c binfmt install >/dev/null || exit 8
( i=0; while [ $i -lt 40 ]; do $c binfmt install >/dev/null || echo bad; i=$((i + 1)); done; : >done ) &
n=0
while [ ! -e done ]; do $c binfmt check >/dev/null || { echo "a gap after $n"; exit 9; }; n=$((n + 1)); done
wait
[ "$n" -gt 0 ] && [ "$(echo $(ls $dir))" = 'qemu-aarch64 qemu-aarch64-appimage register status' ]
END
in_ns 0 '' 'sh loop.sh'

# Uninstall takes away what is ours; a named one whoever made it.
in_ns 0 '*arm64: removed*register status' '$c binfmt install >/dev/null; $c binfmt uninstall; echo $(ls $dir)'
in_ns 0 'there was no such handler' 'mount -t binfmt_misc binfmt_misc $dir; $c binfmt uninstall arm64'

# Other architectures: the machine's QEMU, or a sentence.
if [ -x /usr/bin/qemu-riscv64-static ]; then
        in_ns 0 '*riscv64: qemu-riscv64 is run by /usr/bin/qemu-riscv64-static*works' '$c binfmt install riscv64'
        in_ns 0 '*s390x: works*mips64: works*arm: works' '$c binfmt install all >/dev/null; $c binfmt check s390x mips64 arm'
fi
in_ns 1 '*static QEMU for s390x*qemu-user-static*' 'mkdir -p none; mount --bind none /usr/bin && "$c" binfmt install s390x'
in_ns 1 '*this processor runs them*' '$c binfmt install amd64'
expect 2 "*no architecture 'vax'*" "$c" binfmt install vax
expect 2 '*an action is needed*' "$c" binfmt
expect 2 "*no action 'fly'*" "$c" binfmt fly
expect 0 ":qemu-aarch64:M::?x7f*:$BIN/crossarm-aarch64:OPF*:qemu-aarch64-appimage:*" "$c" binfmt export
expect 0 '*:OCPF*' "$c" binfmt export --credential
in_ns 0 '*arm64: works' 'mount -t binfmt_misc binfmt_misc $dir; $c binfmt export | while read -r l; do printf %s "$l" >$dir/register; done; $c binfmt check'

# Persistence: by what the system starts with.
mkdir -p sd/usr/lib/systemd sd/etc sysv/etc/init.d sysv/etc/rc2.d sysv/etc/rc3.d sysv/etc/rc4.d sysv/etc/rc5.d openrc/sbin openrc/etc/init.d \
        openrc/etc/runlevels/boot bare
: >sd/usr/lib/systemd/systemd-binfmt && : >openrc/sbin/openrc-run
expect 0 '*sd/etc/binfmt.d/qemu-aarch64.conf*' "$c" binfmt persist --root sd
expect 0 '*:qemu-aarch64:M::*:OPF*:qemu-aarch64-appimage:*' cat sd/etc/binfmt.d/qemu-aarch64.conf
expect 0 '*taken out of sd/etc/binfmt.d/qemu-aarch64.conf*' "$c" binfmt unpersist --root sd arm64
expect 0 '*not persistent*' "$c" binfmt unpersist --root sd arm64
expect 1 '' test -e sd/etc/binfmt.d/qemu-aarch64.conf
echo 'theirs' >sd/etc/binfmt.d/qemu-aarch64.conf
expect 0 'arm64: was not persistent*' "$c" binfmt unpersist --root sd arm64
expect 0 'theirs' cat sd/etc/binfmt.d/qemu-aarch64.conf
expect 0 '*init.d/crossarm-binfmt*' "$c" binfmt persist --root sysv
script=$PWD/sysv/etc/init.d/crossarm-binfmt
export script
in_ns 0 '*arm64: works*stopped*' '"$script" start && "$script" status && $c binfmt check && "$script" restart && "$script" stop && { "$script" status || echo stopped; }'
expect 0 '*crossarm-binfmt*' ls -L sysv/etc/rc3.d
if [ -x /usr/bin/qemu-riscv64-static ]; then
        expect 0 '*' "$c" binfmt persist --root sysv riscv64
        expect 0 3 grep -c '^:qemu-' "$script"
        expect 0 '*' "$c" binfmt unpersist --root sysv riscv64
        expect 0 2 grep -c '^:qemu-' "$script"
fi
expect 0 '*taken out of*' "$c" binfmt unpersist --root sysv arm64
expect 0 '' find sysv -name '*crossarm*'
expect 0 '*' "$c" binfmt persist --root openrc
expect 0 /etc/init.d/crossarm-binfmt readlink openrc/etc/runlevels/boot/crossarm-binfmt
expect 0 '#!/sbin/openrc-run*' cat openrc/etc/init.d/crossarm-binfmt
expect 1 '*neither systemd-binfmt nor OpenRC*' "$c" binfmt persist --root bare

# As tonistiigi/binfmt: what setup-qemu-action reads, and an exit status that means something.
cat >state.py <<'END'
import json, sys
s = json.load(sys.stdin)
print(','.join(s['supported']), ','.join(sorted(s['emulators'] or ['null'])))
END
in_ns 0 'linux/amd64*null' '$d | python3 state.py'
in_ns 0 '*installing: arm64 OK*linux/arm64*qemu-aarch64,qemu-aarch64-appimage*' '$d --install arm64 | python3 state.py'
in_ns 0 '*installing: arm64 OK*' '$d -install=linux/arm64/v8 | python3 state.py'
in_ns 0 '*installing: arm64 OK*' '$d --install all'
in_ns 1 '*installing: vax *' '$d --install vax,arm64'
in_ns 0 '*uninstalling: qemu-aarch64 OK*null*' '$d --install arm64 >/dev/null 2>&1; $d --uninstall "qemu-*" | python3 state.py'
in_ns 0 '*uninstalling: qemu-aarch64 OK*' '$d --install arm64 >/dev/null 2>&1; $d --uninstall linux/arm64'
in_ns 0 '*uninstalling: arm64 not found*' '$d --uninstall arm64'
in_ns 0 '*qemu-aarch64*' 'mkdir -p m; $d --mount m --install arm64 >/dev/null 2>&1; ls m'
in_ns 0 'there*register status' '$d --install arm64 --stay >/dev/null 2>&1 & p=$!
        while [ ! -e $dir/qemu-aarch64 ]; do sleep 0.02; done; echo there; kill $p && wait $p && echo $(ls $dir)'
expect 0 'crossarm-binfmt [0-9]*' "$d" --version

# The image of it, and a peer's view of that.
expect 0 '*bytes in the layer*' "$SOURCE/tools/oci-image" image.tar crossarm-binfmt:latest "$d" "$ENGINE"
if command -v skopeo >/dev/null; then
        expect 0 '*"/usr/bin/crossarm-binfmt"*' skopeo inspect --config oci-archive:image.tar
        expect 0 '*' skopeo copy oci-archive:image.tar:latest dir:image
fi
expect 2 '*not defined*' "$d" --fly

# As multiarch/qemu-user-static; --check changes nothing, where the image of that name registered.
in_ns 0 "Setting $BIN/crossarm-aarch64 as binfmt interpreter for aarch64*qemu-aarch64: works (*flags POF)*" '$d --reset -p yes; $d --check'
in_ns 1 '*no handler*register status' 'mount -t binfmt_misc binfmt_misc $dir; $d --check; s=$?; echo $(ls $dir); exit $s'
in_ns 0 '*warning: with -c yes*flags: POC*' '$d -c yes -p no; cat $dir/qemu-aarch64'
in_ns 0 '*qemu-aarch64.conf*' 'mkdir -p conf; $d --systemd ALL --exportdir conf; ls conf'
in_ns 0 '*package qemu-aarch64*interpreter *magic \\x7f*fix_binary yes*' 'mkdir -p deb; $d --debian --exportdir deb; cat deb/qemu-aarch64'

# Nobody is allowed to change the machine's handlers.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
        chmod 755 "$TMPDIR"
        copy=$(mktemp -d /tmp/crossarm-binfmt-XXXXXX) && chmod 755 "$copy" && cp "$BIN/crossarm" "$ENGINE" "$copy"
        expect 1 '*root*' setpriv --reuid=65534 --regid=65534 --clear-groups "$copy/crossarm" binfmt install
        expect 0 '*flags OCPF): works*' setpriv --reuid=65534 --regid=65534 --clear-groups unshare -Urm "$copy/crossarm" binfmt install
        rm -r "$copy"
fi
[ "$(ls $dir 2>/dev/null)" = "$before" ] || { echo "the machine's handlers are not what they were"; failures=$((failures + 1)); }
finish
