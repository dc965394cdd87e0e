#!/bin/sh
# crossarm audit: file systems and disk images, in each other and in archives; what is not looked into is never called portable.
. "$(dirname "$0")/lib.sh.inc"
for tool in mke2fs sfdisk tar2sqfs mkfs.vfat mcopy qemu-img genisoimage zip; do
        command -v $tool >/dev/null || [ -x /sbin/$tool ] || [ -x /usr/sbin/$tool ] || { echo "no $tool"; exit 77; }
done
cd "$TMPDIR" || exit 1
a="$BIN/crossarm audit --no-cache"
printf 'int main(void) { return 0; }' >t.c
cross t.c -o a64
${CC:-cc} -O2 -w t.c -o x64 || exit 1
mkdir disks && cd disks && "$SOURCE/tests/tool/audit-disks" ../x64 ../a64 || exit 1
before=$(find . | sort)

for who in a64.ext2 a64.ext3 a64.ext4 a64-1k.ext2 a64-gzip.squashfs a64-xz.squashfs a64-zstd.squashfs a64-lz4.squashfs a64.fat12 a64.fat16 a64.fat32 a64.iso; do
        expect 0 "arm64 *$who (*: 2 arm64*" $a "$who"
        other=x64${who#a64}
        expect 1 "needs rebuild *$other (*amd64)*x86-only: *" $a "$other"
done
for who in a64-mbr.img a64-gpt.img a64.qcow2 a64-packed.qcow2 a64-zstd.qcow2 a64-old.qcow2; do
        expect 0 "arm64 *$who (*disk image)*partition *file system: 2 arm64*partition *file system: 2 arm64*" $a --all $who
done
for who in x64-mbr.img x64.qcow2 x64-packed.qcow2 x64-mbr.img.xz; do
        case $who in
        *.xz) expect 3 '*not looked into*larger than 8 MiB; --scratch*' $a $who ;;
        *) expect 1 "needs rebuild *$who (*disk image)*partition 2 (ext file system: 2 amd64)*" $a $who ;;
        esac
done
expect 1 'needs rebuild *partition 2 (ext*' $a --scratch . x64-mbr.img.xz
expect 1 'partly covered *partition 2 (ext file system: 2 amd64)*' $a mixed-mbr.img
expect 1 'partly covered *partition 5 (ext file system: 2 arm64*partition 6 (ext file system: 2 amd64)*' $a --all logical.img

# The runtime is for arm64, and what it starts is not.
expect 0 'arm64 *(AppImage: 1 arm64*its file system (squashfs file system: 2 arm64*' $a --all a64-a64.AppImage
expect 1 'needs rebuild *(AppImage*its file system (squashfs file system: 2 amd64)*' $a a64-x64.AppImage
tar -cf appimage.tar a64-x64.AppImage
expect 1 'needs rebuild *its file system (squashfs file system: 2 amd64)*' $a appimage.tar
rm appimage.tar
expect 0 'arm64 *its file system*arm64*' $a --all a64-1.AppImage
expect 1 '*its file system*amd64*' $a x64-1.AppImage
cp a64-x64.AppImage tool-linux-aarch64.AppImage
expect 1 'mislabelled *' $a tool-linux-aarch64.AppImage
rm tool-linux-aarch64.AppImage

expect 1 'needs rebuild *nested.squashfs*x64.ext4 (ext file system: 2 amd64)*' $a nested.squashfs
expect 1 'needs rebuild *x64-gzip.squashfs (squashfs file system: 2 amd64)*' $a squash-in.tgz
expect 0 'arm64 *a64-1k.ext2 (ext file system: 2 arm64*' $a --all ext-in.zip
expect 1 'needs rebuild *x64-1k.ext2.xz (ext file system*amd64)*' $a x64-1k.ext2.xz
# A file with several names counts once; paths are those in the file system.
$a --json a64.ext4 >out.json
expect 0 "usr/bin/same,usr/lib/deep/er/u.so" python3 -c 'import json
print(",".join(sorted(n["path"] for n in json.load(open("out.json"))["targets"][0]["native"])))'
expect 0 'EFI/BOOT/BOOT.EFI,overlays/a program with a long name.elf' sh -c "$a --json a64.fat16 | python3 -c 'import json, sys
print(\",\".join(sorted(n[\"path\"] for n in json.load(sys.stdin)[\"targets\"][0][\"native\"])))'"
rm out.json

# Not looked into: said, and with a status of its own; findings and errors outweigh it.
expect 3 'not looked into *unknown.img*partition 2: an XFS file system*' $a unknown.img
expect 3 'not looked into *a64.vmdk*a VMDK disk image*' $a a64.vmdk
expect 3 'not looked into *changes.qcow2*backing file*qemu-img convert*' $a changes.qcow2
expect 3 'not looked into *beyond.img*' $a beyond.img
head -c 70000 /dev/zero >btrfs
printf '_BHRfS_M' | dd of=btrfs bs=1 seek=65600 conv=notrunc status=none
expect 3 'not looked into *a btrfs file system*' $a btrfs
printf '\001\002\003\000\004\005' >strange
expect 3 'not looked into *of no kind that is known*' $a strange
tar -czf opaque.tgz btrfs
expect 3 'not looked into *opaque.tgz*btrfs: a btrfs file system*' $a opaque.tgz
expect 1 '*' $a btrfs x64.ext4
expect 2 '*' $a btrfs nothing x64.ext4
expect 0 'portable *empty.img*' $a empty.img
rm btrfs strange opaque.tgz

# Damage is a sentence, quickly.
expect 2 'not looked into *cut.ext4*it is cut off*' $a cut.ext4
expect 2 'not looked into *cut.squashfs*damaged*' $a cut.squashfs
expect 2 '*cut.qcow2*damaged*' $a cut.qcow2
[ "$before" = "$(find . | sort)" ] || { echo 'files came or went'; find . | sort | diff - /dev/null | head -3; failures=$((failures + 1)); }
finish
