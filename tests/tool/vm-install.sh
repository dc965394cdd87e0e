#!/bin/sh
# crossarm vm install: what it wants, the answers for Debian's installer, a mirror that nobody has signed. In long runs with the real mirror: the installer
# starts in a guest, has its answers and loads what it needs.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
libvirt_start qemu-system-arm apt-get dpkg-deb
cd "$TMPDIR" || exit 1
boot=$libvirt_home/boot
mkdir "$boot"
install() { "$BIN/crossarm" vm install debian --name deb1 --arch armhf --memory 1G --disk "path=$libvirt_home/disk.qcow2,size=4G" --network type=user "$@"; }

expect 2 '*wants to know what: debian*' "$BIN/crossarm" vm install
expect 2 '*knows how to install debian*' "$BIN/crossarm" vm install slackware
expect 2 '*--arch armhf*' "$BIN/crossarm" vm install debian --name a --arch arm64
expect 2 '*--boot-bootdir*' install
expect 2 '*nobody could log in*' install --boot-bootdir "$boot"
expect 2 '*installer of sid is not known*' install --boot-bootdir "$boot" --password-hash x --suite sid
expect 2 '*is no http:// address*' install --boot-bootdir "$boot" --password-hash x --mirror ftp://x
expect 2 "*is no password's hash*" install --boot-bootdir "$boot" --password-hash 'a b'
expect 2 '*cannot open /nowhere*' install --boot-bootdir /nowhere --password-hash x
echo 'd-i time/zone string Europe/Berlin' >more
expect 0 '*get_hostname string deb1*http/hostname string mirror:8080*http/directory string /d*password-crypted password x*late_command*Europe/Berlin*' \
        install --boot-bootdir "$boot" --password-hash x --mirror http://mirror:8080/d --preseed more --show-answers
echo >"$boot/file"
expect 2 '*is not empty*' install --boot-bootdir "$boot" --password-hash x
rm "$boot/file"

# Packages that nobody has signed are not taken, and nothing is left.
mkdir -p mirror/dists/bookworm/main/binary-armhf
: >mirror/dists/bookworm/main/binary-armhf/Packages
printf 'Suite: bookworm\nCodename: bookworm\nComponents: main\nArchitectures: armhf\nMD5Sum:\n' >mirror/dists/bookworm/Release
python3 -c 'import http.server, sys
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *a: http.server.SimpleHTTPRequestHandler(*a, directory="mirror"))
print(s.server_port, flush=True); s.serve_forever()' >port 2>/dev/null &
server=$!
while ! [ -s port ]; do sleep 0.1; done
expect 1 '*not signed*crossarm: fetching the list of packages failed*' install --boot-bootdir "$boot" --password-hash x --mirror "http://127.0.0.1:$(cat port)"
kill "$server"
expect 0 '' ls -A "$boot"
expect 0 '' sh -c 'ls -d crossarm-install-* 2>/dev/null || true'
expect 0 '' virsh -q list --all --name

if [ "${LONG:-0}" = 1 ]; then
        if ! curl -sfm 20 -o /dev/null http://deb.debian.org/debian/dists/bookworm/Release; then
                echo 'no mirror'
                [ "$failures" = 0 ] && exit 77
                finish
        fi
        expect 0 '*deb1: the installer runs*' install --boot-bootdir "$boot" --password-hash x --console-log "$PWD/console"
        # Debian's question for a missing answer would be seen here; how far it comes without one depends on the mirror.
        for _ in $(seq 240); do
                grep -qa -e 'Loading additional components' -e 'Download installer components' console && break
                sleep 5
        done
        expect 0 '*Checking the Debian archive mirror*' cat -v console
        virsh -q destroy deb1
fi
finish
