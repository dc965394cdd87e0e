#!/bin/sh
# crossarm pull and inspect on layouts, archives and a registry: the same trees and digests as skopeo and umoci have.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/registry.sh.inc"
need skopeo umoci docker-registry python3
cd "$TMPDIR" || exit 1
here=$SOURCE/tests/tool
c=$BIN/crossarm
export CROSSARM_STORE=$TMPDIR/store
registry_start

# The tree of what `crossarm pull` printed (the last column is the digest of the manifest or index).
tree()
{
        echo "$CROSSARM_STORE/rootfs/$("$c" pull -q --json "$@" | sed -n 's/.*rootfs\/\([0-9a-f]*\).*/\1/p')/tree"
}

"$here/make-image" lay good && umoci unpack --image lay:latest bundle >/dev/null 2>&1 || { echo 'umoci does not unpack the image'; exit 1; }
# The times of folders that no entry names are those of their making: x, x/y, bin and, for umoci, the root.
timeless='/^\(\.\|x\|x.y\|bin\)\t/s/ [0-9]*\t/ TIME\t/'
compare()
{
        "$here/list-tree" "$1" | sed "$timeless" >ours
        "$here/list-tree" bundle/rootfs | sed "$timeless" >theirs
        expect 0 '' diff -u theirs ours
}
compare "$(tree oci:lay)"
for how in zstd plain; do
        "$here/make-image" "lay-$how" "good@$how"
        rm -rf store
        compare "$(tree "oci:lay-$how:latest")"
done
digest=$(sed -n 's/.*"\(sha256:[0-9a-f]*\)".*/\1/p' lay/index.json)
skopeo copy -q --dest-tls-verify=false oci:lay:latest "docker://$registry/sub/good:1" >/dev/null
skopeo copy -q oci:lay:latest oci-archive:good.oci.tar:latest
skopeo copy -q oci:lay:latest docker-archive:good.docker.tar:some/good:1
rm -rf store
expect 0 "*$registry/sub/good:1*linux/arm64*$digest*" "$c" pull "$registry/sub/good:1"
compare "$(tree "$registry/sub/good@$digest")"
rm -rf store
expect 0 "*$digest*" "$c" pull oci-archive:good.oci.tar:latest
compare "$(tree oci-archive:good.oci.tar)"
rm -rf store
compare "$(tree docker-archive:good.docker.tar:some/good:1)"
gzip -k good.docker.tar
compare "$(tree docker-archive:good.docker.tar.gz)"
# The store itself is a layout that skopeo reads.
expect 0 '*arm64*' skopeo inspect --config "oci:store:docker-archive:good.docker.tar.gz"

# What is not there, and what is not one.
expect 127 'crossarm:*does not have*' "$c" pull "$registry/sub/good:2"
expect 127 'crossarm:*does not have*' "$c" pull "$registry/none"
expect 126 'crossarm: cannot reach the registry 127.0.0.1:1:*' "$c" pull 127.0.0.1:1/x
expect 127 'crossarm:*none*' "$c" pull oci:none
expect 127 'crossarm:*no image named other*' "$c" pull oci:lay:other
expect 126 'crossarm:*docker-archive:*' "$c" pull oci-archive:good.docker.tar
expect 126 'crossarm:*oci-archive:*' "$c" pull docker-archive:good.oci.tar
expect 126 'crossarm: cannot read the archive*' "$c" pull docker-archive:bundle/config.json
expect 2 'crossarm:*lower case*' "$c" pull Upper
expect 2 'crossarm:*needed*' "$c" pull
expect 126 'crossarm:*for linux/arm64, not for linux/amd64*' "$c" pull --platform amd64 oci:lay
expect 126 'crossarm: cannot make the folder /proc/x*' env CROSSARM_STORE=/proc/x "$c" pull oci:lay

# An index: by platform, and what is nearest to one that is not there.
"$here/make-image" liar liar
cat >index.py <<'EOF'
import json, sys
items = []
for folder, arch, variant in ('lay', 'arm64', 'v8'), ('liar', 'amd64', ''), ('lay-plain', 'arm', 'v7'):
    d = json.load(open(folder + '/index.json'))['manifests'][0]
    items.append({k: d[k] for k in ('mediaType', 'digest', 'size')} | {'platform': {'os': 'linux', 'architecture': arch, 'variant': variant}})
json.dump({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json', 'manifests': items[int(sys.argv[1]):]}, open('lay/index.json', 'w'))
EOF
cp -r lay-plain/blobs liar/blobs lay/
python3 index.py 0
for platform in linux/arm64/v8 linux/arm64 arm64 aarch64 linux/aarch64 ARM64; do
        expect 0 "*linux/arm64 *" "$c" pull -q --no-unpack --platform "$platform" oci:lay
done
expect 0 '*linux/arm/v7 *' "$c" pull -q --no-unpack --platform armhf oci:lay
expect 3 '*Platforms:*linux/arm64*linux/amd64*linux/arm/v7*crossarm:*no linux/riscv64*nearest is linux/arm64*' "$c" inspect --platform riscv64 oci:lay
expect 0 '*"platform": "linux/amd64"*"cmd":*"/bin/prog"*' "$c" inspect --json oci:lay
python3 index.py 1
expect 126 'crossarm:*no linux/arm64, only linux/amd64, linux/arm/v7; the nearest is linux/arm/v7*' "$c" pull oci:lay
expect 3 '*nearest is linux/arm/v7*' "$c" inspect oci:lay

# One image, no index, of another platform: taken, and said; refused when just that platform was asked for.
ARCH=amd64 "$here/make-image" amd liar
expect 0 'crossarm: oci:amd is for linux/amd64 only, and was taken as it is*linux/amd64 sha256:*' "$c" pull -q oci:amd
expect 126 'crossarm: oci:amd is for linux/amd64, not for linux/arm64*' "$c" pull -q --platform arm64 oci:amd

# The truth: the image says arm64 and its programs are x86-64.
expect 4 '*says linux/arm64, but 3 of its 3 programs and libraries are for amd64: /bin/0, /bin/1, /bin/2*' "$c" inspect --truth oci:liar
expect 0 'crossarm:*liar*says linux/arm64, but*' "$c" pull oci:liar
expect 4 '*"lies": true*' "$c" inspect --json --truth oci:liar
rm -rf store

# An ordinary user with one id: everything is that user's, and it is said.
if [ "$(id -u)" = 0 ]; then
        mkdir -m 777 nobody
        chmod 755 "$TMPDIR" "$(dirname "$TMPDIR")"
        expect 0 'crossarm:*belong to users that do not exist*linux/arm64*' setpriv --reuid 65534 --regid 65534 --clear-groups \
                env CROSSARM_STORE="$TMPDIR/nobody/store" "$c" pull "oci:$TMPDIR/lay-plain"
fi
finish
