#!/bin/sh
# Long: crossarm vm watch when much happens: a thousand events of one guest, without growing; twenty guests that reboot while libvirtd is killed and started
# again, none of which stays off.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
[ "$LONG" = 1 ] || { echo 'long: make check-long'; exit 77; }
libvirt_start qemu-system-arm
cd "$TMPDIR" || exit 1
. "$(dirname "$0")/bootdir.sh.inc"
guests=$(seq -f 'g%.0f' 20)
fds() { ls "/proc/$watcher/fd" | wc -l; }
kilobytes() { awk '/^RssAnon/ { print $2 }' "/proc/$watcher/status"; }
told() { [ "$(grep -c "$1" said)" -ge "$2" ]; }
# grown BEFORE AFTER ROOM WHAT
grown() { [ $(($2 - $1)) -le "$3" ] || { echo "$4: $1 at first, $2 in the end"; failures=$((failures + 1)); }; }

# Each run is four events: started, two causes, stopped. The first fifty fill caches.
boot 6.1.0-1 fast 0 R
keep fast
define fast
watch --steady 0 --limit 9 --wait 0
within virsh -q start fast # it reboots so soon that libvirt may take it for a start that failed
for _ in $(seq 10); do told '^reboot: fast' 50 || within told '^reboot: fast' 50; done
fds=$(fds) memory=$(kilobytes)
for runs in $(seq 75 25 300); do within told '^\(reboot\|failed\): fast' "$runs"; done
grown "$fds" "$(fds)" 0 descriptors
grown "$memory" "$(kilobytes)" 600 'kilobytes of memory'
unwatch
virsh -q destroy fast 2>/dev/null
virsh -q undefine fast

# The daemon dies at another moment in each round: before, while and after they reboot and are started again.
for guest in $guests; do
        boot 6.1.0-9 "$guest"
        keep "$guest"
        define "$guest"
done
watch --steady 0 --limit 9 --wait 0
for guest in $guests; do
        within virsh -q start "$guest"
        within runs "$guest" 6.1.0-9
done
starts() { grep -c "^kernel: $1 " said; }
started() { [ "$(starts "$1")" -gt "$2" ] && is "$1" running; }
for round in 1 2 3 4 5 6; do
        for guest in $guests; do
                virsh -q ttyconsole "$guest" >"tty.$guest"
                starts "$guest" >"starts.$guest"
        done
        pressing=
        for guest in $guests; do
                press_tty "$(cat "tty.$guest")" r &
                pressing="$pressing $!"
        done
        sleep "$((round / 2)).$((round % 2 * 5))"
        kill -9 "$(cat "$libvirt_home/libvirtd.pid")"
        sleep 0.5
        libvirtd_run
        # shellcheck disable=SC2086
        wait $pressing
        for guest in $guests; do within started "$guest" "$(cat "starts.$guest")"; done
        [ "$round" = 1 ] && fds=$(fds) memory=$(kilobytes)
done
expect 1 '' grep -e '^off' -e '^gave-up' said
grown "$fds" "$(fds)" 0 'descriptors after five new connections'
grown "$memory" "$(kilobytes)" 2000 'kilobytes of memory'
unwatch
finish
