#!/bin/sh
# The command line itself: help, version, wrong usage.
. "$(dirname "$0")/lib.sh.inc"
expect 0 'Usage: crossarm COMMAND*run*' "$BIN/crossarm" --help
expect 0 'crossarm [0-9]*.[0-9]*' "$BIN/crossarm" --version
expect 0 'Usage: crossarm run*ROOTFS-DIR*' "$BIN/crossarm" run --help
expect 2 '*a command is needed*' "$BIN/crossarm"
expect 2 "*there is no command 'fly'*" "$BIN/crossarm" fly
expect 2 '*a program or a rootfs folder or an image is needed*' "$BIN/crossarm" run
expect 2 '*--bind wants HOST:GUEST*' "$BIN/crossarm" run --bind /x / true
expect 2 '*go with a rootfs folder*' "$BIN/crossarm" run --user ann /bin/true
expect 126 "*cannot find the engine*CROSSARM_ENGINE*" env CROSSARM_ENGINE=/nowhere "$BIN/crossarm" run /bin/true
cd "$TMPDIR" || exit 1
# Every command of the table answers --help, has a man page that names each of its options, and is completed.
for command in $("$BIN/crossarm" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'); do
        page=$SOURCE/src/cli/crossarm-$command.1
        expect 0 "Usage: crossarm $command*" "$BIN/crossarm" "$command" --help
        [ -e "$page" ] || { echo "there is no man page $page"; failures=$((failures + 1)); continue; }
        for option in $("$BIN/crossarm" "$command" --help | grep -o -- '--[a-z][a-z-]*' | sort -u); do
                tr -d '\\' <"$page" | grep -q -- "$option\b" || { echo "crossarm-$command(1) does not tell of $option"; failures=$((failures + 1)); }
        done
        # What the program takes, its help tells; what the page heads a paragraph with, the program takes.
        for option in $(sed -nE 's/^ *\{ *"([a-z][a-z0-9-]*)", *(no|required|optional)_argument.*/--\1/p' "$SOURCE/src/cli/cmd_$command.c") \
                $(tr -d '\\' <"$page" | sed -n '/^\.TP/{n;p}' | grep -o -- '--[a-z][a-z0-9-]*'); do
                case $command$option in vm* | binfmt*) continue ;; esac # their actions have helps and tests of their own
                "$BIN/crossarm" "$command" --help | grep -q -- "$option\b" || { echo "crossarm $command --help does not tell of $option"; failures=$((failures + 1)); }
        done
        expect 0 "*crossarm-$command*" cat "$SOURCE/src/cli/crossarm.1"
done
# Likewise the engine's options and variables.
tr -d '\\' <"$SOURCE/src/cli/crossarm-aarch64.1" >page
for name in $("$ENGINE" -h | sed -n 's/^  \(-[a-z0-9A-Z-]*\) .*/\1/p'; "$ENGINE" -h | sed -n 's/.*\[CROSSARM_\(.*\)]$/\1/p'); do
        grep -qw -- "$name" page || { echo "crossarm-aarch64(1) does not tell of $name"; failures=$((failures + 1)); }
done
complete='. "$SOURCE/src/cli/crossarm.bash"; COMP_WORDS=("$BIN/crossarm" "$@"); COMP_CWORD=$#; _crossarm; echo "${COMPREPLY[*]}"'
if command -v bash >/dev/null; then
        expect 0 'run' bash -c "$complete" bash ru
        expect 0 '--env' bash -c "$complete" bash run --env
fi
finish
