#!/bin/sh
# crossarm build: two platforms from one file with the platform arguments right, one index; failures, cache, times.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/registry.sh.inc"
need skopeo buildah docker-registry python3
cd "$TMPDIR" || exit 1
here=$SOURCE/tests/tool
c=$BIN/crossarm
export CROSSARM_STORE=$TMPDIR/store HOME=$TMPDIR
registry_start
cat >t.c <<'EOF'
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
int main(int argc, char **argv)
{
        struct utsname u;
        uname(&u);
        if (argc > 1 && !strcmp(argv[1], "fail"))
                return 3;
        if (argc > 1 && !strcmp(argv[1], "own"))
                return setgroups(1, &(gid_t){ 5 }) || chown("/bin/t", 5, 6);
        FILE *f = argc > 1 ? fopen(argv[1], "a") : NULL;
        for (int i = 0; i < 2; i++)
                fprintf(i && f ? f : stdout, "%s T=%s B=%s A=%s X=%s\n", u.machine, getenv("T") ? getenv("T") : "-", getenv("B") ? getenv("B") : "-",
                        getenv("ARCH") ? getenv("ARCH") : "-", getenv("X") ? getenv("X") : "-");
        return f && fclose(f);
}
EOF
cross -static t.c -o t.arm64
gcc -O2 -w -static t.c -o t.amd64 || exit 1
# A base image of both platforms, in the registry.
for arch in arm64 amd64; do
        "$here/make-image" "base-$arch" program "t.$arch"
done
cat >index.py <<'EOF'
import hashlib, json, shutil, os
items = []
for arch in 'arm64', 'amd64':
    folder = 'base-' + arch
    shutil.copytree(folder + '/blobs', 'base/blobs', dirs_exist_ok=True)
    m = json.load(open(folder + '/index.json'))['manifests'][0]
    manifest = json.load(open(f'{folder}/blobs/' + m['digest'].replace(':', '/')))
    config = json.load(open(f'{folder}/blobs/' + manifest['config']['digest'].replace(':', '/')))
    def put(value, kind):
        data = json.dumps(value).encode()
        digest = hashlib.sha256(data).hexdigest()
        open('base/blobs/sha256/' + digest, 'wb').write(data)
        return {'mediaType': kind, 'digest': 'sha256:' + digest, 'size': len(data)}
    config['architecture'] = arch
    manifest['config'] = put(config, manifest['config']['mediaType'])
    items.append(put(manifest, m['mediaType']) | {'platform': {'os': 'linux', 'architecture': arch}})
