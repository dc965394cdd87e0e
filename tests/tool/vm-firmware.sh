#!/bin/sh
# crossarm vm firmware: descriptors good and bad, folders and masks, what the files hold against what is promised, and the choice.
. "$(dirname "$0")/lib.sh.inc"
A=/usr/share/AAVMF/AAVMF_CODE.fd V=/usr/share/AAVMF/AAVMF_VARS.fd MS=/usr/share/AAVMF/AAVMF_VARS.ms.fd
for file in $A $V $MS /usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_VARS_4M.fd; do
        [ -e $file ] || { echo "no $file"; exit 77; }
done
cd "$TMPDIR" || exit 1
firmware="$BIN/crossarm vm firmware"

# describe FILE CODE VARS ARCH FEATURES [FORMAT]
describe()
{
        cat >"$1" <<EOF
{ "description": "test", "interface-types": [ "uefi" ], "mapping": { "device": "flash",
    "executable": { "filename": "$2", "format": "${6:-raw}" }, "nvram-template": { "filename": "$3", "format": "raw" } },
  "targets": [ { "architecture": "$4", "machines": [ "virt-*" ] } ], "features": [ $5 ], "tags": [] }
EOF
}

# One descriptor at a time: the verdict.
judge()
{
        describe d.json "$3" "$4" "$5" "$6" "${7:-raw}"
        # shellcheck disable=SC2086
        expect "$1" "$2" $firmware d.json
}
judge 0 '*d.json*aarch64*flash pair*good*' $A $V aarch64 ''
judge 0 '*good*enrolled-keys, secure-boot*' $A $MS aarch64 '"secure-boot", "enrolled-keys"'
judge 0 '*good*note: the feature wings is not known*' $A $V aarch64 '"wings"'
judge 1 '*broken*enrolled-keys is promised*no platform key*' $A $V aarch64 '"secure-boot", "enrolled-keys"'
judge 1 '*broken*has a platform key*Security Violation*' $A $MS aarch64 ''
judge 1 '*broken*holds code for aarch64, not for arm*' $A $V arm ''
judge 1 '*broken*holds code for i386, not for aarch64*3653632 bytes, a flash chip of aarch64 has 67108864*' \
        /usr/share/OVMF/OVMF_CODE_4M.fd $V aarch64 ''
judge 0 '*good*' /usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_VARS_4M.fd x86_64 ''
judge 1 '*holds variables, not code*the template of the variables, holds code*' $MS $A aarch64 ''
judge 1 '*cannot open /nowhere: no such file*' /nowhere $V aarch64 ''
judge 1 '*/dev/null is no regular file*' /dev/null $V aarch64 ''
judge 1 '*no whole path: code.fd*' code.fd $V aarch64 ''
judge 1 "*malformed*target 1 is for sw64*libvirt stops*" $A $V sw64 ''
judge 1 '*is said to be qcow2, but is not*' $A $V aarch64 '' qcow2
judge 1 '*format of "executable" is vhd*' $A $V aarch64 '' vhd
truncate -s 64M zeroes
judge 0 '*warning*no UEFI firmware volume*' "$PWD/zeroes" $V aarch64 ''
if command -v qemu-img >/dev/null; then
        qemu-img convert -O qcow2 -o cluster_size=4096 $A code.qcow2
        judge 0 '*good*' "$PWD/code.qcow2" $V aarch64 '' qcow2
        judge 1 '*holds code for aarch64, not for arm*' "$PWD/code.qcow2" $V arm '' qcow2
        qemu-img convert -c -O qcow2 $A small.qcow2
        judge 1 '*damaged or compressed qcow2*' "$PWD/small.qcow2" $V aarch64 '' qcow2
        head -c 300000 code.qcow2 >cut.qcow2
        judge 1 '*damaged or compressed qcow2*' "$PWD/cut.qcow2" $V aarch64 '' qcow2
fi
echo '{ nope' >d.json
expect 1 '*malformed*it is no valid JSON: line 1*' $firmware d.json
echo '[]' >d.json
expect 1 '*it is JSON, but no object*' $firmware d.json
expect 1 '*no \\"mapping\\"*no list \\"targets\\"*' "$BIN/crossarm" vm firmware --json /dev/stdin <<'EOF'
{ "description": "x", "interface-types": [ "uefi" ], "features": [], "tags": [] }
EOF
# Where libvirt stops, and where it only finds nothing for a guest.
describe d.json $A $V aarch64 ''
sed 's/, "format": "raw" },/ },/' d.json >formatless.json
expect 1 '*malformed*no "format"*libvirt stops*' $firmware formatless.json
sed 's/"machines": \[[^]]*\]/"machines": []/' d.json >machineless.json
expect 1 '*broken*target 1 has no machines*' $firmware machineless.json
sed 's/"targets": \[.*\], "features/"targets": [], "features/' d.json >targetless.json
expect 1 '*broken*for no architecture*' $firmware targetless.json
if $firmware machineless.json targetless.json | grep 'libvirt stops'; then
        echo 'an empty list stops libvirt'
        failures=$((failures + 1))
