#!/bin/sh
# crossarm vm bootdir: its command line; what it opens in a hostile /boot; libvirt's hook before real starts of QEMU; a full disk.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
libvirt_start qemu-system-arm
cd "$TMPDIR" || exit 1
. "$(dirname "$0")/bootdir.sh.inc"
make_boot=$SOURCE/tests/tool/make-boot
boot=$libvirt_home/arm1

expect 2 '*wants an action*' vm bootdir
expect 2 "*no action 'fly'*" vm bootdir fly
expect 2 '*resolve wants one argument*' vm bootdir resolve
expect 2 '*cannot open /nowhere*' vm bootdir resolve /nowhere
expect 0 '*"guests": \[]*' vm bootdir status --store "$store" --json
"$make_boot" "$boot" 6.1.0-9
expect 0 '*release  6.1.0-9, for armv7l' vm bootdir resolve "$boot"
expect 0 '*"good": true*"kernel_link": "vmlinuz"*' vm bootdir check "$boot" --json
expect 2 '*is a kernel for armv7l, but the guest*' vm bootdir resolve "$boot" --arch aarch64

# Whatever the guest's links say, no file outside the share is opened once it is.
if command -v strace >/dev/null; then
        echo secret >"$libvirt_home/marker"
        for target in "$libvirt_home/marker" ../marker ../../../../../../../../../etc/shadow /etc/shadow; do
                "$make_boot" "$boot" --link vmlinuz "$target"
                ln -sf "$libvirt_home/marker" "$boot/initrd.img-7"
                strace -f -y -qq -e trace=open,openat,openat2,readlink,readlinkat -o trace "$BIN/crossarm-vm" bootdir check "$boot" >out 2>&1
                # From the share's own opening on; the copies that are looked at have no name; zoneinfo is the C library's.
                sed -n "\\|\"$boot\", |,\$p" trace | grep -v ' = -1 ' | grep -o '= [0-9]*<[^>]*>' | sed 's/^[^<]*<//; s/>$//' | sort -u |
                        grep -v -e "^$boot\$" -e "^$boot/" -e '(deleted)$' -e '/#[0-9]*$' -e '^pipe:' -e '\.so' -e gconv >outside
                if [ -s outside ] || grep -q secret out; then
                        echo "a link to $target made it open:"
                        cat outside
                        failures=$((failures + 1))
                fi
        done
        rm -f "$boot/initrd.img-7"
fi

# The hook: libvirt's root would run it as root; the share belongs to another user.
"$make_boot" "$boot" 6.1.0-9
if [ "$(id -u)" = 0 ]; then
        chown -R 12345:12345 "$boot"
        expect 0 'The hook is installed.*' vm bootdir install
        expect 0 '*installed already.' vm bootdir install
        kill -HUP "$(cat "$libvirt_home/libvirtd.pid")"
        define arm1
        for _ in 1 2 3 4 5 6 7 8 9 10; do
                virsh -q start --paused arm1 2>error && break
                sleep 0.3 # the daemon is reloading
        done
        expect 0 paused virsh domstate arm1
        expect 0 '*current   Linux 6.1.0-9 for armv7l*' vm bootdir status arm1 --store "$store"
        virsh -q destroy arm1
        # The guest upgrades; the next start has the new kernel. Then it breaks its links: the start after that has the same one.
        "$make_boot" "$boot" 6.1.0-50
        expect 0 '' virsh -q start --paused arm1
        expect 0 '*current   Linux 6.1.0-50*previous  Linux 6.1.0-9*' vm bootdir status arm1 --store "$store"
        virsh -q destroy arm1
        "$make_boot" "$boot" --link vmlinuz /etc/shadow
        expect 0 '' virsh -q start --paused arm1
        expect 0 '*current   Linux 6.1.0-50*' vm bootdir status arm1 --store "$store"
        virsh -q destroy arm1
        # A guest that never had a good one does not start, and libvirt's error has the reason.
        cp -a "$boot" "$libvirt_home/arm2"
        define arm2
        expect 1 '*leads to /etc, which is outside*' virsh -q start --paused arm2
        expect 0 'The hook is removed.' vm bootdir uninstall
        expect 0 'There is no hook of ours.' vm bootdir uninstall

        # A full disk: a sentence, and what was there stays.
        mkdir -p full/crossarm/bootdir
        mount -t tmpfs -o size=40k none full
        mkdir -p full/crossarm/bootdir
        "$make_boot" "$boot" 6.1.0-50
        expect 0 '*from now on*' vm bootdir resolve "$boot" --keep arm1 --store full/crossarm/bootdir
        head -c 24000 /dev/zero >full/ballast
        "$make_boot" "$boot" 6.1.0-51 51
        expect 1 '*keeps the pair from before*No space left*' vm bootdir resolve "$boot" --keep arm1 --store full/crossarm/bootdir
        expect 0 'pair.1' sh -c 'cd full/crossarm/bootdir/arm1 && ls -d pair.*'
        rm full/ballast
        expect 0 '*from now on*' vm bootdir resolve "$boot" --keep arm1 --store full/crossarm/bootdir
        umount full
fi

expect 0 '*starts from this pair from now on*' vm bootdir resolve "$boot" --keep a --store "$store"
"$make_boot" "$boot" 6.1.0-52 7
expect 0 '*starts from this pair from now on*' vm bootdir resolve "$boot" --keep a --store "$store"
expect 0 'a starts from Linux *again' vm bootdir rollback a --store "$store"
expect 2 '*keeps the pair from before*rolled back from*' vm bootdir resolve "$boot" --keep a --store "$store"
expect 0 '' vm bootdir forget a --store "$store"
expect 1 "*nothing is kept of a guest 'a'*" vm bootdir status a --store "$store"
expect 2 '*is no name of a guest*' vm bootdir resolve "$boot" --keep ../a --store "$store"
finish
