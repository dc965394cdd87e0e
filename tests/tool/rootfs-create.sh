#!/bin/sh
# crossarm rootfs create, from a real mirror: into a squashfs, run from there; and killed at any moment. Only in the long run.
. "$(dirname "$0")/lib.sh.inc"
cd "$TMPDIR" || exit 1
[ "${LONG:-0}" = 1 ] || { echo 'only in the long run'; exit 77; }
command -v mmdebstrap >/dev/null || { echo 'no mmdebstrap'; exit 77; }
mirror=${CROSSARM_MIRROR:-http://deb.debian.org/debian}
python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + "/dists/bookworm/InRelease", timeout=20)' "$mirror" 2>/dev/null ||
        { echo 'no mirror'; exit 77; }
c=$BIN/crossarm
export XDG_CACHE_HOME="$TMPDIR/cache"
for delay in 0.3 2 6 15 25 35 45; do
        setsid "$c" rootfs create -q killed --variant=essential --mirror "$mirror" & job=$!
        sleep $delay
        kill -9 $job || echo 'it came to its end before'
        i=0
        while [ -n "$(find . -maxdepth 1 -name '.crossarm-work-*')" ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i + 1)); done
        expect 0 '' find . -mindepth 1 -maxdepth 1 -not -name killed
        [ ! -e killed ] || "$c" rootfs remove killed
done
expect 0 '*' "$c" rootfs create made.squashfs --variant=apt --mirror "$mirror"
expect 0 '*aarch64*' "$c" run made.squashfs -- sh -c 'uname -m; dpkg --audit; apt-get --version'
expect 1 '*E: *crossarm: mmdebstrap failed*' "$c" rootfs create -q wrong --suite nosuchsuite --mirror "$mirror"
expect 0 '' find . -name wrong
"$c" run --as-root rm -r cache
finish
