#!/bin/sh
# crossarm run IMAGE: what the image says to run and how, docker's options, statuses, signals, a terminal; nothing is kept unless named.
. "$(dirname "$0")/lib.sh.inc"
. "$(dirname "$0")/registry.sh.inc"
need skopeo docker-registry python3
cd "$TMPDIR" || exit 1
here=$SOURCE/tests/tool
c=$BIN/crossarm
export CROSSARM_STORE=$TMPDIR/store
cat >t.c <<'EOF'
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
extern char **environ;
static void caught(int s) { printf("caught %d\n", s); fflush(stdout); _exit(9); }
int main(int argc, char **argv)
{
        char buf[4096];
        struct utsname u;
        const char *what = argc > 1 ? argv[1] : "";
        if (!strcmp(what, "exit"))
                return atoi(argv[2]);
        if (!strcmp(what, "die"))
                return raise(atoi(argv[2]));
        if (!strcmp(what, "env")) {
                for (char **e = environ; *e; e++)
                        puts(*e);
                return 0;
        }
        if (!strcmp(what, "tty"))
                return printf("%s %d\n", isatty(0) ? ttyname(0) : "none", isatty(1)) < 0;
        if (!strcmp(what, "write"))
                return open(argv[2], O_WRONLY | O_CREAT, 0644) < 0;
        if (!strcmp(what, "there"))
                return access(argv[2], F_OK) < 0;
        if (!strcmp(what, "cat"))
                return write(1, buf, read(argv[2] ? open(argv[2], O_RDONLY) : 0, buf, sizeof buf)) < 0;
        if (!strcmp(what, "wait")) {
                signal(SIGTERM, caught);
                puts("waiting");
                fflush(stdout);
                sleep(20);
        }
        uname(&u);
        printf("%s %d:%d %s", u.machine, getuid(), getgid(), getcwd(buf, sizeof buf));
        for (int i = 0; i < argc; i++)
                printf(" %s", argv[i]);
        return puts("") < 0;
}
EOF
cross -static t.c -o t
gcc -O2 -w -static t.c -o t.x86 || exit 1
"$here/make-image" lay program t 'Entrypoint=["/bin/t"]' 'Cmd=["from","cmd"]' 'Env=["A=from image","PATH=/bin"]' 'WorkingDir="/srv/here"' 'User="5:6"' 'Volumes={"/data":{}}'
"$here/make-image" plain program t
"$here/make-image" liar program t.x86 'Entrypoint=["/bin/t"]'
"$here/make-image" named program t 'User="ann"' 'Cmd=["t"]' 'Env=["PATH=/bin"]'
registry_start
skopeo copy -q --dest-tls-verify=false oci:lay:latest "docker://$registry/lay:1"
[ "$(id -u)" = 0 ] && ids=5:6 user= || { ids=0:0 user='--user 0'; }
# shellcheck disable=SC2086
for image in "$registry/lay:1" oci:lay; do
        "$c" run $user "$image" >/dev/null 2>&1 # pulled
        expect 0 "*aarch64 $ids /srv/here /bin/t from cmd" "$c" run $user "$image"
        expect 0 "*aarch64 $ids /srv/here /bin/t one two" "$c" run $user "$image" one two
        expect 0 "*aarch64 $ids /srv/here /bin/t one" "$c" run $user -it "$image" -- one
        expect 0 '*aarch64 0:0 / t two' "$c" run -u 0 -w / --entrypoint t "$image" two
        expect 7 '*' "$c" run $user "$image" exit 7
done
image=$registry/lay:1
expect 143 '*' sh -c "$c run $user $image die 15; exit \$?"
expect 0 'A=from image*' sh -c "HOSTS=secret $c run $user $image env | grep -v -e '^HOME=' -e '^USER=' -e '^LOGNAME=' -e '^TERM=' -e '^CROSSARM_' | sort"
# The cache of translations is this machine's, though the image knows nothing of it.
mkdir kept
expect 0 '' env -u CROSSARM_CODE_CACHE XDG_CACHE_HOME="$TMPDIR/kept" "$c" run -u 0 "$image" write /new
expect 0 'kept/crossarm/code/tree-*' ls -d kept/crossarm/code/tree-*
expect 1 '' sh -c "HOSTS=secret $c run $user $image env | grep HOSTS"
expect 0 'A=mine' sh -c "$c run $user -e A=mine $image env | grep ^A="
expect 0 'A=theirs' sh -c "A=theirs $c run $user -e A $image env | grep ^A="
[ -r /etc/hosts ] && expect 0 "$(cat /etc/hosts)" "$c" run $user "$image" cat /etc/hosts
echo 'from outside' >outside
expect 0 'from outside' "$c" run -u 0 -v "$PWD/outside:/data/file:ro" "$image" cat /data/file
expect 0 'from outside' sh -c "$c run $user -i $image cat <outside"
expect 0 '' "$c" run $user "$image" there /data
if command -v script >/dev/null; then
        expect 0 '/dev/pts/* 1*' script -qec "$c run $user -it $image tty" /dev/null
