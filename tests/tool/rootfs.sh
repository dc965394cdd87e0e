#!/bin/sh
# crossarm rootfs import and remove: every kind of source into every kind of target, hostile sources, and what is left after kill -9.
. "$(dirname "$0")/lib.sh.inc"
cd "$TMPDIR" || exit 1
PATH=$PATH:/usr/sbin:/sbin
for tool in sfdisk mke2fs tar2sqfs sqfs2tar mcopy mkfs.vfat xz zstd qemu-img; do
        command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
c=$BIN/crossarm

# A board's tree.
mkdir -p tree/bin tree/etc tree/usr tree/boot/firmware tree/var/empty tree/home
echo 'int main(void) { return 42; }' >t.c
cross -static t.c -o tree/bin/t
ln tree/bin/t tree/bin/t2
ln -s ../bin/t tree/usr/t
ln -s "/$(printf '%080d' 7)" tree/usr/long
chmod 4755 tree/bin/t
echo text >tree/etc/file
printf 'proc /proc proc defaults 0 0\nPARTUUID=1-01 /boot/firmware vfat defaults 0 2\n' >tree/etc/fstab
truncate -s 5M tree/var/sparse && echo end >>tree/var/sparse
mkfifo tree/var/fifo
mkdir tree/home/ann
[ "$(id -u)" = 0 ] && chown 1000:1000 tree/home/ann && mknod tree/var/null c 1 3
touch -d '2001-02-03 04:05:06.789' tree/etc/file
tar -C tree -cf t.tar --numeric-owner --format=pax .
xz -k t.tar
zstd -q t.tar
gzip -k t.tar
mke2fs -q -t ext4 -d tree t.ext4 24M
mke2fs -q -t ext2 -b 1024 -d tree t.ext2 24M
tar2sqfs -q t.squashfs <t.tar
mkfs.vfat -C boot.fat 16384 >/dev/null
echo kernel=1 >config.txt
TZ=UTC touch -d '2001-02-03 04:05:06' config.txt
TZ=UTC mcopy -m -i boot.fat config.txt ::
disk() # disk FILE TABLE ROOT-FS
{
        truncate -s 45M "$1"
        printf '%s' "$2" | sfdisk -q "$1" || exit 1
        dd if=boot.fat of="$1" bs=512 seek=2048 conv=notrunc status=none
        dd if="$3" of="$1" bs=512 seek=40960 conv=notrunc,sparse status=none
}
disk mbr.img 'label: dos
start=2048,size=32768,type=c
start=40960,size=49152,type=83
' t.ext4
disk gpt.img 'label: gpt
start=2048,size=32768,type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7
start=40960,size=49152
' t.squashfs
xz -k -T1 -0 mbr.img
# As QEMU has it; and with sectors of 4096 bytes, by which a GPT counts.
qemu-img convert -O qcow2 -c mbr.img mbr.qcow2
qemu-img convert -O qcow2 t.squashfs t.qcow2
truncate -s 30M big-sectors.img
dd if=t.ext4 of=big-sectors.img bs=4096 seek=256 conv=notrunc,sparse status=none
python3 - big-sectors.img <<'END'
import struct, sys
with open(sys.argv[1], 'r+b') as f:
    f.seek(4096)
    f.write(struct.pack('<8sIIIIQQQQ16sQIII', b'EFI PART', 0x10000, 92, 0, 0, 1, 7679, 6, 7674, b'd' * 16, 2, 128, 128, 0))
    f.seek(2 * 4096)
    f.write(b't' * 16 + b'u' * 16 + struct.pack('<QQ', 256, 256 + 24 * 256 - 1))
END

