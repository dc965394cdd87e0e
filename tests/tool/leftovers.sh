#!/bin/sh
# A box killed at any moment leaves its tree as it was, to the nanosecond, and no process, mount or handler; and what the masks show inside.
. "$(dirname "$0")/lib.sh.inc"
cd "$TMPDIR" || exit 1
cat >t.c <<'EOF2'
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
int main(int argc, char **argv)
{
        char buf[4096];
        if (argc > 1 && !strcmp(argv[1], "stay")) { /* with children, one of them in a session of its own */
                fork();
                if (fork() == 0)
                        setsid();
                for (;;)
                        pause();
        }
        if (argc > 1 && !strcmp(argv[1], "daemon")) {
                if (fork() == 0)
                        for (setsid();;)
                                pause();
                return 0;
        }
        if (argc > 2 && !strcmp(argv[1], "write"))
                return open(argv[2], O_WRONLY | O_CREAT, 0644) < 0;
        for (int i = 1; i < argc; i++) {
                int fd = open(argv[i], O_RDONLY), n = fd < 0 ? -1 : read(fd, buf, sizeof buf);
                struct stat st;
                if (n < 0 || fstat(fd, &st))
                        printf("%s: none\n", argv[i]);
                else
                        printf("%s: %o %.*s\n", argv[i], st.st_mode & 0777, n, buf);
        }
        return 0;
}
EOF2
mkdir -p root/bin root/etc root/usr/sbin root/lib root/tmp bare/bin
cross -static t.c -o root/bin/t
cp root/bin/t bare/bin/t
cp "$BIN/crossarm" root/lib/wrong.so
: >root/usr/sbin/invoke-rc.d
echo 'nameserver 192.0.2.1' >root/etc/resolv.conf
echo '/lib/wrong.so # of another processor' >root/etc/ld.so.preload
c=$BIN/crossarm

# What is seen inside, and what stays outside.
tree() { find "$@" -printf '%p %y %m %U:%G %s %n %T@ %l\n' | sort; }
settle() { i=0; while ps -e -o stat=,comm= | grep -v '^Z' | grep -q crossarm-keeper && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done; }
tree root bare >before
expect 0 '/etc/ld.so.preload: 666 *policy-rc.d: 755 #!/bin/sh*exit 101*' "$c" run root t /etc/ld.so.preload /usr/sbin/policy-rc.d
settle # the run before takes its mount point away a moment after its end
expect 0 '/usr/sbin/policy-rc.d: none' "$c" run --services root t /usr/sbin/policy-rc.d
expect 0 '/etc/resolv.conf: 644 nameserver 192.0.2.1' "$c" run --resolv guest root t /etc/resolv.conf
expect 0 '/etc/resolv.conf: 644 ' "$c" run --resolv none root t /etc/resolv.conf
[ -s /etc/resolv.conf ] && expect 0 "/etc/resolv.conf: 644 $(cat /etc/resolv.conf)" "$c" run root t /etc/resolv.conf
[ -s /etc/resolv.conf ] && expect 0 "/etc/resolv.conf: 644 $(cat /etc/resolv.conf)" "$c" run bare t /etc/resolv.conf
expect 0 '/a/b/c: 644 in' sh -c 'echo in >in; exec "$@"' - "$c" run --bind "$PWD/in:/a/b/c" bare t /a/b/c
expect 0 '*' "$c" run --ephemeral root t write /tmp/new
expect 0 '/usr/sbin/policy-rc.d: 755 *' "$c" run --ephemeral root t /usr/sbin/policy-rc.d
expect 2 '*--resolv wants host, guest or none*' "$c" run --resolv mine root t
expect 2 '*--ephemeral go with a rootfs*' "$c" run --ephemeral root/bin/t
expect 0 '' "$c" run root t daemon
settle
tree root bare >after
expect 0 '' diff before after
ln -s ../run/resolve/stub.conf bare/etc.conf && mkdir bare/etc && mv bare/etc.conf bare/etc/resolv.conf && mkdir bare/run
[ -s /etc/resolv.conf ] && expect 0 "/etc/resolv.conf: 644 $(cat /etc/resolv.conf)" "$c" run bare t /etc/resolv.conf
settle
expect 0 '' find bare/run -mindepth 1
expect 0 '*' "$c" run root t write /tmp/new
expect 0 root/tmp/new ls root/tmp/new

