#!/bin/sh
# crossarm doctor: each cause is really made, in namespaces of its own.
. "$(dirname "$0")/lib.sh.inc"
cd "$TMPDIR" || exit 1
c=$BIN/crossarm dir=/proc/sys/fs/binfmt_misc here=$SOURCE/tests/tool
unshare -Urm mount -t binfmt_misc binfmt_misc $dir 2>/dev/null || { echo 'this kernel has no private binfmt_misc'; exit 77; }
head='\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00'
export c dir head SOURCE

# empty STATUS PATTERN SCRIPT: in a user namespace with an instance of binfmt_misc of its own, so that the machine's handlers play no part.
empty()
{
        expect "$1" "$2" unshare -Urm sh -c "mount -t binfmt_misc binfmt_misc \$dir; $3"
}

# with STATUS PATTERN SCRIPT: the same with our handlers.
with()
{
        empty "$1" "$2" "\$c binfmt install >/dev/null || exit 9; $3"
}

cat >hello.c <<'END'
int main(void) { return 0; }
END
cross -static hello.c -o hello
cross hello.c -o dynamic
cross -c hello.c -o hello.o && chmod +x hello.o
cross hello.c -Wl,--dynamic-linker=/nowhere/ld-musl-aarch64.so.1 -o musl

# It runs.
with 0 'hello runs here.' '$c doctor hello'
expect 0 'sh runs here.' "$c" doctor sh
expect 0 '*"kind": "program"*"runs": true*"findings": ?]*' "$c" doctor --json /bin/sh

# The kernel and its handlers.
empty 1 '*hello is a program for 64-bit Arm*hidden by it.*    crossarm binfmt install arm64' '$c doctor hello'
empty 1 '*"cause": "shadowed-namespace"*' '$c doctor --json hello'
empty 0 'hello runs here.' 'sh -c "$($c doctor hello | sed -n "s|^    crossarm|$c|p")" >/dev/null; $c doctor hello'
with 1 '*qemu-aarch64, is switched off.*echo 1 >*' 'echo 0 >$dir/qemu-aarch64; $c doctor hello'
with 1 '*switched off as a whole.*echo 1 >*/status' 'echo 0 >$dir/status; $c doctor hello'
with 0 'hello runs here.' 'echo 0 >$dir/status; sh -c "$($c doctor hello | sed -n "s/^    //p")"; $c doctor hello'
empty 1 '*"cause": "handler-without-f"*wants /gone*' 'printf ":mine:M::$head::/gone:" >$dir/register; $c doctor --json hello'
empty 1 '*does not work*/bin/true*crossarm binfmt install arm64' 'printf ":mine:M::$head::/bin/true:F" >$dir/register; $c doctor hello'

{ head -c 8 hello && printf 'AI\002' && tail -c +12 hello; } >app && chmod +x app
with 0 'app runs here.' '$c doctor app'
empty 1 'hello runs here.*app is a program for*' 'printf ":mine:M::$head::$BIN/crossarm-aarch64:F" >$dir/register; $c doctor hello; $c doctor app'

# The file.
chmod -x hello
with 1 '*not marked as executable.*    chmod +x ./hello' '$c doctor hello'
chmod +x hello
with 1 "*lies on $TMPDIR/m*noexec*    mount -o remount,exec $TMPDIR/m" 'mkdir -p m; mount -t tmpfs -o noexec none m; cp hello m; $c doctor m/hello'
with 0 '*runs here.' 'mount -t tmpfs -o noexec none m; cp hello m; sh -c "$($c doctor m/hello | sed -n "s/^    //p")"; $c doctor m/hello'
with 1 '*open for writing in process * (sh)*kill *' 'exec 9>>hello; $c doctor hello'
: >nothing && chmod +x nothing
with 1 '*nothing is empty*' '$c doctor nothing'
for size in 40 100 3000; do
        head -c $size hello >cut && chmod +x cut
        with 1 '*"cause": "truncated"*' '$c doctor --json cut'
