#!/bin/sh
# Layers, layouts and registries that mean no good: one sentence each, nothing outside of the store touched, nothing half-made kept.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/registry.sh.inc"
need python3
cd "$TMPDIR" || exit 1
here=$SOURCE/tests/tool
c=$BIN/crossarm
export CROSSARM_STORE=$TMPDIR/store
mkdir outside && echo secret >outside/secret

# hostile STATUS PATTERN CASE
hostile()
{
        rm -rf lay
        "$here/make-image" lay "$3" "$TMPDIR/outside"
        expect "$1" "$2" "$c" pull -q oci:lay
        left=$(ls store/rootfs 2>/dev/null | grep -c new)
        [ "$left" = 0 ] || { echo "$3: something half-made is left"; failures=$((failures + 1)); }
        [ "$(ls outside)" = secret ] && [ "$(cat outside/secret)" = secret ] && [ "$(stat -c %h outside/secret)" = 1 ] ||
                { echo "$3: the outside was touched"; failures=$((failures + 1)); }
        [ "$1" = 0 ] || [ -z "$(ls store/rootfs)" ] || { echo "$3: a rootfs was made"; failures=$((failures + 1)); }
        rm -rf store/rootfs
}

for way in '' @zstd @plain; do
        hostile 126 "crossarm: the layer sha256:* is refused: its entry '../outside' has a name that leads out of the image*" dotdot$way
done
hostile 126 "*refused: its entry 'a/../../outside' has a name that leads out*" dotdot-inside
hostile 126 "*refused: its entry 'passwd' is a hard link to a place outside*" hardlink
hostile 126 "*refused: its entry 'passwd' is a hard link to a file that the image does not have" hardlink-absolute
hostile 126 "*refused: its entry 'got' is a hard link to a file that the image does not have" hardlink-through
hostile 126 "*refused: its entry 'd/outside' goes through a symbolic link that leads nowhere inside the image" symlink-later
hostile 126 "*refused: its entry '.wh..' is a whiteout of no name" whiteout-root
hostile 126 "*refused: its entry 'd/.wh...' is a whiteout of no name" whiteout-up
hostile 126 "*refused: its entry '/' is the root folder, and not a folder" root-file
hostile 126 "*has a name that leads out of the image, or is too long" long
hostile 126 "*huge' is larger than is allowed*--max-size*" sparse
# These end well, inside.
hostile 0 '*sha256:*' symlink-file
hostile 0 '*sha256:*' whiteout-link
hostile 0 '*sha256:*' deep
hostile 0 'crossarm:*2 device nodes and sockets were left out*' device
hostile 0 'crossarm:*2 extended attributes were left out*' overlay
hostile 126 '*goes through a symbolic link that leads nowhere*' symlink
hostile 0 '*sha256:*' symlink-up
[ -e /crossarm-outside ] || [ -e /tmp/crossarm-outside ] && { echo 'a symbolic link led out'; failures=$((failures + 1)); }
"$here/make-image" lay bomb
expect 126 "*'zeros' is larger than is allowed*--max-size*" "$c" pull -q --max-size 10M oci:lay
expect 126 "*'zeros' is larger than is allowed*" "$c" inspect -q --truth --max-size 10M oci:lay
expect 0 '*' "$c" pull -q --max-size 100M oci:lay
rm -rf lay && "$here/make-image" lay bomb-many
expect 126 '*allowed*--max-size*' "$c" pull -q --max-size 10M oci:lay

# A layout that is damaged: bytes, sizes, JSON.
rm -rf lay store && "$here/make-image" lay good
blob=$(find lay/blobs -size +1 -type f | head -n 1)
cp "$blob" kept
for damage in 'printf x >>"$blob"' ': >"$blob"' 'rm "$blob"' 'printf x | dd of="$blob" bs=1 seek=40 conv=notrunc 2>/dev/null' 'rm "$blob"; ln -s /etc/passwd "$blob"'; do
        eval "$damage"
        expect 126 'crossarm:*blob*' "$c" pull -q oci:lay
        rm -f "$blob" && cp kept "$blob"
        [ -z "$(ls store/rootfs store/partial 2>/dev/null | grep .)" ] || rm -rf store
done
# A layer with the right digest that unpacks to something else than the config says.
cat >other.py <<'EOF'
import hashlib, json
def get(d): return json.load(open('lay/blobs/' + d['digest'].replace(':', '/')))
def put(value, was):
    data = json.dumps(value).encode()
    digest = hashlib.sha256(data).hexdigest()
    open('lay/blobs/sha256/' + digest, 'wb').write(data)
    return was | {'digest': 'sha256:' + digest, 'size': len(data)}
