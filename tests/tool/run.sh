#!/bin/sh
# crossarm run on a small rootfs of our own making: status, signals, environment, binds, users; with and without binfmt_misc.
. "$(dirname "$0")/lib.sh.inc"
cd "$TMPDIR" || exit 1
cat >t.c <<'EOF'
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv)
{
        char buf[4096];
        struct utsname u;
        const char *what = argc > 1 ? argv[1] : "";
        if (!strcmp(what, "exit"))
                return atoi(argv[2]);
        if (!strcmp(what, "signal"))
                return raise(atoi(argv[2]));
        if (!strcmp(what, "env"))
                return printf("%s\n", getenv(argv[2]) ? getenv(argv[2]) : "unset") < 0;
        if (!strcmp(what, "cat")) {
                int n = read(open(argv[2], O_RDONLY), buf, sizeof buf);
                return n < 0 || write(1, buf, n) != n;
        }
        if (!strcmp(what, "write"))
                return open(argv[2], O_WRONLY | O_CREAT, 0644) < 0;
        if (!strcmp(what, "id"))
                return printf("%d:%d %s\n", getuid(), getgid(), getcwd(buf, sizeof buf)) < 0;
        if (!strcmp(what, "spawn")) { /* a guest program that starts guest programs */
                int status = 0;
                if (vfork() == 0)
                        _exit((execv(argv[2], argv + 2), 99));
                wait(&status);
                return printf("child %x\n", status) < 0;
        }
        uname(&u);
        return printf("%s %d\n", u.machine, argc) < 0;
}
EOF
mkdir -p root/bin root/etc root/tmp
cross -static t.c -o root/bin/t
cross t.c -o dynamic
printf '#!/bin/t env\n' >root/bin/script && chmod +x root/bin/script
echo 'root:x:0:0:root:/root:/bin/sh' >root/etc/passwd
echo 'from outside' >outside
c=$BIN/crossarm
for how in '' --no-binfmt; do
        expect 0 'aarch64 1' $c run $how root t
        expect 0 'aarch64 3' $c run $how root -- t a b
        expect 0 'aarch64 1' $c run $how ./root/bin/t
        expect 7 '' $c run $how root t exit 7
        expect 255 '' $c run $how root t exit 255
        expect 143 '*' sh -c "$c run $how root t signal 15; exit \$?"
        expect 137 '*' sh -c "$c run $how root t signal 9; exit \$?"
        expect 139 '*' sh -c "$c run $how root t signal 11; exit \$?"
        expect 0 'b c' $c run $how --env 'A=b c' root t env A
        expect 0 'unset' env A=1 $c run $how --env A root t env A
        expect 0 'unset' env LD_LIBRARY_PATH=/x $c run $how root t env LD_LIBRARY_PATH
        expect 0 '/root' $c run $how root t env HOME
        expect 0 '0:0 /' $c run $how root t id
        expect 0 '0:0 /tmp' $c run $how --workdir /tmp root t id
        expect 0 'from outside' $c run $how --bind "$PWD/outside:/tmp/new/file:ro" root t cat /tmp/new/file
        expect 1 '' $c run $how --bind "$PWD:/mnt:ro" root t write /mnt/x
        expect 0 'child 300' $c run $how root t spawn /bin/t exit 3
        expect 0 'child f' $c run $how root t spawn /bin/t signal 15
        expect 0 'unset' $c run $how root script
        [ -e /usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1 ] && expect 5 '' $c run $how ./dynamic exit 5
        [ -s /etc/resolv.conf ] && expect 0 "$(cat /etc/resolv.conf)" $c run $how root t cat /etc/resolv.conf
done
[ "$(id -u)" = 0 ] && expect 0 '12:34 /' $c run --user 12:34 root t id
[ -s root/etc/resolv.conf ] && echo 'the rootfs was written to: etc/resolv.conf' && failures=$((failures + 1))
[ -e /proc/sys/fs/binfmt_misc/crossarm-aarch64 ] && echo 'a handler was left registered on the machine' && failures=$((failures + 1))
finish