done
with 1 '*an object file, not a program*' '$c doctor hello.o'
echo 'what?' >text && chmod +x text
with 1 '*neither an ELF program nor a script*' '$c doctor text'
{ head -c 18 hello && printf '\064\022' && tail -c +21 hello; } >strange && chmod +x strange
with 1 '*"cause": "wrong-architecture"*' '$c doctor --json strange'
printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\002\000\050\000' | cat - hello >arm && printf '\001' | dd of=arm bs=1 seek=4 conv=notrunc 2>/dev/null && chmod +x arm
empty 1 '*32-bit Arm (arm)*' '$c doctor arm'

# The loader: the way there with `crossarm run`, and nowhere.
if [ ! -e /lib/ld-linux-aarch64.so.1 ]; then
        with 1 '*/lib/ld-linux-aarch64.so.1*not in / but in*    crossarm run ./dynamic' '$c doctor dynamic'
fi
with 1 '*ld-musl-aarch64.so.1, which is neither in / nor*musl:arm64.*    crossarm rootfs create*--include=musl*/mnt/musl' '$c doctor musl'

# Libraries: the program's own, one of a library's, by way of RUNPATH; in a tree, below a folder with a tree, in nothing.
echo 'int deep(void) { return 0; }' >deep.c && echo 'int deep(void); int foo(void) { return deep(); }' >foo.c
echo 'int foo(void); int main(void) { return foo(); }' >uses.c
mkdir -p libs lib/tree/bin lib/tree/lib lib/tree/usr/lib/aarch64-linux-gnu lib/tree/opt/app lib/tree/usr/bin
cross -shared -fPIC deep.c -Wl,-soname,libdeep2.so.3 -o libs/libdeep2.so.3
cross -shared -fPIC foo.c libs/libdeep2.so.3 -Wl,-soname,libfoo_x.so.1 -o libs/libfoo_x.so.1
cross uses.c libs/libfoo_x.so.1 -Wl,-rpath-link,libs -o lib/tree/bin/sh
cross uses.c libs/libfoo_x.so.1 -Wl,-rpath-link,libs '-Wl,-rpath,$ORIGIN/../private' -o uses
sysroot=$(dirname "$(aarch64-linux-gnu-gcc -print-file-name=ld-linux-aarch64.so.1)")
cp "$sysroot/ld-linux-aarch64.so.1" "$sysroot/libc.so.6" lib/tree/lib/
with 1 '*/bin/sh of lib/tree needs the library libfoo_x.so.1, *the package to look for is libfoo-x1.*' '$c doctor lib/tree'
touch lib/tree/usr/bin/apt-get
with 1 '*    crossarm run lib/tree -- apt-get install -y libfoo-x1*' '$c doctor lib/tree'
empty 1 '*without a handler*Then: *needs the library libfoo_x.so.1*' '$c doctor lib/tree'
rm lib/tree/usr/bin/apt-get && mkdir -p lib/tree/sbin && touch lib/tree/sbin/apk
with 1 '*    crossarm run lib/tree -- apk add so:libfoo_x.so.1*' '$c doctor lib/tree'
cp libs/libfoo_x.so.1 lib/tree/usr/lib/aarch64-linux-gnu/
with 1 '*"cause": "missing-library"*libdeep2.so.3 (for /usr/lib/aarch64-linux-gnu/libfoo_x.so.1)*libdeep2-3*' '$c doctor --json lib/tree'
cp libs/libdeep2.so.3 lib/tree/opt/app/ && mkdir -p lib/tree/etc/ld.so.conf.d && echo /opt/app >lib/tree/etc/ld.so.conf.d/app.conf
with 0 'lib/tree runs here.*' '$c doctor lib/tree'
cp /bin/true lib/tree/opt/app/libdeep2.so.3 # of another processor
with 1 '*libdeep2.so.3 (for*' '$c doctor lib/tree'
cp uses lib/tree/opt/app/uses && mkdir lib/tree/opt/private && cp libs/* lib/tree/opt/private/
empty 1 '*without a handler*crossarm binfmt install arm64' '$c doctor lib/tree/opt/app/uses'
rm lib/tree/opt/private/libdeep2.so.3
empty 1 '*needs the library libdeep2.so.3 (for *private/libfoo_x.so.1)*    crossarm run */lib/tree -- apk add so:libdeep2.so.3' '$c doctor lib/tree/opt/app/uses'
if [ -e /usr/aarch64-linux-gnu/lib/libc.so.6 ]; then
        empty 1 '*uses needs the library libfoo_x.so.1*    crossarm rootfs create ~/arm64 --include=libfoo-x1 *' '$c doctor uses'
        empty 1 '*' '! $c doctor dynamic | grep -q library && exit 1'