index = json.load(open('lay/index.json'))
manifest = get(index['manifests'][0])
config = get(manifest['config'])
config['rootfs']['diff_ids'][0] = 'sha256:' + '0' * 64
manifest['config'] = put(config, manifest['config'])
index['manifests'][0] = put(manifest, index['manifests'][0])
json.dump(index, open('lay/index.json', 'w'))
EOF
rm -rf lay store && "$here/make-image" lay good && python3 other.py
expect 126 '*is refused: unpacked its digest is sha256:*, and the config says sha256:0000*' "$c" pull -q oci:lay
[ -z "$(ls store/rootfs)" ] || { echo 'a rootfs with a wrong digest was made'; failures=$((failures + 1)); }
rm -rf lay store && "$here/make-image" lay good
for text in '' '{' '[]' '{"schemaVersion":2,"manifests":3}' '{"schemaVersion":2,"manifests":[{"digest":"sha256:../../etc","size":1}]}' \
        '{"schemaVersion":2,"manifests":[{"digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":-1}]}'; do
        printf '%s' "$text" >lay/index.json
        expect 126 'crossarm:*index*' "$c" pull -q oci:lay
done
python3 -c "print('[' * 100000)" >lay/index.json
expect 126 'crossarm:*index*' "$c" pull -q oci:lay

# Registries that break off, stall, lie. The server counts what it is asked: an interrupted download goes on, it does not start again.
rm -rf lay store && "$here/make-image" lay bomb@plain
"$here/bad-registry" lay >bad-port 2>/dev/null &
server=$!
trap 'kill $server' EXIT
until [ -s bad-port ]; do sleep 0.1; done
bad=127.0.0.1:$(cat bad-port)
expect 0 "*sha256:*" "$c" pull -q "$bad/good:latest"
rm -rf store
expect 0 "*sha256:*" "$c" pull -q "$bad/cut:latest"
expect 0 '*"cut": 4*' python3 -c "import urllib.request; print(urllib.request.urlopen('http://$bad/counts').read().decode())"
rm -rf store
expect 126 '*sends no more of the blob*kept*' "$c" pull -q --timeout 1 "$bad/stall:latest"
[ "$(find store/partial -type f -size +100k | wc -l)" = 1 ] || { echo 'what came before the stall was not kept'; failures=$((failures + 1)); }
expect 0 "*sha256:*" "$c" pull -q "$bad/good:latest"
rm -rf store
expect 126 '*longer than the*bytes that its manifest says*' "$c" pull -q "$bad/long:latest"
rm -rf store # what came of it may be whole
expect 126 '*sends no more*' "$c" pull -q "$bad/short:latest"
rm -rf store
expect 126 '*wrong content*' "$c" pull -q "$bad/wrong:latest"
[ -z "$(ls store/partial)" ] || { echo 'a wrong blob was kept'; failures=$((failures + 1)); }
expect 126 '*another part*' "$c" pull -q "$bad/range:latest"
rm -rf store
expect 0 '*sha256:*' "$c" pull -q "$bad/norange:latest"
rm -rf store
expect 126 '*status 418*teapot*' "$c" pull -q "$bad/teapot:latest"
expect 126 '*longer than*' "$c" pull -q "$bad/endless:latest"
expect 126 '*login*' "$c" pull -q "$bad/private:latest"
printf '{"auths": {"%s": {"auth": "%s"}}}' "$bad" "$(printf 'ann:pass' | base64)" >auth.json
expect 0 '*sha256:*' env REGISTRY_AUTH_FILE="$PWD/auth.json" "$c" pull -q "$bad/private:latest"
expect 126 '*does not let the user*' env REGISTRY_AUTH_FILE="$PWD/auth.json" "$c" pull -q "$bad/closed:latest"

# kill -9 at any moment: no rootfs that is half there, and the next pull goes through.
rm -rf store lay && "$here/make-image" lay good
for delay in 0.001 0.003 0.005 0.007 0.01 0.02 0.03; do
        "$c" pull -q oci:lay >/dev/null 2>&1 &
        sleep "$delay"
        kill -9 $! 2>/dev/null
        wait $! 2>/dev/null
        for ready in store/rootfs/*; do
                case $ready in *.new.* | *'*') continue ;; esac
                [ -e "$ready/truth.json" ] && [ -e "$ready/tree/gone/back" ] || { echo "$ready is not whole"; failures=$((failures + 1)); }
        done
done
expect 0 '*sha256:*' "$c" pull -q oci:lay
[ "$(ls store/rootfs | wc -l)" = 1 ] || { echo 'leftovers of killed pulls were not swept'; failures=$((failures + 1)); }

# A full disk is said, and leaves nothing.
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
        rm -rf lay && "$here/make-image" lay bomb && mkdir full
        expect 126 'crossarm: cannot write zeros of the layer*No space left on device; make room*' unshare -m sh -c \
                "mount -t tmpfs -o size=8m none full && CROSSARM_STORE=$PWD/full/store exec $c pull -q oci:lay"
        rm -rf lay && "$here/make-image" lay bomb@plain
        expect 126 'crossarm: cannot write the blob*No space left on device; make room*' unshare -m sh -c \
                "mount -t tmpfs -o size=8m none full && CROSSARM_STORE=$PWD/full/store exec $c pull -q oci:lay"
fi
finish