# Names, kinds, modes, owners, links, times, and content.
picture()
{
        (cd "$1" && find . \( -name firmware -prune -o ! -type c \) -printf '%p %y %m %U:%G %l ' -exec sh -c '[ -d "$1" ] || stat -c "%s %h %Y" "$1"; [ ! -d "$1" ] || echo' - {} \; | sort
                cat etc/file usr/t bin/t2 | sha256sum; tail -c 4 var/sparse)
}
picture tree >want
for source in tree t.tar t.tar.zst t.tar.gz t.ext4 t.ext2 t.squashfs mbr.img gpt.img mbr.img.xz mbr.qcow2 t.qcow2 big-sectors.img; do
        expect 0 '*' "$c" rootfs import $source out
        picture out >got
        expect 0 '' diff want got
        case $source in mbr* | gpt*)
                expect 0 kernel=1 cat out/boot/firmware/config.txt
                expect 0 '2001-02-03 04:05:06.*' env TZ=UTC stat -c %y out/boot/firmware/config.txt
                ;;
        esac
        [ "$(stat -c %b out/var/sparse)" -lt 100 ] || { echo "$source: the hole was filled"; failures=$((failures + 1)); }
        [ "$source" = t.ext4 ] && expect 42 '' "$c" run out t
        [ "$source" = t.ext4 ] && expect 42 '' "$c" run --ephemeral out t2
        expect 0 '' "$c" rootfs remove out
done
for target in o.tar o.tar.zst o.squashfs o.ext4; do
        expect 0 '*' "$c" rootfs import -q mbr.img $target
        expect 0 '*' "$c" rootfs import -q $target out
        picture out >got
        expect 0 '' diff want got
        expect 0 kernel=1 cat out/boot/firmware/config.txt
        expect 0 '' "$c" rootfs remove out
done

# run enters a file: unpacked once, and nothing that is written is kept.
export XDG_CACHE_HOME="$TMPDIR/cache"
for source in t.tar t.tar.zst o.squashfs t.ext4 mbr.img.xz; do
        expect 42 '*' "$c" run $source t
        expect 42 '' "$c" run $source -- /bin/t2
done
expect 0 5 sh -c 'ls cache/crossarm/trees | wc -l'
touch t.tar
expect 42 '*' "$c" run t.tar t
expect 0 6 sh -c 'ls cache/crossarm/trees | wc -l'
expect 127 '*' "$c" run t.tar nothing

# Refused, with a sentence, and nothing is left.
cat >hostile.py <<'END'
import io, os, struct, tarfile
def make(name, *members):
    with tarfile.open(name, 'w') as t:
        for path, kind, link, data in members:
            i = tarfile.TarInfo(path)
            i.type, i.linkname, i.size = kind, link, len(data)
            t.addfile(i, io.BytesIO(data))
