#!/bin/sh
# crossarm vm: the command line, and what a libvirt without guests answers.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/libvirt.sh.inc"
cd "$TMPDIR" || exit 1
expect 2 '*vm wants an action*' "$BIN/crossarm" vm
expect 2 "*vm has no action 'fly'*" "$BIN/crossarm" vm fly
# Every verb answers --help with an example. Its options are the same there, in its section of the man page (the spec's keys are in that of define), and in the
# completion; what --json prints is told.
tr -d '\\' <"$SOURCE/src/cli/crossarm-vm.1" >page
section()
{
        sed -n "/^.S[SH] $1\b/,/^.S[SH]/p" page
}
options()
{
        grep -oE -- '--[a-z][a-z-]*' | sort -u
}
# An option has a line of its own there; others are in examples and sentences.
options_of_help()
{
        grep -oE '^ +(-[a-zA-Z], )?--[a-z][a-z-]*' "$1" | options
}
# all_in FILE FILE SENTENCE: the options of the first are in the second.
all_in()
{
        for option in $(comm -23 "$1" "$2"); do
                echo "$verb: $3 $option"
                failures=$((failures + 1))
        done
}
complete='. "$SOURCE/src/cli/crossarm.bash"; COMP_WORDS=("$BIN/crossarm" vm "$1" --); COMP_CWORD=3; _crossarm; printf "%s\n" "${COMPREPLY[@]}"'
for verb in $("$BIN/crossarm" vm --help | sed -n '/^Actions:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
        expect 0 "Usage: crossarm vm $verb*Example*crossarm vm $verb*" "$BIN/crossarm" vm "$verb" --help
        echo "$out" >help
        options_of_help help >offered
        section "$verb" | grep -E '^\.(B|BR|BI) -' | options >entries
        { section "$verb"; section OPTIONS; ! grep -q -e --cloud-init-user help || section define; } | options >told
        all_in offered told 'crossarm-vm(1) does not tell of'
        all_in entries offered '--help does not tell of'
        ! grep -q -e --json offered || section "$verb" | grep -qE -e --json || { echo "$verb: crossarm-vm(1) does not tell what --json prints"; failures=$((failures + 1)); }
        if command -v bash >/dev/null; then
                bash -c "$complete" bash "$verb" | sort >completed
                all_in offered completed 'the completion lacks'
        fi
        expect 2 "*crossarm vm $verb --help*" "$BIN/crossarm" vm "$verb" --no-such-option
done
expect 1 '*cannot reach libvirt at qemu+unix:///session?socket=/nowhere*daemon*' \
        "$BIN/crossarm" vm list --connect 'qemu+unix:///session?socket=/nowhere'
libvirt_start
expect 0 'NAME *STATE*' "$BIN/crossarm" vm list
expect 0 '\[]' "$BIN/crossarm" vm list --json
expect 0 '*"name": "test",*"state": "running"*' "$BIN/crossarm" vm list --json --connect test:///default
finish
