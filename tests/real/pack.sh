# packages: tar gzip bzip2 xz-utils zstd libstdc++6 perl-base
# Archivers and compressors: the same bytes as native, and back again.
if [ "$1" = setup ]; then
        mkdir tree
        cp -rL /usr/share/perl/5.36.0/unicore /usr/lib/x86_64-linux-gnu/libstdc++.so.6 /usr/lib/x86_64-linux-gnu/libcrypto.so.3 /usr/bin/[a-f]* tree
        exit 0
fi
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf tree.tar tree; sha256sum <tree.tar; wc -c <tree.tar
check() { name=$1 pack=$2 unpack=$3; command -v ${pack%% *} >/dev/null || return 0; $pack <tree.tar >t.$name; echo "$name $(sha256sum <t.$name)"; $unpack <t.$name | cmp - tree.tar && echo "$name back"; rm -f t.$name; }
check gz1 'gzip -n1' 'gzip -dc'; check gz9 'gzip -n9' 'gunzip -c'; check bz 'bzip2 -9' 'bzip2 -dc'; check xz 'xz -T1 -3' 'xz -dc'; check xz2 'xz -T2 --block-size=4MiB -1' 'xz -T2 -dc'; check lz 'xz --format=lzma -2' 'xz -dc'
check zst 'zstd -q -3' 'zstd -dqc'; check zst19 'zstd -q -15 --single-thread' 'zstd -dqc'; check zstl 'zstd -q --long=27 -5 -T2' 'zstd -dqc --long=27'; check zstf 'zstd -q --fast=3' 'zstd -dqc'
xz -T1 -3 <tree.tar | xz -t && echo tested; echo damage; gzip -n <tree.tar | head -c 100000 | gzip -dc 2>&1 >/dev/null | tail -n1
mkdir -p out && tar -xf tree.tar -C out && diff -r tree out/tree && echo same; rm -rf out
tar --zstd -cf t.tzst tree 2>/dev/null && tar -tf t.tzst | wc -l; rm -f t.tzst; tar -czf - tree | tar -xzOf - | sha256sum