fi
cc -O2 -w -shared -fPIC deep.c -Wl,-soname,libdeep2.so.3 -o libs/libdeep2.so.3 && cc -O2 -w uses.c -Wl,--unresolved-symbols=ignore-all -Wl,--no-as-needed libs/libdeep2.so.3 -o own
expect 1 '*own needs the library libdeep2.so.3, which is in no library folder of this machine; *libdeep2-3*' "$c" doctor own
expect 0 '*runs here.' "$c" doctor "$(command -v python3 || command -v sh)"

# Scripts.
printf '#!/bin/sh\r\necho\r\n' >crlf && printf '#!/none/such\n' >none && printf '#!/usr/bin/env no-such-thing\n' >env && printf '#!\n' >blank &&
        printf '#!%s/musl\n' "$TMPDIR" >chain && chmod +x crlf none env blank chain
expect 1 "*CR LF*'/bin/sh?r'*    sed -i 's/?r\$//' ./crlf" "$c" doctor crlf
sh -c "$("$c" doctor crlf | sed -n 's/^    //p')"
expect 0 'crlf runs here.' "$c" doctor crlf
expect 1 '*script for /none/such, which is not in this machine*' "$c" doctor none
expect 1 '*env does not find*no-such-thing*' "$c" doctor env
expect 1 '*names no interpreter*' "$c" doctor blank
with 1 '*musl, which runs chain, wants the loader*' '$c doctor chain'

# Trees.
mkdir -p tree/bin tree/etc bad/bin none.d
cp hello tree/bin/sh && cp dynamic bad/bin/sh
with 0 'tree runs here.*' '$c doctor tree'
empty 1 '*/bin/sh of tree*' '$c doctor tree'
with 1 '*/bin/sh of bad wants the loader*not in bad: the package libc6*' '$c doctor bad'
expect 1 '*none.d holds no system*    crossarm rootfs create none.d' "$c" doctor none.d
tar -cf tree.tar tree
expect 1 '*tree.tar is an archive, *    crossarm run tree.tar' "$c" doctor tree.tar
mkdir -p bad/lib && cp "$(aarch64-linux-gnu-gcc -print-file-name=ld-linux-aarch64.so.1)" bad/lib/
mkdir -p bad/etc && echo /usr/lib/libarmmem.so >bad/etc/ld.so.preload
with 1 '*bad/etc/ld.so.preload names /usr/lib/libarmmem.so*    crossarm run bad*' '$c doctor bad'
empty 1 '*without flag F*looked for inside of tree*binfmt install arm64*' 'printf ":mine:M::$head::$BIN/crossarm-aarch64:" >$dir/register; $c doctor tree'

