#!/bin/sh
# crossarm push: what we push skopeo and podman's kin read, with the same digests; what lies is not pushed.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/registry.sh.inc"
need skopeo umoci docker-registry python3
cd "$TMPDIR" || exit 1
here=$SOURCE/tests/tool
c=$BIN/crossarm
export CROSSARM_STORE=$TMPDIR/store
registry_start
"$here/make-image" lay good
digest=$(sed -n 's/.*"\(sha256:[0-9a-f]*\)".*/\1/p' lay/index.json)
expect 0 "$registry/a/b:1 $digest" "$c" push -q oci:lay "$registry/a/b:1"
expect 0 "$digest" skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/a/b:1"
expect 0 '' skopeo copy -q --src-tls-verify=false "docker://$registry/a/b:1" oci:back:x
expect 0 '' diff -r lay/blobs back/blobs

# From the store under its own name, to each kind of place, and back by the peers.
expect 0 "*$digest*" "$c" pull -q "$registry/a/b:1"
expect 0 "$registry/a/b:1 $digest" "$c" push -q "$registry/a/b:1"
expect 0 "oci:out:new $digest" "$c" push -q "$registry/a/b:1" oci:out:new
expect 0 "$digest" skopeo inspect --format '{{.Digest}}' oci:out:new
expect 0 '*new*' cat out/index.json
expect 0 "oci-archive:out.tar:new $digest" "$c" push -q "$registry/a/b:1" oci-archive:out.tar:new
expect 0 "$digest" skopeo inspect --format '{{.Digest}}' oci-archive:out.tar:new
expect 0 '*sha256:*' "$c" push -q "$registry/a/b:1" docker-archive:out.docker.tar:some/name:1
expect 0 '*"RepoTags":\["docker.io/some/name:1"\]*' tar xOf out.docker.tar manifest.json
expect 0 '' skopeo copy -q docker-archive:out.docker.tar oci:again:latest
umoci unpack --image again:latest one >/dev/null 2>&1 && umoci unpack --image lay:latest two >/dev/null 2>&1
"$here/list-tree" one/rootfs | grep -v "^\.	" >1 && "$here/list-tree" two/rootfs | grep -v "^\.	" >2
timeless='/^\(x\|x.y\|bin\)\t/s/ [0-9]*\t/ TIME\t/'
expect 0 '' sh -c "sed '$timeless' 1 >1.t; sed '$timeless' 2 >2.t; diff 1.t 2.t"
[ -z "$(ls -- *.new 2>/dev/null)" ] || { echo 'a half-made archive is left'; failures=$((failures + 1)); }

# podman, where it is: what we write it loads, what it saves we run.
if command -v podman >/dev/null && [ "$(id -u)" = 0 ]; then
        podman() { command podman --root "$TMPDIR/podman" --runroot "$TMPDIR/podman-run" --storage-driver vfs "$@"; }
        id=$(sed -n 's/.*"config": {[^}]*"sha256:\([0-9a-f]*\)".*/\1/p' "lay/blobs/sha256/${digest#sha256:}")
        expect 0 "$id" podman pull -q --tls-verify=false --platform linux/arm64 "$registry/a/b:1"
        expect 0 '*some/name:1*' podman load -q -i out.docker.tar
        expect 0 '*Loaded image*' podman load -q -i out.tar
        expect 0 '' podman save -q -o podman.docker.tar some/name:1
        expect 0 '' podman save -q --format oci-archive -o podman.oci.tar some/name:1
        expect 0 "*\"id\": \"sha256:$id\"*" "$c" pull -q --json docker-archive:podman.docker.tar
        expect 0 "*\"id\": \"sha256:$id\"*" "$c" pull -q --json oci-archive:podman.oci.tar
fi

# An index: all of it, or one image.
cat >index.py <<'EOF'
import hashlib, json, shutil
items = []
for folder, arch in ('lay', 'arm64'), ('liar', 'amd64'):
    shutil.copytree(folder + '/blobs', 'both/blobs', dirs_exist_ok=True)
    d = json.load(open(folder + '/index.json'))['manifests'][0]
    items.append({k: d[k] for k in ('mediaType', 'digest', 'size')} | {'platform': {'os': 'linux', 'architecture': arch}})
