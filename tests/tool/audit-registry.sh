#!/bin/sh
# crossarm audit on images in a registry: what its index lists, what configs say and what the layers hold, streamed.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/registry.sh.inc"
need skopeo docker-registry python3
cd "$TMPDIR" || exit 1
a="$BIN/crossarm audit --no-cache"
export HOME="$TMPDIR" XDG_RUNTIME_DIR="$TMPDIR"
printf 'int main(void) { return 0; }' >t.c
cross t.c -o a64
${CC:-cc} -O2 -w t.c -o x64 || exit 1
"$SOURCE/tests/tool/audit-inputs" in x64 a64 || exit 1
registry_start
for name in oci-a64 oci-x64 oci-a64-lies oci-x64-lies oci-replaced oci-deleted nested-both nested-lies nested-none; do
        skopeo copy -q --all --dest-tls-verify=false "oci:in/$name" "docker://$registry/t/$name:1" >/dev/null || { echo "skopeo cannot push $name"; exit 1; }
done
image="docker://$registry/t"

expect 0 "arm64 *$image/oci-a64:1 (registry image)" $a "$image/oci-a64:1"
expect 1 "needs rebuild *x86-only*" $a "$image/oci-x64:1"
expect 1 "mislabelled *image-says-other*config says linux/arm64; 2 of 2*" $a "$image/oci-a64-lies:1"
expect 1 "mislabelled *image-says-other*config says linux/amd64; 2 of 2*" $a "$image/oci-x64-lies:1"
expect 0 "arm64 *" $a "$image/oci-replaced:1"
expect 0 "arm64 *" $a "$image/oci-deleted:1"
# Of an index the arm64 image, or another, or all; the same verdict as about the layout.
expect 0 "arm64 *" $a "$image/nested-both:1"
expect 0 "arm64 *" $a --platform all "$image/nested-both:1"
expect 0 "*" $a --platform amd64 "$image/nested-both:1"
expect 1 "mislabelled *image-says-other*config says linux/arm64; 1 of 1*" $a "$image/nested-lies:1"
expect 0 "*" $a --platform linux/amd64 "$image/nested-lies:1"
expect 1 "mislabelled *" $a --platform all "$image/nested-lies:1"
expect 1 "needs rebuild *index-without-arm64*linux/amd64, linux/ppc64le*" $a "$image/nested-none:1"
expect 2 "*has no image for linux/arm64, only linux/amd64, linux/ppc64le*" $a --platform arm64 "$image/nested-none:1"
# Only what is needed comes: of the index of two, the layers of one.
$a --json "$image/nested-both:1" >one.json
$a --json --platform all "$image/nested-both:1" >all.json
expect 0 '2 3' python3 -c 'import json
print(*[sum("layer" in p for p in json.load(open(f))["targets"][0]["parts"]) for f in ("one.json", "all.json")])'

# The second time no layer is fetched: not even where it would not be found any more.
expect 0 'arm64 *' "$BIN/crossarm" audit --cache c.db "$image/oci-a64:1"
mkdir away
for blob in registry/docker/registry/v2/blobs/sha256/*/*; do
        [ "$(head -c 2 "$blob/data" | od -An -tx1 | tr -d ' ')" = 1f8b ] && mv "$blob" away/
done
expect 0 'arm64 *' "$BIN/crossarm" audit --cache c.db "$image/oci-a64:1"
expect 2 '*unreadable*' "$BIN/crossarm" audit --cache c.db "$image/oci-x64:1"
for blob in away/*; do
        name=${blob#away/}
        mv "$blob" "registry/docker/registry/v2/blobs/sha256/$(printf %.2s "$name")/"
done

# What is not there, and what is no name; others go on.
expect 2 "*does not have*manifest unknown*in/oci-a64 (image layout)*" $a --all "$image/none:1" in/oci-a64
expect 2 '*cannot reach the registry 127.0.0.1:1*' $a docker://127.0.0.1:1/x
expect 2 '*lower case*' $a docker://Upper
expect 2 "*'beos' is no platform*" $a --platform beos x
expect 2 '*--timeout wants*' $a --timeout x x
expect 2 '*--tls-verify wants*' $a --tls-verify maybe x

# A layer with another content than its digest says, one that is cut off, and one that is gone.
blobs=registry/docker/registry/v2/blobs/sha256
largest=$(find $blobs -name data -size +2k -printf '%s %p\n' | sort -n | tail -1 | cut -d' ' -f2)
cp "$largest" kept
printf 'x' | dd of="$largest" bs=1 seek=30 conv=notrunc status=none
expect 2 '*another content than its digest says*' $a --platform all "$image/oci-a64:1" "$image/oci-x64:1" "$image/nested-both:1"
rm "$largest"
expect 2 '*unreadable*sha256*' $a --platform all "$image/oci-a64:1" "$image/oci-x64:1" "$image/nested-both:1"
cp kept "$largest"

# A user and a password, from the file that `podman login` writes.
if python3 -W ignore -c 'import crypt' 2>/dev/null; then
        kill "$registry_pid"
        python3 -W ignore -c "import crypt; print('ann:' + crypt.crypt('pass', crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))" >htpasswd
        registry_start "auth: {htpasswd: {realm: ours, path: $PWD/htpasswd}}"
        image="docker://$registry/t"
        expect 2 '*wants a user and a password*' $a "$image/nested-both:1"
        printf '{"auths": {"%s": {"auth": "%s"}}}' "$registry" "$(printf ann:pass | base64)" >auth.json
        expect 0 'arm64 *' env REGISTRY_AUTH_FILE="$PWD/auth.json" $a "$image/nested-both:1"
fi
finish
