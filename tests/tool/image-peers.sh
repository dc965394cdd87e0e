#!/bin/sh
# What we push podman, buildah and skopeo pull and run, on our engine; what they push we pull and run; the digests stay.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/registry.sh.inc"
need skopeo buildah podman crun docker-registry
unshare -Urm mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc 2>/dev/null || { echo 'this kernel has no private binfmt_misc'; exit 77; }
cd "$TMPDIR" || exit 1
cat >t.c <<'EOT'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>
int main(int argc, char **argv)
{
        struct utsname u;
        uname(&u);
        if (argc > 3)
                close(creat(argv[3], 0644));
        printf("%s %s%s\n", u.machine, argc > 1 ? argv[1] : "-", access("/ran", F_OK) ? "" : ", ran");
        return argc > 2 ? atoi(argv[2]) : 0;
}
EOT
cross -static t.c -o t
"$SOURCE/tests/tool/make-image" lay program t
registry_start

# Without root: podman takes root of the whole machine for granted otherwise. Its programs and ours see the same place.
place=$(mktemp -d /tmp/crossarm-peers-XXXXXX) && chmod 777 "$place" || exit 1
trap 'kill $registry_pid 2>/dev/null; rm -rf "$place"' EXIT
cp "$BIN"/crossarm "$BIN"/crossarm-aarch64 "$BIN"/crossarm-image "$place" && cp -r lay "$place" && chmod -R a+rX "$place/lay" && cd "$place" || exit 1
as=
[ "$(id -u)" = 0 ] && as='setpriv --reuid=65534 --regid=65534 --clear-groups'
$as mkdir -m 700 home || exit 1
as="$as env HOME=$place/home TMPDIR=$place/home XDG_RUNTIME_DIR=$place/home XDG_CONFIG_HOME=$place/home CROSSARM_STORE=$place/home/store"
c="$as $place/crossarm"

# In a namespace of ours with our handler, which podman and buildah take for the one they would make themselves.
cat >containers.conf <<'EOT'
[containers]
default_ulimits = []
[engine]
runtime = "crun"
events_logger = "none"
cgroup_manager = "cgroupfs"
lock_type = "file"
EOT
cat >peer.sh <<'EOT'
mount -t tmpfs none /sys/fs/cgroup || exit 99
export _CONTAINERS_USERNS_CONFIGURED=done _CONTAINERS_ROOTLESS_UID=$2 _CONTAINERS_ROOTLESS_GID=$2 BUILDAH_ISOLATION=chroot
export CONTAINERS_CONF="$PWD/containers.conf"
storage="--root $HOME/root --runroot $HOME/run --storage-driver vfs --storage-opt vfs.ignore_chown_errors=true"
podman() { command podman --log-level error $storage "$@"; }
buildah() { command buildah --log-level error $storage "$@"; }
run() { podman run --rm --cgroups=disabled "$@" 2>$HOME/err || { s=$?; grep -v WARNING $HOME/err; return $s; }; }
eval "$1"
EOT
peer() { expect "$1" "$2" $c run --as-root sh "$place/peer.sh" "$3" "$($as id -u)"; }

digest=$(sed -n 's/.*"\(sha256:[0-9a-f]*\)".*/\1/p' lay/index.json)
expect 0 "$registry/ours:1 $digest" $c push -q oci:lay "$registry/ours:1"
peer 0 "*$digest" "podman pull -q --tls-verify=false --platform linux/arm64 $registry/ours:1; podman inspect --format '{{.Digest}}' $registry/ours:1"
peer 0 'aarch64 hello' "run --network=none $registry/ours:1 /bin/t hello"
peer 7 'aarch64 hello' "run --network=host $registry/ours:1 /bin/t hello 7"

# With a folder for translations the engine finds in its containers keep theirs, as doc/deploy.md shows it.
sed 's|^\[containers\]|&\nvolumes = ["'"$place"'/code:/run/crossarm-code"]|' containers.conf >keeping.conf
mkdir -m 1777 code
sleep 4 # files made a moment ago are not kept
peer 0 'aarch64 hello' "CONTAINERS_CONF=$place/keeping.conf; run --network=none $registry/ours:1 /bin/t hello"
check 'translations are kept for containers' "$(find code -type f | wc -l)" -ge 1

# buildah, which wants more than one id: from ours, with commands run in it, pushed, and then ours to run. What it runs leaves a file: now and
# then it loses the last output of a command that ends at once, a native one's, too.
peer_ids() { expect "$1" "$2" env HOME="$TMPDIR" "$place/crossarm" run --as-root sh "$place/peer.sh" "$3" "$(id -u)"; }
printf 'FROM %s/ours:1\nLABEL from=buildah\nRUN ["/bin/t", "built", "0", "/ran"]\nCMD ["/bin/t", "again"]\n' "$registry" >Containerfile
peer_ids 0 '*' "buildah build --tls-verify=false --platform linux/arm64 -t $registry/theirs:1 . &&
        buildah push -q --tls-verify=false --digestfile $TMPDIR/digest $registry/theirs:1"
expect 0 "$registry/theirs:1 linux/arm64 $(cat "$TMPDIR/digest")" $c pull -q "$registry/theirs:1"
expect 0 'aarch64 again, ran' $c run "$registry/theirs:1"
peer 0 'aarch64 again, ran' "podman pull -q --tls-verify=false --platform linux/arm64 $registry/theirs:1 >/dev/null; run --network=none $registry/theirs:1"
peer_ids 0 '*' "b=\$(buildah from --tls-verify=false --platform linux/arm64 $registry/ours:1) && buildah run \$b -- /bin/t 'by buildah' 0 /ran &&
        buildah config --cmd '/bin/t committed' \$b && buildah commit -q \$b $registry/theirs:2 && buildah push -q --tls-verify=false $registry/theirs:2"
expect 0 '*aarch64 committed, ran' $c run "$registry/theirs:2"

# skopeo, both ways.
expect 0 '' $as skopeo copy -q --all --src-tls-verify=false "docker://$registry/ours:1" oci:home/copy:x
expect 0 "oci:home/copy:x linux/arm64 $digest" $c pull -q oci:home/copy:x
expect 0 '' $as skopeo copy -q --dest-tls-verify=false oci:home/copy:x "docker://$registry/skopeo:1"
expect 0 "$registry/skopeo:1 linux/arm64 $digest" $c pull -q "$registry/skopeo:1"
cd "$TMPDIR" && $c run --as-root rm -rf "$place/home"
finish