F, L, H = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
make('absolute.tar', ('/outside', F, '', b'x'))
make('dotdot.tar', ('a/../../outside', F, '', b'x'))
make('symlink.tar', ('door', L, '..', b''), ('door/outside', F, '', b'x'))
make('symlink2.tar', ('door', L, os.getcwd(), b''), ('door/outside', F, '', b'x'))
make('hardlink.tar', ('file', H, '../../want', b''))
make('hardlink2.tar', ('file', H, '/etc/passwd', b''))
make('bomb.tar', *[(f'f{n}', F, '', b'0' * 200000) for n in range(20)])
with open('sparse.tar', 'wb') as f:
    i = tarfile.TarInfo('huge')
    i.size = 1 << 60
    f.write(i.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
data = open('t.tar', 'rb').read()
open('cut.tar', 'wb').write(data[:len(data) // 2])
open('cut.tar.xz', 'wb').write(open('t.tar.xz', 'rb').read()[:-5000])
open('empty', 'wb')
open('text', 'w').write('only text\n' * 100)
open('program', 'wb').write(open('tree/bin/t', 'rb').read())
disk = bytearray(open('mbr.img', 'rb').read(512 * 2048))
disk[446 + 16 + 8:446 + 16 + 16] = struct.pack('<II', 40960, 0xfffffff0)
open('long-partition.img', 'wb').write(disk)
END
python3 hostile.py
for source in absolute.tar dotdot.tar symlink.tar symlink2.tar hardlink.tar hardlink2.tar sparse.tar cut.tar cut.tar.xz empty text program \
        long-partition.img boot.fat missing; do
        expect 1 'crossarm: *' "$c" rootfs import -q $source out
        expect 1 'crossarm: *' "$c" rootfs import -q $source out.tar
done
expect 1 '*--max-size*' "$c" rootfs import -q --max-size 1M bomb.tar out
expect 1 '*--max-size*' "$c" rootfs import -q --max-size 1M mbr.img.xz out
expect 1 '*--max-size*' "$c" rootfs import -q --max-size 100K t.ext4 out
expect 1 '*partition*' "$c" rootfs import -q --partition 7 mbr.img out
expect 1 '*vfat*' "$c" rootfs import -q --partition 1 mbr.img out
cp mbr.img noboot.img && dd if=/dev/zero of=noboot.img bs=512 seek=2049 count=200 conv=notrunc status=none
expect 1 '*cannot read the boot partition 1: *is damaged; --no-boot leaves it out' "$c" rootfs import -q noboot.img out
expect 0 '*' "$c" rootfs import -q --no-boot noboot.img nb
expect 0 '' find nb/boot/firmware -type f
"$c" rootfs remove nb
expect 1 '*already there*' "$c" rootfs import -q t.tar tree
expect 1 '*No such file*' "$c" rootfs import -q t.tar nowhere/out
mkdir -p mine && echo keep >mine/file
expect 1 '*something is mounted at*' unshare -Urm sh -c 'mount --bind mine tree/var/empty && exec "$@"' - "$c" rootfs remove tree
expect 0 'tree/bin/t' ls tree/bin/t
expect 1 '*does not look like a rootfs*' "$c" rootfs remove /proc/self/fd
expect 1 '*cannot open the folder t.tar: Not a directory; rm *' "$c" rootfs remove t.tar
expect 1 '*cannot open the folder missing: No such file*' "$c" rootfs remove missing
expect 2 '*SOURCE and a TARGET*' "$c" rootfs import t.tar
expect 2 '*an action is needed*' "$c" rootfs
for size in 1Q 0 -1 1e30 1e9T '1 ' ''; do
        expect 2 '*--max-size wants*' "$c" rootfs import --max-size "$size" t.tar out
done
expect 1 '*find the program sqfs2tar*' env PATH=/usr/bin/none "$c" rootfs import -q gpt.img out
qemu-img convert -O vmdk t.squashfs t.vmdk
expect 1 '*t.vmdk: it is a VMDK disk image; known are *' "$c" rootfs import -q t.vmdk out
# A squashfs at the start of a disk of a petabyte, and one that claims to be as large.
cp t.qcow2 huge.qcow2 && qemu-img resize -q huge.qcow2 1P
expect 0 '*' "$c" rootfs import -q huge.qcow2 nb
"$c" rootfs remove nb
{ head -c 40 t.squashfs; printf '\0\0\0\0\0\0\1\0'; tail -c +49 t.squashfs; } >claims.squashfs
qemu-img convert -f raw -O qcow2 claims.squashfs claims.qcow2 && qemu-img resize -q claims.qcow2 1P
expect 1 '*claims.qcow2 is refused: *--max-size*' "$c" rootfs import -q claims.qcow2 out
qemu-img create -q -f qcow2 -F raw -b mbr.img change.qcow2
expect 1 '*cannot read change.qcow2: it is a qcow2 image that has only what differs*' "$c" rootfs import -q change.qcow2 out
expect 0 '' find . -name '*outside*' -o -name 'out*' -o -name '.crossarm-work-*'

# A damaged file system, table or archive never hangs or crashes: one clear end. Killed at any moment nothing is left.
cat >damage.py <<'END'
import os, random, signal, subprocess, sys, time
crossarm, rounds = sys.argv[1], int(sys.argv[2])
seed = int(time.time())
random.seed(seed)
def leftovers():
    return [n for n in os.listdir('.') if n.startswith(('.crossarm-work-', 'fuzz-out'))]
def damaged(name):
    data = bytearray(open(name, 'rb').read())
    areas = {'t.ext4': [(1024, 4096), (4096, 1 << 20), (0, len(data))], 'mbr.img': [(0, 512), (40960 * 512, 40960 * 512 + (1 << 18))], 'gpt.img': [(0, 20480)]}
    for _ in range(random.choice([1, 4, 40])):
        low, high = random.choice(areas.get(name, [(0, len(data))]))
        data[random.randrange(low, high)] = random.choice([0, 255, random.randrange(256)])
    open('fuzz', 'wb').write(data)
for i in range(rounds):
    name = random.choice(['t.ext4', 't.ext4', 'mbr.img', 'gpt.img', 't.tar', 't.tar.xz', 't.squashfs', 'mbr.qcow2'])
    damaged(name)
    try:
        p = subprocess.run([crossarm, 'rootfs', 'import', '-q', 'fuzz', 'fuzz-out'], capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        os.rename('fuzz', '/tmp/crossarm-fuzz-hang')
        sys.exit(f'round {i}, seed {seed}: {name} hangs; kept as /tmp/crossarm-fuzz-hang')
    if p.returncode == 0:
        subprocess.run([crossarm, 'rootfs', 'remove', 'fuzz-out'])
        subprocess.run(['rm', '-rf', 'fuzz-out'])
    if p.returncode not in (0, 1) or b'ended without a word' in p.stderr or b'signal 11' in p.stderr and b'damaged' not in p.stderr or leftovers():
        sys.exit(f'round {i}, seed {seed}: {name}: status {p.returncode}, {p.stderr.decode(errors="replace")} left: {leftovers()}')
for i in range(rounds):
    source, target = random.choice([('mbr.img.xz', 'fuzz-out'), ('t.tar', 'fuzz-out'), ('gpt.img', 'fuzz-out.tar'), ('tree', 'fuzz-out.ext4')])
    p = subprocess.Popen([crossarm, 'rootfs', 'import', '-q', source, target], start_new_session=True, stderr=subprocess.DEVNULL)
    delay = random.random() * 0.15
    time.sleep(delay)
    p.kill()
    if p.wait() == 0:
        subprocess.run([crossarm, 'rootfs', 'remove', target], stderr=subprocess.DEVNULL)
        subprocess.run(['rm', '-rf', target])
    until = time.time() + 20
    while any(n.startswith('.crossarm-work-') for n in leftovers()) and time.time() < until:
        time.sleep(0.01)
    if target in leftovers(): # it came to its end together with the signal: then it must be whole
        if target == 'fuzz-out' and not os.path.exists('fuzz-out/bin/t2'):
            sys.exit(f'round {i}, seed {seed}: half a tree is left')
        subprocess.run(['rm', '-rf', target])
    if leftovers():
        sys.exit(f'round {i}, seed {seed}: {source} to {target} killed after {delay * 1000:.0f} ms: left {leftovers()}')
print(f'{rounds} times')
END
rounds=12
[ "${LONG:-0}" = 1 ] && rounds=600
expect 0 '*times' python3 damage.py "$c" $rounds

# One id is enough for folders and for files.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
        place=$(mktemp -d /tmp/crossarm-rootfs-XXXXXX) && chmod 777 "$place" && cp "$BIN"/crossarm* "$place" 2>/dev/null
        cp t.tar mbr.img.xz "$place" && cd "$place" && chmod 644 t.tar mbr.img.xz || exit 1
        nobody='setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent'
        expect 0 '*owners*' $nobody ./crossarm rootfs import -q mbr.img.xz out
        expect 42 '' $nobody ./crossarm run out t
        expect 0 '' $nobody ./crossarm rootfs remove out
        expect 42 '*' $nobody env XDG_CACHE_HOME="$place/cache" ./crossarm run mbr.img.xz t
        $nobody ./crossarm run --as-root rm -r cache
        expect 0 '' $nobody ./crossarm rootfs import -q t.tar o.squashfs
        expect 0 '*1000/1000*home/ann*' tar -tvf t.tar --numeric-owner ./home/ann
        expect 0 '*1000/1000*home/ann*' sh -c 'sqfs2tar o.squashfs | tar -tv --numeric-owner home/ann/'
        expect 1 '*subuid*' $nobody ./crossarm rootfs create -q made
        mkdir -m 755 part && echo secret >part/etc && chmod 600 part/etc && echo more >part/more
        expect 1 '*tar failed: ./etc: *Permission denied; its owner, or root, can read*' $nobody ./crossarm rootfs import -q part out
        expect 0 '' find . -name out
        # Why mmdebstrap failed, and what helps.
        if command -v mmdebstrap >/dev/null; then
                mkdir -p mirror
                expect 1 '*mmdebstrap failed*--suite and --mirror' ./crossarm rootfs create -q made --mirror "file://$place/mirror"
                expect 1 '*mmdebstrap failed*does not answer*--mirror*' ./crossarm rootfs create -q made --mirror http://127.0.0.1:1/debian
        fi
        cd / && rm -r "$place"
fi
finish
