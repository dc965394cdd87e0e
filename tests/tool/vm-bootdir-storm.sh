#!/bin/sh
# Long: a guest's /boot that never rests while its kernel is looked for: no file outside is opened, every answer is a sentence, and what is kept is always a
# whole pair. So it is when the command is killed at any moment, when several run at once, and when the store's disk is full, out of inodes or read-only.
. "$(dirname "$0")/lib.sh.inc"
[ "$LONG" = 1 ] || { echo 'long: make check-long'; exit 77; }
[ "$(id -u)" = 0 ] || { echo 'needs root, for device nodes and mounts'; exit 77; }
command -v strace >/dev/null || { echo 'no strace'; exit 77; }
# In a mount namespace of its own.
[ -n "${BOOTDIR_ALONE:-}" ] || BOOTDIR_ALONE=1 exec unshare --mount --pid --fork --mount-proc --kill-child "$0" "$@"
cd "$TMPDIR" || exit 1
tools=$SOURCE/tests/tool
mkdir good share.of store
share=$PWD/share.of/boot
for n in 1 2 3; do "$tools/make-boot" "good/$n" "6.1.0-$n" $n; done
whole() { "$tools/boot-churn" --whole "$1" || failures=$((failures + 1)); }
resolve() { "$BIN/crossarm-vm" bootdir resolve "$share" --keep g --store "$@"; }
# fresh N: the share is the good one of that number.
fresh() { rm -rf "$share" && cp -a "good/$1" "$share"; }
fresh 1
ln -s ../good share.of/good

# ---- a share that never rests; its owner is no one ----
chown -R 12345:12345 share.of
expect 0 '*from now on*' resolve store
"$tools/boot-churn" "$share" 2>churn &
churn=$!
for _ in $(seq 150); do
        strace -f -y -qq -e trace=open,openat,openat2 -o trace "$BIN/crossarm-vm" bootdir resolve "$share" --keep g --store store >out 2>&1
        status=$?
        [ $status -le 2 ] && ! grep -q -e 'ended by signal' -e 'Sanitizer' out && [ "$(grep -c . out)" -ge 1 ] || { echo "status $status:"; cat out; failures=$((failures + 1)); }
        # What is opened once the share is: in it, or a copy in the store.
        sed -n "\\|\"$share\", |,\$p" trace | grep -v ' = -1 ' | grep -o '= [0-9]*<[^>]*>' | sed 's/^[^<]*<//; s/>$//' | sort -u |
                grep -v -e "^$PWD/share.of/" -e "^$PWD/store" -e '(deleted)$' -e '/#[0-9]*$' -e '^pipe:' -e '\.so' -e gconv -e locale -e '^/etc$' >outside
        [ ! -s outside ] || { echo 'opened outside:'; cat outside; failures=$((failures + 1)); }
        whole store/g
done
kill -0 $churn || { cat churn; failures=$((failures + 1)); }
kill $churn
wait $churn 2>/dev/null
expect 1 "" grep -r root: store

# ---- killed at any moment ----
for n in 1 2 3; do head -c 8000000 /dev/urandom >"good/$n/ballast"; cat "good/$n/ballast" >>"good/$n/vmlinuz-6.1.0-$n"; done
for n in 1 2 3; do rm "good/$n/ballast"; done
fresh 1
resolve store >/dev/null
for i in $(seq 60); do
        fresh $((i % 3 + 1))
        resolve store >/dev/null 2>&1 &
        resolving=$!
        sleep "0.0$((i * 7 % 100 / 10))$((i % 10))"
        kill -9 $resolving 2>/dev/null
        wait $resolving 2>/dev/null
        whole store/g
done
fresh 1
expect 0 '*' resolve store
expect 0 2 sh -c 'ls -d store/g/pair.* | wc -l'

# ---- several at once ----
for i in $(seq 10); do
        fresh $((i % 3 + 1))
        some=
        for _ in 1 2 3 4; do
                resolve store >/dev/null 2>>errors &
                some="$some $!"
        done
        for one in $some; do wait "$one" || failures=$((failures + 1)); done
        whole store/g
done
expect 0 '' cat errors

# ---- a store without room: bytes, inodes; read-only ----
mkdir small
for n in 1 2 3; do rm -r "good/$n" && "$tools/make-boot" "good/$n" "6.1.0-$n" $n; done
for options in size=20k size=24k size=28k size=32k size=36k size=40k size=44k nr_inodes=7 nr_inodes=8 nr_inodes=9 nr_inodes=10 nr_inodes=11 nr_inodes=12 nr_inodes=13 nr_inodes=14; do
        mount -t tmpfs -o "$options" none small
        fresh 1
        resolve small >/dev/null 2>&1
        if [ -e small/g/current ]; then
                whole small/g
                for n in 2 3 1; do
                        fresh $n
                        resolve small >out 2>&1 || expect 0 '*keeps the pair from before*No space left*' cat out
                        whole small/g
                done
        fi
        umount small
done
fresh 1
resolve small >/dev/null
mount --bind small small && mount -o remount,bind,ro small
fresh 2
expect 1 '*keeps the pair from before*Read-only file system*' resolve small
whole small/g
umount small
finish
