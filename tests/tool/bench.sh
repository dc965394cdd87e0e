#!/bin/sh
# crossarm bench on trees of our own making: who takes part, what is compared, the forms, and what is left after a signal. No time is judged.
. "$(dirname "$0")/lib.sh.inc"
cd "$TMPDIR" || exit 1
cat >t.c <<'EOF'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv)
{
        const char *what = argc > 1 ? argv[1] : "";
        struct utsname u;
        int status = 0;
        if (!strcmp(what, "exit"))
                return atoi(argv[2]);
        if (!strcmp(what, "sleep"))
                return printf("%u\n", sleep(600)) < 0;
        if (!strcmp(what, "once")) /* what a run writes is not there in the next */
                return open(argv[2], O_CREAT | O_EXCL | O_WRONLY, 0644) < 0;
        if (!strcmp(what, "pid"))
                return printf("%d\n", getpid()) < 0;
        if (!strcmp(what, "spawn")) {
                if (vfork() == 0)
                        _exit((execv("/bin/t", argv + 1), 99));
                wait(&status);
                return printf("child %x\n", status) < 0;
        }
        if (!strcmp(what, "machine") && uname(&u) == 0)
                return printf("same\nthis is %s\n", u.machine) < 0;
        return argc > 1 && write(2, "unknown\nwords\n", 14) ? 9 : 0;
}
EOF
mkdir -p arm/bin arm/tmp amd/bin amd/tmp bare
cross -static t.c -o arm/bin/t
cc -O2 -w -static t.c -o amd/bin/t || exit 1
cp arm/bin/t arm/bin/true
c="$BIN/crossarm bench --rounds 2"
PATH=/bin:/usr/bin expect 0 '*native: amd; the least of 2 rounds*Times the native time*crossarm*t spawn*ms*' $c --native amd arm -- t spawn
expect 0 '*Times crossarm?s time*t*ms*' $c --no-native arm t
expect 0 '*native: exit status 9: unknown*crossarm: exit status 9: unknown*' $c --native amd arm -- t nonsense
expect 1 "*crossarm: ANOTHER RESULT: line 2 of its output is 'this is aarch64', and 'this is x86_64' is what is native*" $c --native amd arm -- t machine
expect 0 '*crossarm: the result changes from run to run*' $c --native amd arm -- t pid
expect 0 '*' $c --native amd arm -- t once /tmp/x
[ ! -e arm/tmp/x ] && [ ! -e amd/tmp/x ] || { echo 'a run has written to the tree'; failures=$((failures + 1)); }

# One program that lies on this machine, static or with its loader in a folder above it or of the cross compiler; its native counterpart.
mkdir -p dyn && cross t.c -o dyn/t && cp amd/bin/t t.native
expect 0 "*Times crossarm?s time*dyn/t machine*" $c dyn/t machine
expect 0 '*arm/bin/t exit*exit status 3*' $c arm/bin/t -- exit 3
expect 0 '*native: */t.native*Times the native time*arm/bin/t*' $c --native t.native arm/bin/t
expect 1 "*ANOTHER RESULT: line 2 of its output is 'this is aarch64', and 'this is x86_64' is what is native*" $c --native t.native arm/bin/t machine
expect 0 '*' $c arm/bin/t once "$PWD/once"
[ ! -e once ] || { echo 'a program has written to the machine'; failures=$((failures + 1)); }
expect 127 '*cannot find the program nowhere*' $c --native nowhere arm/bin/t

# Who cannot take part is said, with the reason.
printf '#!/bin/sh\n' >script && chmod +x script
expect 0 '*QEMU (/nowhere): skipped: there is no such program*' $c --qemu /nowhere --native amd arm t
expect 0 '*QEMU (*/script): skipped: it is no program of this machine*' $c --qemu "$PWD/script" --native amd arm t
expect 0 '*QEMU (*): skipped: it is not static*' $c --qemu "$(command -v ls)" --native amd arm t
expect 0 '*native: skipped: cannot find the program t in the PATH*' $c arm -- t
expect 1 '*skipped: cannot find the program nothing in the PATH of arm*' $c --native amd arm -- nothing
expect 1 '*skipped: it took more than 1 s*' $c --timeout 1 --no-native arm -- t sleep
expect 1 '*process start: skipped: there is no true in bare*perl: skipped: there is no perl in bare*' $c --no-native bare
expect 0 '*process start*perl: skipped: there is no perl in arm*' $c arm
expect 2 '*which tree? There is no */crossarm/bookworm-arm64*make demo*rootfs create*' env XDG_CACHE_HOME="$PWD" $c -- t
expect 127 '*./nothing is no rootfs folder*' $c ./nothing
expect 2 '*--rounds wants a number*' $c --rounds 0 arm
expect 2 '*exclude each other*' $c --no-native --native amd arm

