# packages: apt ca-certificates
# alone
# apt over the network: lists, download, unpacking, the packages' scripts.
[ "$(uname -m)" = aarch64 ] || exit 1
set -e
export DEBIAN_FRONTEND=noninteractive
if ! apt-get update >log 2>&1 || grep -q '^[EW]:' log; then
        cat log
        exit 77
fi
apt-get install -y --no-install-recommends hello jq less perl-modules-5.36
hello
echo '[1, 2, {"a": null}]' | jq -c '.[2].a, (.[0:2] | add)'
apt-get install -y --reinstall --no-install-recommends libc-bin sed
apt-get purge -y hello jq less
[ ! -e /usr/bin/jq ]
dpkg --audit