shutil.copy('base-arm64/oci-layout', 'base/')
json.dump({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json', 'manifests': items}, open('base/index.json', 'w'))
EOF
python3 index.py
expect 0 '*/base:1 sha256:*' "$c" push -q oci:base "$registry/base:1"
mkdir ctx
cat >ctx/Dockerfile <<EOF
# syntax is a comment
ARG X=outer
FROM --platform=\$BUILDPLATFORM $registry/base:1 AS tools
ARG BUILDPLATFORM
ARG TARGETPLATFORM
ENV B=\$BUILDPLATFORM T=\$TARGETPLATFORM
RUN ["/bin/t", "/from-tools"]
from $registry/base:1
ARG TARGETPLATFORM
ARG BUILDPLATFORM
ARG TARGETARCH
ARG X
ENV T=\$TARGETPLATFORM B=\$BUILDPLATFORM ARCH=\$TARGETARCH X=\$X
RUN ["/bin/t", \\
# a comment inside
    "/from-run"]
COPY --from=tools /from-tools /from-tools
ENTRYPOINT ["/bin/t"]
EOF
build="$c build --tls-verify=false"
expect 0 "*STEP*time per step*linux/amd64*linux/arm64*RUN*EXPORT*UNPACK*all*$registry/built:1 sha256:*" $build --platform linux/amd64,linux/arm64 --build-arg X=mine \
        -t "$registry/built:1" --push ctx
tree() { echo "$CROSSARM_STORE/$(readlink "$CROSSARM_STORE/names/$registry/built:1/linux-$1" | sed 's|\.\./||g')/tree"; }
expect 0 'aarch64 T=linux/arm64 B=linux/amd64 A=arm64 X=mine' cat "$(tree arm64)/from-run"
expect 0 'x86_64 T=linux/amd64 B=linux/amd64 A=amd64 X=mine' cat "$(tree amd64)/from-run"
expect 0 'x86_64 T=linux/arm64 B=linux/amd64 A=- X=-' cat "$(tree arm64)/from-tools"
expect 0 'aarch64 T=linux/arm64*' "$c" run "$registry/built:1"
expect 0 'x86_64 T=linux/amd64*' "$c" run --platform amd64 "$registry/built:1"
expect 0 '*"architecture":"amd64"*"architecture":"arm64"*' skopeo inspect --tls-verify=false --raw "docker://$registry/built:1"
digest=$(skopeo inspect --tls-verify=false --raw "docker://$registry/built:1" | sha256sum | cut -d' ' -f1)
# Again: from the cache, the same images, and elsewhere.
expect 0 "*sha256:$digest*\"platforms\":*\"seconds\"*" $build -q --json --platform amd64,arm64 --build-arg X=mine -t "$registry/built:1" -o oci:out:x ctx
expect 0 "*$digest*" cat out/index.json
# One platform: an image, no index; found by run without the registry.
expect 0 'localhost/one:latest sha256:*' $build -q -t localhost/one ctx
expect 0 'aarch64 T=linux/arm64 B=linux/amd64 A=arm64 X=outer*' "$c" run localhost/one
rm -rf "$CROSSARM_STORE/names/localhost"
expect 0 '*aarch64 T=linux/arm64*' "$c" run localhost/one

expect 0 'localhost/one:latest*linux/arm64*/bin/t*Programs and libraries: 1 arm64*' "$c" inspect --local --truth localhost/one
expect 0 '*Platforms:*linux/amd64*linux/arm64*' "$c" inspect --local "$registry/built:1"
expect 127 '*no image named*' "$c" inspect --local localhost/two

# What fails is said, and nothing is named.
printf 'FROM %s/base:1\nRUN ["/bin/t", "fail"]\n' "$registry" >bad
expect 125 '*crossarm: the build for linux/arm64 failed with status*' $build -f bad -t localhost/bad ctx
expect 127 '*store has no*' "$c" push localhost/bad oci:x
printf 'FROM %s/none:1\n' "$registry" >bad
expect 125 '*none*failed with status*' $build -q -f bad ctx
expect 127 'crossarm:*neither a Containerfile nor a Dockerfile*' $build base
expect 127 'crossarm: cannot read nowhere*' $build -f nowhere ctx
expect 127 'crossarm: cannot find the context none*' $build none
expect 2 '*no platform*' $build --platform what ctx
expect 2 '*--push needs a name*' $build --push ctx
# A base image from a registry without TLS: what helps is said.
expect 125 '*failed with status 125: a registry speaks plain HTTP, which --tls-verify=false allows*' "$c" build -q ctx

# A single id: owners and groups come to nothing, and nothing fails over them.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
        place=$(mktemp -d /tmp/crossarm-build-XXXXXX) && chmod 777 "$place" && cp "$BIN"/crossarm "$BIN"/crossarm-aarch64 "$BIN"/crossarm-image "$place" || exit 1
        nobody="setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=$place/home CROSSARM_STORE=$place/home/store TMPDIR=$place/home"
        mkdir -m 777 "$place/ctx" "$place/home"
        printf 'root:x:0:0::/:\nann:x:5:6::/:\n' >"$place/ctx/passwd"
        printf 'root:x:0:\nmore:x:7:root\n' >"$place/ctx/group"
        printf 'FROM %s/base:1\nCOPY --chown=5:6 passwd group /etc/\nRUN ["/bin/t", "own"]\nENTRYPOINT ["/bin/t"]\n' "$registry" >"$place/ctx/Dockerfile"
        chmod 644 "$place"/ctx/*
        cd "$place" || exit 1
        expect 0 '*EXPORT*UNPACK*localhost/single:latest sha256:*' $nobody ./crossarm build --tls-verify=false -t localhost/single ctx
        expect 0 'aarch64*' $nobody ./crossarm run localhost/single
        expect 126 '*cannot run as 5:6: *-u root*' $nobody ./crossarm run -u ann localhost/single
        cd "$TMPDIR" && rm -r "$place"
fi
# A liar: for arm64, and its program is this machine's.
printf 'FROM scratch\nCOPY t.amd64 /bin/t\n' >liar && cp t.amd64 ctx/
expect 4 '*localhost/liar:latest says linux/arm64, but 1 of its 1*/bin/t*--force*' $build -q -f liar -t localhost/liar ctx
expect 0 '*says linux/arm64*localhost/liar:latest sha256:*' $build -q --force -f liar -t localhost/liar ctx
mounts=$(grep -c "$TMPDIR" /proc/self/mountinfo)
[ "$mounts" = 0 ] || { echo "$mounts mounts are left"; failures=$((failures + 1)); }
finish