# The machine.
with 0 '*ok] processor*ok] engine*ok] kernel*ok] user-namespaces*ok] handler*' '$c doctor'
empty 1 '*!!] shadowed-namespace*-> crossarm binfmt install arm64*' '$c doctor'
empty 1 '*!!] user-namespaces*limit is 0*-> sysctl -w user.max_user_namespaces=10000*' 'echo 0 >/proc/sys/user/max_user_namespaces; $c doctor'
# The switches of Debian and Ubuntu, played by files of their names: the namespaces are refused by the limit.
for switch in 'unprivileged_userns_clone 0 Debian 1' 'apparmor_restrict_unprivileged_userns 1 Ubuntu 0'; do
        set -- $switch
        empty 1 "*!!] user-namespaces*may not make them: $3*-> sysctl -w kernel.$1=$4*" "echo 0 >/proc/sys/user/max_user_namespaces
                mount -t tmpfs none /proc/sys/kernel && echo $2 >/proc/sys/kernel/$1; \$c doctor"
done
expect 1 '*!!] engine*not there*' env CROSSARM_ENGINE="$TMPDIR/text" "$c" doctor
with 1 '*!!] cache*noexec*' 'mount -t tmpfs -o noexec none m; XDG_CACHE_HOME=$PWD/m $c doctor'
if command -v python3 >/dev/null; then
        with 0 'machine True * ok' '$c doctor --json | python3 -c "
import json, sys
d = json.load(sys.stdin)
print(d[\"kind\"], d[\"runs\"], len(d[\"findings\"]), \"ok\" if all(set(f) == {\"cause\", \"mark\", \"text\", \"fix\"} for f in d[\"findings\"]) else d)"'
        # A kernel before 6.7, played by a filter: mounting with just the flags that we mount binfmt_misc with is not permitted.
        with 0 '*--] kernel*6.7 and later do*' 'python3 "$SOURCE/tests/tool/no-binfmt-mount" "$c" doctor'
fi
# A process 1 that asks after its own children only.
if command -v python3 >/dev/null; then
        expect 0 '*--] reaper*2 of them*process 1 (python3)*--init*' unshare -Urmpf --mount-proc python3 -c "
import subprocess, sys
for i in 1, 2:
    subprocess.call([sys.argv[1], 'run', 'tree', '/bin/sh'])
subprocess.call([sys.argv[1], 'doctor'])" "$c"
fi
if command -v qemu-x86_64-static >/dev/null; then
        expect 1 '*!!] processor*has no AVX;*' qemu-x86_64-static -cpu Westmere "$BIN/crossarm-image" doctor
        empty 1 "*needs an x86-64-v3 processor*no AVX;*" 'qemu-x86_64-static -cpu Westmere "$BIN/crossarm-image" doctor hello'
fi
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
        copy=$(mktemp -d /tmp/crossarm-doctor-XXXXXX) && chmod 755 "$copy" && cp "$BIN/crossarm" "$BIN/crossarm-image" "$ENGINE" hello "$copy"
        nobody='setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent'
        expect 1 '*!!] subordinate-ids*no range in /etc/subuid*-> sudo usermod --add-subuids*nobody*' $nobody "$copy/crossarm" doctor
        chmod 750 "$copy/hello" && chmod o+r "$copy/hello"
        expect 1 '*executed by others*    sudo chmod a+rx *' $nobody "$copy/crossarm" doctor "$copy/hello"
        chmod 755 "$copy/hello" && chown 65534 "$copy/hello"
        exec 9>>"$copy/hello"
        expect 1 "*another user's process: text file busy*" $nobody "$copy/crossarm" doctor "$copy/hello"
        exec 9>&-
        rm -r "$copy"
fi

# Images.
"$here/make-image" liar liar && "$here/make-image" lay good
expect 1 '*oci:liar says linux/arm64, but * are for amd64*    crossarm run oci:liar' "$c" doctor oci:liar
expect 1 '*"kind": "image"*"cause": "lying-image"*' "$c" doctor --json oci:liar

# What cannot be told.
expect 2 '*cannot look at ./gone*' "$c" doctor ./gone
expect 2 '*' "$c" doctor oci:gone
expect 2 '*no regular file*' "$c" doctor /dev/null
expect 2 '*not 2*' "$c" doctor hello tree
finish