shutil.copy('lay/oci-layout', 'both/')
json.dump({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json', 'manifests': items}, open('both/index.json', 'w'))
EOF
"$here/make-image" liar liar
python3 index.py
index=sha256:$(sha256sum both/index.json | cut -d' ' -f1)
expect 0 "$registry/both:1 $index" "$c" push -q oci:both "$registry/both:1"
expect 0 '*arm64*amd64*' skopeo inspect --tls-verify=false --raw "docker://$registry/both:1"
rm -rf store
expect 0 "*$index*" "$c" pull -q --all "$registry/both:1"
expect 0 "$registry/both:2 $index" "$c" push -q "$registry/both:1" "$registry/both:2"
expect 0 "$registry/one:1 $digest" "$c" push -q --platform arm64 "$registry/both:1" "$registry/one:1"
expect 126 'crossarm:*one image and no index*' "$c" push -q "$registry/both:1" docker-archive:no.tar
[ ! -e no.tar ] || { echo 'no.tar was made'; failures=$((failures + 1)); }

# A liar is named and not sent, unless told so.
expect 4 'crossarm: oci:liar says linux/arm64, but 3 of its 3*/bin/0*not pushed*--force*' "$c" push -q oci:liar "$registry/liar:1"
expect 127 '*does not have*' "$c" inspect -q "$registry/liar:1"
expect 0 '*/liar:1 sha256:*' "$c" push -q --force oci:liar "$registry/liar:1"
expect 0 '*sha256:*' "$c" inspect -q "$registry/liar:1"
expect 127 'crossarm: the store has no*' "$c" push -q "$registry/nothing:1"
expect 126 'crossarm: cannot make the archive*' "$c" push -q oci:lay oci-archive:/no/folder/x.tar
expect 126 'crossarm: cannot reach*' "$c" push -q oci:lay 127.0.0.1:1/x
expect 2 'crossarm:*where shall*' "$c" push -q oci:lay

# A login: Basic, by the user's file.
if command -v htpasswd >/dev/null || python3 -c 'import crypt' 2>/dev/null; then
        kill "$registry_pid"
        python3 -W ignore -c "import crypt; print('ann:' + crypt.crypt('pa:ss', crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))" >htpasswd
        registry_start "auth: {htpasswd: {realm: ours, path: $PWD/htpasswd}}"
        expect 126 'crossarm:*wants a user and a password*podman login*' "$c" push -q oci:lay "$registry/a:1"
        printf '{"auths": {"%s": {"auth": "%s"}}}' "$registry" "$(printf ann:wrong | base64)" >auth.json
        export REGISTRY_AUTH_FILE=$PWD/auth.json
        expect 126 'crossarm:*does not let the user of*auth.json push*log in again*' "$c" push -q oci:lay "$registry/a:1"
        printf '{"auths": {"%s": {"auth": "%s"}}}' "$registry" "$(printf pa:ss | sed 's/^/ann:/' | base64)" >auth.json
        expect 0 "$registry/a:1 $digest" "$c" push -q oci:lay "$registry/a:1"
        expect 0 "*$digest*" "$c" pull -q "$registry/a:1"
        mkdir path
        printf '#!/bin/sh\nread host; echo "{\\"Username\\": \\"ann\\", \\"Secret\\": \\"pa:ss\\"}"\n' >path/docker-credential-ours
        chmod +x path/docker-credential-ours
        printf '{"credHelpers": {"%s": "ours"}}' "$registry" >auth.json
        expect 0 "$registry/b:1 $digest" env PATH="$PWD/path:$PATH" "$c" push -q oci:lay "$registry/b:1"
fi
unset REGISTRY_AUTH_FILE

# TLS: a certificate that nobody knows, one that the user vouches for, and none wanted.
if command -v openssl >/dev/null; then
        kill "$registry_pid"
        openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1 2>/dev/null
        registry_start '' ", tls: {certificate: $PWD/cert.pem, key: $PWD/key.pem}"
        expect 126 'crossarm: cannot reach the registry*self-signed*' "$c" push -q oci:lay "$registry/tls:1"
        expect 0 "$registry/tls:1 $digest" "$c" push -q --tls-verify=false oci:lay "$registry/tls:1"
        expect 0 "*$digest*" env SSL_CERT_FILE="$PWD/cert.pem" "$c" pull -q "$registry/tls:1"
        mkdir -p "home/.config/containers/certs.d/$registry" && cp cert.pem "home/.config/containers/certs.d/$registry/ca.crt"
        expect 0 "*$digest*" env HOME="$PWD/home" "$c" pull -q "$registry/tls:1"
fi
finish