# The forms.
$c --native amd --json --svg chart.svg --qemu /nowhere arm -- t machine '<&"' >json 2>err && { echo 'a difference, and status 0'; failures=$((failures + 1)); }
python3 - <<'EOF' || failures=$((failures + 1))
import json, xml.etree.ElementTree as xml
j = json.load(open('json'))
assert list(j) == ['format', 'tree', 'native', 'rounds', 'runners', 'work', 'geometric_mean'], list(j)
assert (j['format'], j['tree'], j['native'], j['rounds']) == (1, 'arm', 'amd', 2)
assert [r['kind'] for r in j['runners']][:3] == ['native', 'crossarm', 'qemu']
assert j['runners'][2]['skipped'] == 'there is no such program' and j['runners'][1]['skipped'] is None
work, = j['work']
assert work['command'] == ['t', 'machine', '<&"'] and work['baseline'] == 'native'
native, ours, missing = work['results'][:3]
assert native['wall_ratio'] == native['cpu_ratio'] == 1 and native['differs'] is None and native['status'] == 0
assert len(ours['wall_ns']) == len(ours['cpu_ns']) == 2 and all(n > 0 for n in ours['wall_ns'] + ours['cpu_ns'])
assert ours['wall_ratio'] > 0 and ours['steady'] and 'aarch64' in ours['differs']
assert missing['wall_ns'] == [] and missing['wall_ratio'] is None and missing['status'] is None
svg = xml.parse('chart.svg').getroot()
texts = [t.text for t in svg.iter('{http://www.w3.org/2000/svg}text')]
assert 't machine <&"' in texts and 'crossarm' in texts and '1.00' in texts, texts
EOF

# QEMU also gets the children.
if command -v qemu-aarch64-static >/dev/null && $BIN/crossarm run arm t spawn | grep -q 'child 0'; then
        out=$($c --json --no-native arm -- t spawn machine)
        case $out in
        *'"kind": "qemu"'*'"wall_ratio": '[0-9]*'"wall_ratio": '[0-9]*) ;;
        *'needs binfmt_misc of its own'*) ;;
        *) echo "$out"; failures=$((failures + 1)) ;;
        esac
fi

# nothing_runs WHAT: no process has the word marker-$$ in its command any more, after a moment.
nothing_runs()
{
        left=
        for i in 1 2 3 4 5 6 7 8 9 10; do
                left=$(grep -lz "^marker-$$\$" /proc/[0-9]*/cmdline 2>/dev/null) # its status also tells of processes that end meanwhile
                [ "$left" ] || return
                sleep 0.2
        done
        echo "$1 left processes: $left"
        failures=$((failures + 1))
}

# A signal ends what is run, and nothing is left; what kill -9 leaves goes with the next one, but for what another one uses.
mkdir tmp
TMPDIR=$PWD/tmp $BIN/crossarm bench arm -- t sleep "marker-$$" >out 2>&1 & pid=$!
until [ -n "$(ls tmp)" ]; do sleep 0.05; kill -0 $pid || break; done
first=$(ls tmp)
expect 0 '*' env TMPDIR="$PWD/tmp" $c arm -- t exit 0
expect 0 "$first" ls tmp
kill -9 $pid
nothing_runs SIGKILL
i=0
while [ -n "$(ls tmp)" ] && [ $((i += 1)) -lt 20 ]; do TMPDIR="$PWD/tmp" $c arm -- t exit 0 >/dev/null; done
expect 0 '' ls tmp
for signal in INT TERM HUP; do
        TMPDIR=$PWD/tmp timeout --preserve-status -s $signal 2 $BIN/crossarm bench arm -- t sleep "marker-$$" >out 2>&1
        got=$?
        case $signal in INT) want=130 ;; TERM) want=143 ;; HUP) want=129 ;; esac
        [ $got = $want ] || { echo "SIG$signal: status $got, expected $want"; cat out; failures=$((failures + 1)); }
        [ -z "$(ls tmp)" ] || { echo "SIG$signal left $(ls tmp)"; failures=$((failures + 1)); }
        nothing_runs "SIG$signal"
done
finish