# Two in one tree: the mount points stay until the last has ended. What a keeper left that was killed too, the next one takes away.
"$c" run bare t stay & first=$!
"$c" run bare t stay & second=$!
sleep 0.5
kill -9 $first
sleep 0.5
expect 0 '/proc/self/comm: *' "$c" run bare t /proc/self/comm
expect 0 'bare/proc' ls -d bare/proc
kill -9 $second
settle
expect 2 '*' ls -d bare/proc

cat >killer.py <<'END'
import os, random, signal, subprocess, sys, time
crossarm, rounds = sys.argv[1], int(sys.argv[2])
seed = int(time.time())
random.seed(seed)
mark = f'KILL_MARK={os.getpid()}'.encode()

def snapshot():
    out = []
    for tree in ('root', 'bare'):
        for base, dirs, files in os.walk(tree):
            for name in [base] + [os.path.join(base, f) for f in files]:
                s = os.lstat(name)
                out.append((name, s.st_mode, s.st_uid, s.st_gid, s.st_size, s.st_nlink, s.st_mtime_ns,
                            open(name, 'rb').read() if os.path.isfile(name) and not os.path.islink(name) else None))
    return sorted(out, key=lambda e: e[0])

def left():
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            state = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[0]
            if state not in 'ZX' and mark in open(f'/proc/{pid}/environ', 'rb').read().split(b'\0'):
                found.append(pid)
        except OSError:
            pass
    return found

def machine():
    handlers = os.listdir('/proc/sys/fs/binfmt_misc') if os.path.isdir('/proc/sys/fs/binfmt_misc') else []
    return open('/proc/self/mountinfo').read(), sorted(handlers)

before, machine_before = snapshot(), machine()
env = dict(os.environ, **dict([mark.decode().split('=')]))
kinds = [['root', 't', 'stay'], ['bare', 't', 'stay'], ['--ephemeral', 'root', 't', 'stay'], ['--ephemeral', 'bare', 't', 'write', '/x'],
         ['--bind', os.getcwd() + '/root:/mnt/deep', 'bare', 't', 'stay']]
for i in range(rounds):
    kind = random.choice(kinds)
    delay = random.random() * 0.06
    p = subprocess.Popen([crossarm, 'run'] + kind, env=env, stdin=subprocess.DEVNULL, start_new_session=True)
    time.sleep(delay)
    (p.kill if i % 3 else lambda: os.killpg(p.pid, signal.SIGKILL))()
    p.wait()
    until = time.time() + 20
    empty = 0 # a process that forks and ends while the list is read is not seen, nor is its child
    while empty < 4 and time.time() < until:
        empty = 0 if left() else empty + 1
        time.sleep(0.005)
    problems = [f'process {x} is left: ' + open(f'/proc/{x}/status').read().split('Tgid')[0].replace('\n', ' ') + open(f'/proc/{x}/cmdline').read().replace('\0', ' ') +
                os.readlink(f'/proc/{x}/ns/user') + open(f'/proc/{x}/wchan').read() for x in left()]
    now = snapshot()
    problems += [f'{x[0]} is not what it was' for x in set(before) ^ set(now)]
    problems += ['the mounts or handlers of the machine changed'] if machine() != machine_before else []
    if problems:
        sys.exit(f'round {i}, seed {seed}: {kind} killed after {delay * 1000:.1f} ms: ' + '; '.join(sorted(set(problems))))
print(f'{rounds} times')
END
rounds=60
[ "${LONG:-0}" = 1 ] && rounds=1500
expect 0 '*times' python3 killer.py "$c" $rounds
finish