fi
# A signal to the process that was started reaches the program: it is that process.
"$c" run $user "$image" wait >out 2>&1 &
pid=$!
until grep -q waiting out; do sleep 0.05; kill -0 $pid 2>/dev/null || break; done
kill -TERM $pid
wait $pid
expect 0 "9 waiting*caught 15" echo "$? $(cat out)"

# What is written is not kept, unless it has a name.
"$c" run -u 0 "$image" write /new
expect 1 '' "$c" run -u 0 "$image" there /new
expect 0 '' "$c" run -u 0 --name box "$image" write /new
expect 0 '' "$c" run -u 0 --name box "$image" there /new
expect 1 '' "$c" run -u 0 --rm --name box "$image" there /new
expect 126 '*box was made from another image*' "$c" run -u 0 --name box oci:plain t
# One run of a container at a time; the next one may begin when it has ended, however that was.
"$c" run -u 0 --name box "$image" wait >out 2>&1 &
pid=$!
until grep -q waiting out; do sleep 0.05; kill -0 $pid 2>/dev/null || break; done
expect 126 '*the container box is being run already*' "$c" run -u 0 --name box "$image" there /new
expect 0 '' "$c" run -u 0 --name other "$image" write /new
kill -9 $pid
expect 0 '' "$c" run -u 0 --name box "$image" there /new

# A program that does not start leaves no container, and the next run with that name need not wait for it.
containers() { "$BIN/crossarm" image list | grep '(container)' | awk '{ print $1 }' | sort; }
before=$(containers)
expect 127 '*' "$c" run --name never --entrypoint nothing-of-that-name "$image"
expect 126 '*' "$c" run --name never -w /nowhere "$image" t
expect 126 '*no such user*' "$c" run --name never oci:named
expect 126 '*' env CROSSARM_ENGINE=/nowhere "$c" run --name never "$image" t
expect 0 '' "$c" run -u 0 --name box "$image" there /new
expect 127 '*' "$c" run --name box --entrypoint nothing-of-that-name "$image"
expect 0 '' "$c" run -u 0 --name box "$image" there /new
for i in $(seq 100); do [ "$(containers)" = "$before" ] && break; sleep 0.02; done
expect 0 "$before" containers
expect 0 '' "$c" run -u 0 --name never "$image" write /new
expect 2 '*--name wants*' "$c" run --name ../x "$image"
expect 1 '' sh -c "ls $CROSSARM_STORE/rootfs/*/tree | grep new"

# Users by name come from the image; a missing one is said.
expect 126 '*no such user*' "$c" run oci:named
expect 0 '*aarch64 0:0 / t' "$c" run -u 0 oci:named

# What is not there.
expect 127 'crossarm: the store has no*' "$c" run --pull never "$registry/none"
expect 127 'crossarm: the registry*does not have*' "$c" run "$registry/none"
expect 126 'crossarm: cannot reach the registry*' "$c" run 127.0.0.1:1/x
expect 2 '*no platform*' "$c" run --platform what "$image"
expect 2 '*always, missing or never*' "$c" run --pull often "$image"
expect 127 'crossarm: cannot find the program nothing*' "$c" run $user --entrypoint nothing "$image"
expect 127 '*' "$c" run ./nothing:1

# A liar is named and runs with what its files need; here that is this machine.
expect 0 '*oci:liar says linux/arm64, but 1 of its 1 programs and libraries are for amd64: /bin/t*x86_64 0:0 / /bin/t' "$c" run oci:liar
# Not there any more: the registry is not asked for what is in the store.
kill "$registry_pid"
expect 0 "aarch64 $ids /srv/here /bin/t from cmd" "$c" run $user "$image"
finish
