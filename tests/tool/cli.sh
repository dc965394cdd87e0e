#!/bin/sh
# The command line itself: help, version, wrong usage.
. "$(dirname "$0")/lib.sh.inc"
expect 0 'Usage: crossarm COMMAND*run*' "$BIN/crossarm" --help
expect 0 'crossarm [0-9]*.[0-9]*' "$BIN/crossarm" --version
expect 0 'Usage: crossarm run*ROOTFS-DIR*' "$BIN/crossarm" run --help
expect 2 '*a command is needed*' "$BIN/crossarm"
expect 2 "*there is no command 'fly'*" "$BIN/crossarm" fly
expect 2 '*a program or a rootfs folder is needed*' "$BIN/crossarm" run
expect 2 '*--bind wants HOST:GUEST*' "$BIN/crossarm" run --bind /x / true
expect 2 '*go with a rootfs folder*' "$BIN/crossarm" run --user ann /bin/true
expect 126 "*cannot find the engine*CROSSARM_ENGINE*" env CROSSARM_ENGINE=/nowhere "$BIN/crossarm" run /bin/true
finish
