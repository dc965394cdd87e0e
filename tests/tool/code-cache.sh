#!/bin/sh
# Translations kept between processes: they are used, never seen, and as good as not there when anything does not fit.
. "$(dirname "$0")/lib.sh.inc"
cd "$TMPDIR" || exit 1
cat >t.c <<'EOF'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void *work(void *n) { volatile double x = 1; for (long i = 0; i < 20000; i++) x += x / (i + 1); return n; }
int main(int argc, char **argv)
{
        const char *what = argc > 1 ? argv[1] : "";
        if (!strcmp(what, "wait"))
                return puts("there") < 0 || fflush(stdout) || getchar() < 0;
        if (!strcmp(what, "maps")) { /* does the guest see anything of it? */
                char line[512];
                FILE *f = fopen("/proc/self/maps", "r");
                while (fgets(line, sizeof line, f))
                        if (strstr(line, "cache"))
                                fputs(line, stdout);
                return 0;
        }
        if (!strcmp(what, "threads")) {
                pthread_t t[8];
                for (long i = 0; i < 8; i++)
                        pthread_create(&t[i], 0, work, (void *)i);
                exit(7); /* while they run */
        }
        if (!strcmp(what, "dlopen")) {
                int sum = 0;
                for (int i = 0; i < 20; i++) {
                        void *l = dlopen("./l.so", RTLD_NOW);
                        sum += ((int (*)(int))dlsym(l, "f"))(i);
                        dlclose(l);
                }
                return printf("%d\n", sum) < 0;
        }
        return printf("hello\n") < 0;
}
EOF
echo 'int f(int x) { return x * N; }' >l.c
cross t.c -o t -pthread -ldl
cross -shared -fPIC -DN=3 l.c -o l.so
mkdir cache
run() { "$ENGINE" -L /usr/aarch64-linux-gnu --code-cache "$TMPDIR/cache" "$@"; }
kept() { ls "$1" | wc -l; }
check() { [ "$2" "$3" "$4" ] || { echo "$1: $2 $3 $4 is not so"; failures=$((failures + 1)); }; }

# A file that has just changed is not kept: its times may not change when it changes again.
touch t
expect 0 hello run ./t
new=$(kept cache)
sleep 4
expect 0 hello run ./t
check 'more is kept of a settled file' "$(kept cache)" -gt "$new"
[ -n "$(find cache -type f -perm /022)" ] && { echo 'kept files may be changed by others'; failures=$((failures + 1)); }

# The next process maps it and translates next to nothing; its own view of its memory has none of it.
mkfifo in out
"$ENGINE" -L /usr/aarch64-linux-gnu --code-cache "$TMPDIR/cache" ./t wait <in >out &
exec 3>in 4<out
read -r there <&4
grep -q "$TMPDIR/cache" "/proc/$!/maps" || { echo "nothing of the cache is mapped ($there)"; failures=$((failures + 1)); }
exec 3>&- 4<&-
wait
expect 0 '' run ./t maps

# Unused: an empty name, a folder that is not there, a relative one.
for dir in '' "$TMPDIR/nowhere" cache; do
        expect 0 hello "$ENGINE" -L /usr/aarch64-linux-gnu --code-cache "$dir" ./t
done
[ -e nowhere ] && { echo 'the engine made a folder'; failures=$((failures + 1)); }

# Threads that still run when the process ends; libraries that come and go.
for i in 1 2 3 4 5; do expect 7 '' run ./t threads; done
expect 0 570 run ./t dlopen
expect 0 570 run ./t dlopen
expect 0 hello run ./t

# Another library in the same place with the same size and modification time.
touch -r l.so stamp
cross -shared -fPIC -DN=5 l.c -o l2.so
cat l2.so >l.so
touch -r stamp l.so
sleep 4
expect 0 950 run ./t dlopen
expect 0 950 run ./t dlopen