fi
# libvirt reads a MiB.
{ sed '/description/s/test.*//' d.json | head -1 | tr -d '\n'; head -c 1000000 /dev/zero | tr '\0' x; sed 's/.*"test//' d.json; } >long.json
expect 0 '*good*' $firmware long.json
{ sed '/description/s/test.*//' d.json | head -1 | tr -d '\n'; head -c 1050000 /dev/zero | tr '\0' x; sed 's/.*"test//' d.json; } >longer.json
expect 1 '*malformed*larger than 1 MiB*libvirt stops*' $firmware longer.json
expect 1 '*cannot be read: no such file*' $firmware /nowhere
expect 2 "*no feature 'wings'*secure-boot*" $firmware --arch aarch64 --with wings
expect 2 '*want --arch*' $firmware --machine virt

# The choice: by order, features, machine; a broken one hides none behind it.
echo '{ nope' >10-bad.json
describe 20-keys.json $A $MS aarch64 '"secure-boot", "enrolled-keys"'
describe 30-plain.json $A $V aarch64 ''
describe 40-later.json $A $V aarch64 ''
expect 0 '*from *20-keys.json*' $firmware --arch aarch64 10-bad.json 20-keys.json 30-plain.json
expect 0 '*from *30-plain.json*10-bad.json *it is for no arch*20-keys.json *it has enrolled-keys*40-later.json *30-plain.json comes before*' \
        $firmware --arch arm64 --machine virt-7.2 --without enrolled-keys 10-bad.json 20-keys.json 30-plain.json 40-later.json
expect 1 '*no firmware for aarch64 on pc*30-plain*not for the machine*' $firmware --arch aarch64 --machine pc 30-plain.json
sed 's/virt-\*/virt-?.?/' 30-plain.json >35-digits.json
expect 0 '*from *35-digits.json*' $firmware --arch aarch64 --machine virt 35-digits.json
expect 1 '*no firmware for armv7l*qemu-efi-arm*' $firmware --arch armv7l 30-plain.json
expect 1 '*no firmware for aarch64 on any machine is usable: 30-plain.json: it lacks secure-boot*' $firmware --arch aarch64 --with secure-boot 30-plain.json
expect 0 '*"chosen": true*' $firmware --json --arch aarch64 30-plain.json

# The folders of a user's session: a file of one's own hides the system's, an empty one just hides. (root's sessions look at no home.)
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && [ -e /usr/share/qemu/firmware/60-edk2-aarch64.json ]; then
        home=$(mktemp -d /tmp/fw.XXXXXX)
        mkdir -p "$home/qemu/firmware"
        : >"$home/qemu/firmware/40-edk2-aarch64-secure-enrolled.json"
        describe "$home/qemu/firmware/60-edk2-arm.json" $A $V aarch64 ''
        chmod -R a+rX "$home"
        as_user="setpriv --reuid=65534 --clear-groups env XDG_CONFIG_HOME=$home $firmware --connect qemu:///session"
        expect 1 '*40-edk2-aarch64-secure-enrolled.json*hides*60-edk2-arm.json*aarch64*' $as_user
        expect 0 "*from *$home/qemu/firmware/60-edk2-arm.json*40-edk2*it is empty*" $as_user --arch aarch64 --without verbose-static
        expect 0 '*60-edk2-aarch64.json*' $as_user --arch aarch64 --with verbose-static
        # What is no file libvirt passes by, and it hides nothing; a link to nowhere stops it.
        ln -sf /dev/null "$home/qemu/firmware/50-edk2-aarch64-secure.json"
        mkdir "$home/qemu/firmware/99-folder"
        expect 1 '*50-edk2-aarch64-secure.json*warning: it is no regular file*hides nothing*' $as_user
        ln -s 98-loop.json "$home/qemu/firmware/97-loop.json"
        ln -s 97-loop.json "$home/qemu/firmware/98-loop.json"
        expect 1 '*97-loop.json: malformed: it cannot be read: too many*98-loop.json: malformed*libvirt stops*' $as_user
        rm -rf "$home"
fi
finish
