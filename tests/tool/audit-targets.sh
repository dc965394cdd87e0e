#!/bin/sh
# Long: the Debian rows of targets.def against the arm64 packages themselves: glibc's release and the kernel's by their packages' versions, the highest versions that
# libstdc++6 defines by readelf. Not every release of glibc defines a version of its own: the highest one there must not be above the row's. Of a release that is not served any more nothing is said.
. "$(dirname "$0")/lib.sh.inc"
[ "$LONG" = 1 ] || { echo 'only with --long: it fetches packages'; exit 77; }
for tool in apt-get dpkg-deb readelf; do
        command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
cd "$TMPDIR" || exit 1
mirror=$(sed -n 's/^URIs: *\(http[^ ]*\/debian\)\/\{0,1\}$/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\(http[^ ]*\/debian\)\/\{0,1\} .*/\2/p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1)
[ "$mirror" ] || { echo 'no Debian mirror in /etc/apt'; exit 77; }

# highest FILE PREFIX: of the versions that the library defines
highest()
{
        readelf -VW "$1" | sed '/needs section/,$d' | sed -n "s/.*Name: $2_\([0-9.]*\)\$/\1/p; s/.*Name: $2_\([0-9.]*\) .*/\1/p" | sort -V | tail -1
}

checked=0
for release in 10:buster 11:bullseye 12:bookworm 13:trixie; do
        row=debian${release%:*} suite=${release#*:} root=$PWD/${release#*:}
        mkdir -p "$root/lists/partial" "$root/archives/partial" "$root/etc/apt.conf.d" "$root/etc/preferences.d" "$root/x"
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$root/sources.list"
        apt="-q -o Dir::Etc=$root/etc -o Dir::Etc::sourcelist=$root/sources.list -o Dir::Etc::sourceparts=- -o Dir::State=$root -o Dir::State::status=/dev/null
                -o Dir::Cache=$root -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root"
        # shellcheck disable=SC2086
        if ! apt-get $apt update >"$root/log" 2>&1 || ! (cd "$root/x" && apt-get $apt download libc6 'libstdc++6' >>"$root/log" 2>&1); then
                echo "$row: not served"
                continue
        fi
        # shellcheck disable=SC2086
        kernel=$(apt-cache $apt show linux-image-arm64 | sed -n 's/^Version: \([0-9]*\.[0-9]*\).*/\1/p' | sort -V | head -1)
        for deb in "$root"/x/*.deb; do
                dpkg-deb -x "$deb" "$root/x"
        done
        libc=$(find "$root/x" -name 'libc.so.6' -o -name 'libc-2.*.so' | head -1) cxx=$(find "$root/x" -name 'libstdc++.so.6.*' ! -name '*.py' | head -1)
        release=$(dpkg-deb -f "$root"/x/libc6_*.deb Version | sed "s/^\([0-9]*\.[0-9]*\).*/\1/")
        top=$(printf "%s\n" "$release" "$(highest "$libc" GLIBC)" | sort -V | tail -1)
        [ "$top" = "$release" ] || { echo "$row: its libc6 $release defines GLIBC_$top"; failures=$((failures + 1)); }
        is="$release $(highest "$cxx" GLIBCXX) $(highest "$cxx" CXXABI) $kernel"
        says=$(sed -n "s/^TARGET(\"$row\", \"\([^\"]*\)\", \"\([^\"]*\)\", \"\([^\"]*\)\", \"\([^\"]*\)\".*/\1 \2 \3 \4/p" "$SOURCE/src/audit/targets.def")
        [ "$is" = "$says" ] || { echo "$row says $says; its packages have $is"; failures=$((failures + 1)); }
        echo "$row: $is"
        checked=$((checked + 1))
done
[ $checked -gt 0 ] || { echo 'no release of Debian can be fetched'; exit 77; }
finish