# Files that do not fit are as good as none: cut off, another engine's, another user's to write, a folder, garbage.
damage()
{
        rm -rf bad && cp -r cache bad
        for f in bad/*; do eval "$1"; done
        expect 0 hello "$ENGINE" -L /usr/aarch64-linux-gnu --code-cache "$TMPDIR/bad" ./t
        expect 0 hello "$ENGINE" -L /usr/aarch64-linux-gnu --code-cache "$TMPDIR/bad" ./t
}
damage 'truncate -s 100 "$f"'
damage 'truncate -s -4096 "$f"'
damage ': >"$f"'
damage 'printf X | dd of="$f" bs=1 seek=20 conv=notrunc status=none; tail -c +4097 /dev/urandom 2>/dev/null | head -c 9000 | dd of="$f" bs=1 seek=4096 conv=notrunc status=none'
damage 'chmod 666 "$f"; head -c 200000 /dev/urandom | dd of="$f" bs=4096 seek=1 conv=notrunc status=none'
damage 'rm "$f"; mkdir "$f"'
damage 'rm "$f"; ln -s /etc/passwd "$f"'

# No room, no right, no file: the guest does not notice, and nothing half-written stays.
mkdir none limited
expect 0 hello sh -c "ulimit -f 8; exec '$ENGINE' -L /usr/aarch64-linux-gnu --code-cache '$TMPDIR/limited' ./t"
check 'nothing above the limit' "$(find limited -size +8 | wc -l)" = 0
expect 0 hello sh -c "ulimit -n 5; exec '$ENGINE' -L /usr/aarch64-linux-gnu --code-cache '$TMPDIR/none' ./t"
if unshare -rm true 2>/dev/null; then
        expect 0 hello unshare -rm sh -c "mount -t tmpfs -o size=32k none none && '$ENGINE' -L /usr/aarch64-linux-gnu --code-cache '$TMPDIR/none' ./t && ! ls -A none/.[0-9a-f]* 2>/dev/null"
fi

# Killed while it saves, many times over: what stays does no harm.
rm -rf killed && mkdir killed
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        "$ENGINE" -L /usr/aarch64-linux-gnu --code-cache "$TMPDIR/killed" ./t >/dev/null &
        sleep "0.0$((i % 4))$i"
        kill -9 $! 2>/dev/null
        wait $! 2>/dev/null
done
expect 0 hello "$ENGINE" -L /usr/aarch64-linux-gnu --code-cache "$TMPDIR/killed" ./t

# crossarm run makes the folder, one for each tree, and leaves nothing in the tree.
if unshare -rm true 2>/dev/null; then
        cross -static t.c -o ts -w 2>/dev/null
        mkdir -p tree/bin tree/tmp tree/etc home && cp ts tree/bin/t
        printf 'root:x:0:0::/:\nann:x:1000:1000::/:\n' >tree/etc/passwd
        touch -d '2020-01-01' tree/bin/t
        sleep 4
        find tree | sort >before
        expect 0 hello env HOME="$TMPDIR/home" XDG_CACHE_HOME= "$BIN/crossarm" run tree -- /bin/t
        for i in 1 2 3 4 5 6 7 8 9 10; do find tree | sort | cmp -s before - && break; sleep 0.3; done
        expect 0 '' sh -c 'find tree | sort | diff before -'
        check 'something is kept for the tree' "$(find home/.cache/crossarm/code/tree-*/ -type f | wc -l)" -ge 1
        expect 0 hello env HOME="$TMPDIR/home" XDG_CACHE_HOME= "$BIN/crossarm" run tree -- /bin/t
        mkdir named users
        if [ "$(id -u)" = 0 ]; then # several users in the tree: each keeps what it translates
                expect 0 hello env CROSSARM_CODE_CACHE="$TMPDIR/users" "$BIN/crossarm" run --user ann tree -- /bin/t
                check "something is kept by the tree's other users" "$(find users/tree-*/ -type f ! -uid 0 | wc -l)" -ge 1
        fi
        expect 0 hello env CROSSARM_CODE_CACHE="$TMPDIR/named" "$BIN/crossarm" run tree -- /bin/t
        check 'something is kept where the variable says' "$(find named/tree-*/ -type f | wc -l)" -ge 1
        expect 0 hello env HOME="$TMPDIR/home" XDG_CACHE_HOME= CROSSARM_CODE_CACHE= "$BIN/crossarm" run tree -- /bin/t
fi
finish
