#!/bin/sh
# Long: packages from npm and Debian as they are served, whose truth was looked up by hand (readelf, unzip, a boot), and what crossarm audit says about each.
. "$(dirname "$0")/lib.sh.inc"
[ "$LONG" = 1 ] || { echo 'only with --long: it fetches packages'; exit 77; }
command -v npm >/dev/null || { echo 'no npm'; exit 77; }
cd "$TMPDIR" || exit 1

# WHERE PACKAGE VERDICT CODES: the findings above notes
table='
npm tree-sitter-html@0.23.2 mislabelled path-says-other,x86-only
npm tree-sitter-typescript@0.23.2 mislabelled path-says-other,x86-only
npm tree-sitter-python@0.23.6 mislabelled path-says-other,x86-only
npm tree-sitter@0.22.4 arm64 -
npm node-pty@1.2.0-beta.2 mislabelled path-says-other,x86-only
npm leveldown@6.1.1 arm64 arm64-floor-higher
npm argon2@0.45.1 arm64 -
npm bcrypt@6.0.0 arm64 -
npm utf-8-validate@6.0.6 needs_rebuild x86-only
npm better-sqlite3@12.11.1 unknown install-downloads
npm 7zip-bin@5.2.0 arm64 -
npm @esbuild/linux-arm64@0.28.2 arm64 -
npm @aws-cdk/asset-kubectl-v20@2.1.4 needs_rebuild x86-only
npm @aws-cdk/asset-awscli-v1@2.2.296 needs_rebuild x86-only
npm kotlin-compiler@1.6.21 needs_rebuild arm64-partly,x86-only
npm kotlin-compiler@2.4.20 arm64 -
apt qemu-efi-aarch64 harmless -
apt ovmf harmless x86-firmware-in-noarch
apt libc6-arm64-cross harmless -
apt syslinux-common harmless x86-firmware-in-noarch
apt u-boot-qemu harmless -
apt python3-distlib harmless -
apt python3-setuptools-whl harmless -
apt libc6-dev-x32 needs_rebuild x86-only
apt libc6-i386 needs_rebuild x86-only
apt wasi-libc portable -
'
fetched=0
while read -r where package verdict codes; do
        [ "$where" ] || continue
        rm -rf one && mkdir one && cd one || exit 1
        case $where in
        npm) npm pack --silent "$package" >/dev/null 2>&1 ;;
        apt) apt-get download "$package" >/dev/null 2>&1 ;;
        esac
        cd ..
        file=$(echo one/*)
        [ -f "$file" ] || { echo "$package cannot be fetched"; continue; }
        fetched=$((fetched + 1))
        "$BIN/crossarm" audit --no-cache --json "$file" >report.json 2>err
        said=$(python3 -c 'import json
def codes(a):
    return {f["code"] for f in a["findings"] if f["severity"] != "note"}.union(*map(codes, a["parts"]))
t = json.load(open("report.json"))["targets"][0]
print(t["verdict"].replace(" ", "_"), ",".join(sorted(codes(t))) or "-")')
        [ "$said" = "$verdict $codes" ] || { echo "$package: $said, expected $verdict $codes"; cat err; failures=$((failures + 1)); }
done <<END
$table
END
[ $fetched -gt 0 ] || { echo 'no package can be fetched'; exit 77; }
echo "$fetched packages"
finish
