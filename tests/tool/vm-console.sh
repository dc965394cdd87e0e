#!/bin/sh
# crossarm vm console in a terminal: it shows the guest, passes keys on, and Ctrl-] gives the terminal back as it was; so does a signal.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
libvirt_start qemu-system-aarch64 tmux
cd "$TMPDIR" || exit 1
terminal="tmux -f /dev/null -S $libvirt_home/tmux"

# seen WORD: on the terminal, within two minutes.
seen()
{
        for _ in $(seq 600); do
                $terminal capture-pane -p | grep -q -- "$1" && return
                sleep 0.2
        done
        echo "not seen: $1"
        $terminal capture-pane -p | sed 's/^/  | /'
        failures=$((failures + 1))
}

type_line()
{
        $terminal send-keys -l "$1"
        $terminal send-keys Enter
}

expect 0 'c: defined' "$BIN/crossarm" vm define --name c --arch aarch64 --memory 256M --network none --usb no
$terminal new-session -d -x 150 -y 50 'PS1="ready> " sh'
seen 'ready>'
type_line "stty -a >before; '$BIN/crossarm' vm console --start c; s=\$?; stty -a >after; echo back-\$s"
seen 'gives the terminal back'
seen UEFI
$terminal send-keys C-]
seen 'back-0'
expect 0 '' diff before after
expect 1 '*Active console session exists*vm console --force c*' sh -c "'$BIN/crossarm' vm console c </dev/null & sleep 1; '$BIN/crossarm' vm console c </dev/null; s=\$?; kill \$!; wait; exit \$s"
type_line "clear; '$BIN/crossarm' vm console --force c; s=\$?; stty -a >after; echo again-\$s"
seen 'gives the terminal back'
"$BIN/crossarm" vm destroy c >/dev/null
seen 'the machine is off'
seen 'again-0 *$'
expect 0 '' diff before after
"$BIN/crossarm" vm start c >/dev/null
type_line clear # what was seen above is not to be seen again
for _ in $(seq 600); do
        $terminal capture-pane -p | grep -q 'gives the terminal back' || break
        sleep 0.2
done
type_line "sh -c 'echo \$\$ >pid; exec $BIN/crossarm vm console c'; s=\$?; stty -a >after; echo third-\$s"
seen 'gives the terminal back'
kill "$(cat pid)"
seen 'third-1 *$'
expect 0 '' diff before after
$terminal kill-server
finish
