#!/bin/sh
# crossarm image: what the store has; what is removed goes, what others need or use stays; a kill -9 in between leaves nothing wrong.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/registry.sh.inc"
need python3
cd "$TMPDIR" || exit 1
here=$SOURCE/tests/tool
c=$BIN/crossarm
export CROSSARM_STORE=$TMPDIR/store XDG_CACHE_HOME=$TMPDIR/cache
cat >t.c <<'EOT'
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
        if (argc > 1 && !strcmp(argv[1], "wait")) {
                puts("waiting");
                fflush(stdout);
                return sleep(60);
        }
        return argc > 1 ? open(argv[1], O_WRONLY | O_CREAT, 0644) < 0 : 0;
}
EOT
cross -static t.c -o t
"$here/make-image" one program t
"$here/make-image" two program t 'Env=["A=two"]'
"$here/make-image" good good
blobs() { find "$CROSSARM_STORE/blobs" "$CROSSARM_STORE/partial" -type f 2>/dev/null | wc -l; }
trees() { ls "$CROSSARM_STORE/rootfs" 2>/dev/null | wc -l; }
has() { [ "$(blobs) $(trees)" = "$1" ] || { echo "$2: blobs and trees are $(blobs) $(trees), expected $1"; failures=$((failures + 1)); }; }
in_background() # in_background COMMAND...: it waits when this returns
{
        "$@" >out 2>&1 & pid=$!
        until grep -q waiting out; do sleep 0.05; kill -0 $pid 2>/dev/null || { cat out; failures=$((failures + 1)); break; }; done
}

expect 0 'IMAGE*' "$c" image list
"$c" pull -q oci:one >/dev/null && "$c" pull -q oci:two >/dev/null && "$c" pull -q oci:good >/dev/null || exit 1
has '10 3' 'three images, two of them with one layer' # 3 manifests, 3 configs, 1 layer and those of good
expect 0 '*oci:one* linux/arm64 * MB*oci:two*oci:good*' "$c" image list
"$c" run --name box oci:two t /written || exit 1
expect 0 '*box * (container) *' "$c" image list
"$c" image list --json >json || failures=$((failures + 1))
python3 - <<'EOT' || failures=$((failures + 1))
import json
j = json.load(open('json'))
assert sorted(i['name'] for i in j['images']) == ['oci:good', 'oci:one', 'oci:two'] and list(j) == ['images', 'containers', 'caches']
one, two = sorted(j['images'], key=lambda i: i['name'])[1:]
assert list(one) == ['name', 'platform', 'digest', 'id', 'bytes', 'unpacked'] and one['unpacked'] and one['bytes'] > 500000
box, = j['containers']
assert box['name'] == 'box' and two['id'].endswith(box['image']) and j['caches']['unneeded'] == 0
EOT

# What two images share goes with the second; a tree that a container is made of stays.
expect 0 '* MB freed' "$c" image remove oci:one
has '8 2' 'without one'
expect 0 '*' "$c" run oci:two t
expect 127 '*has no image named oci:one; *image list*' "$c" image remove oci:one
expect 0 '* MB freed' "$c" image remove oci:two
has '5 2' 'two is in a container'
expect 127 '*no container other*' "$c" image remove --container other
expect 127 '*no container ../box*' "$c" image remove --container ../box
expect 0 '*' "$c" run --name box oci:two t # it is pulled again
in_background "$c" run --name box oci:two t wait
expect 126 '*the container box is being run*' "$c" image remove --container box
kill -9 $pid
while "$c" image remove --container box 2>&1 | grep -q 'being run'; do sleep 0.05; done
expect 127 '*no container box*' "$c" image remove --container box

# A tree in use stays until it is not.
in_background "$c" run oci:two t wait
expect 0 '*trees in use just now: 1;*' "$c" image remove oci:two
has '5 2' 'two is in use'
kill -9 $pid
while [ "$(trees)" != 1 ]; do "$c" image prune >/dev/null || { failures=$((failures + 1)); break; }; sleep 0.05; done
has '5 1' 'two is gone'

# A newer image takes the name: the older one is nothing's.
"$c" pull -q oci:one >/dev/null && rm -rf one && cp -r two one && "$c" pull -q oci:one >/dev/null
has '10 3' 'the older one is still there'
expect 0 '*are needed by none of them*' "$c" image list
expect 0 '* MB freed' "$c" image prune
has '8 2' 'the older one is gone'
expect 0 '*' "$c" run oci:one t
mkdir -p "$CROSSARM_STORE/partial" "$CROSSARM_STORE/rootfs/00.new.1/tree" && echo half >"$CROSSARM_STORE/partial/00"
expect 0 '* MB freed' "$c" image prune
has '8 2' 'halves are gone'

# By platform; of an index.
expect 127 '*no image named oci:one for linux/amd64*' "$c" image remove --platform amd64 oci:one
expect 0 '* MB freed' "$c" image remove --platform arm64 oci:one
has '5 1' 'only good is left'

# Trees of files, unless a program runs in one.
mkdir -p tree/bin && cp t tree/bin/t && tar -C tree -cf tree.tar .
expect 0 '*' "$c" run tree.tar t
in_background "$c" run tree.tar t wait
expect 0 '*trees in use just now: 1;*' "$c" image prune --caches
kill -9 $pid
while "$c" image prune --caches 2>&1 | grep -q 'in use'; do sleep 0.05; done
expect 0 '' find "$XDG_CACHE_HOME/crossarm/trees" -mindepth 1 -not -name .lock

# Nobody removes what another is just getting: whoever works with the store holds it.
expect 126 '*others are pulling*try again*' flock -s "$CROSSARM_STORE" "$c" image prune

# kill -9 while it removes: what is still named is whole, and the next prune takes the rest.
for delay in 0.001 0.002 0.004 0.006 0.01 0.02; do
        "$c" pull -q oci:one >/dev/null
        "$c" image remove oci:one oci:good >/dev/null 2>&1 & pid=$!
        sleep $delay
        kill -9 $pid 2>/dev/null
        wait $pid 2>/dev/null
        "$c" image list | grep -q 'damaged\|not unpacked' && { echo "killed after $delay: something named is not whole"; failures=$((failures + 1)); }
        "$c" pull -q oci:good >/dev/null || failures=$((failures + 1))
done
"$c" image remove oci:one >/dev/null 2>&1
expect 0 '*' "$c" image prune
has '5 1' 'only good is left again'
expect 0 '' find "$CROSSARM_STORE/rootfs" -name '*.new.*'
expect 2 '*action*list, remove or prune*' "$c" image
expect 2 "*no action 'rm'*" "$c" image rm
expect 2 '*remove wants a name*' "$c" image remove
finish
