# packages: openssl
# OpenSSL: digests, ciphers, MACs, key derivation, signatures with fixed keys.
if [ "$1" = setup ]; then
        head -c 3000000 /usr/lib/x86_64-linux-gnu/libcrypto.so.3 >m
        for n in 0 1 63 129; do tail -c $n m >m$n; done
        openssl genrsa -out rsa.pem 2048
        openssl genpkey -algorithm ed25519 -out ed.pem
        openssl genpkey -algorithm ed448 -out ed448.pem
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out ec.pem
        exit 0
fi
for d in md5 sha1 sha224 sha256 sha384 sha512 sha512-224 sha512-256 sha3-224 sha3-256 sha3-384 sha3-512 shake128 shake256 blake2b512 blake2s256 sm3 ripemd160 md5-sha1; do
        for f in m0 m1 m63 m129 m; do echo "$d $(openssl dgst -$d $f)"; done
done
K=000102030405060708090a0b0c0d0e0f1011121314151617; K32=${K}18191a1b1c1d1e1f; IV=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff
for c in aes-128-cbc aes-192-cbc aes-256-cbc aes-128-ctr aes-256-ctr aes-128-ecb aes-256-ecb aes-128-ofb aes-128-cfb aes-192-cfb8 aes-256-cfb1 chacha20 camellia-256-cbc aria-256-ctr sm4-cbc des-ede3-cbc; do
        case $c in *128*|sm4*) k=000102030405060708090a0b0c0d0e0f;; *192*|des*) k=$K;; *) k=$K32;; esac
        iv=$IV; case $c in des*) iv=f0f1f2f3f4f5f6f7;; esac; case $c in *ecb) set -- ;; *) set -- -iv $iv;; esac
        src=m; case $c in *cfb1) src=m129;; esac
        openssl enc -$c -K $k "$@" -in $src -out e && echo "$c $(sha256sum <e)" && openssl enc -d -$c -K $k "$@" -in e | cmp - $src && echo "$c back"
done
echo "pbkdf2 $(openssl enc -aes-256-cbc -pbkdf2 -iter 20000 -S 0102030405060708 -pass pass:secret -in m129 | sha256sum)"
openssl mac -cipher aes-128-cbc -macopt hexkey:000102030405060708090a0b0c0d0e0f -in m CMAC; openssl mac -digest sha256 -macopt hexkey:00010203 -in m HMAC; openssl mac -cipher aes-256-gcm -macopt hexkey:$K32 -macopt hexiv:f0f1f2f3f4f5f6f7f8f9fafb -in m GMAC
openssl mac -macopt hexkey:$K32 -in m Poly1305; openssl mac -macopt hexkey:$K32 -macopt size:32 -in m BLAKE2SMAC; openssl mac -macopt hexkey:$K32 -in m KMAC-256; openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -in m SipHash
openssl kdf -keylen 32 -kdfopt digest:SHA512 -kdfopt pass:pw -kdfopt salt:salt -kdfopt iter:20000 PBKDF2; openssl kdf -keylen 32 -kdfopt pass:pw -kdfopt salt:salt -kdfopt n:4096 -kdfopt r:8 -kdfopt p:1 SCRYPT; openssl kdf -keylen 42 -kdfopt digest:SHA256 -kdfopt key:sec -kdfopt salt:s -kdfopt info:i HKDF
# signatures that have no randomness in them are compared, the others are verified
openssl dgst -sha256 -sign rsa.pem m | sha256sum; openssl pkeyutl -sign -inkey ed.pem -rawin -in m129 | sha256sum; openssl pkeyutl -sign -inkey ed448.pem -rawin -in m129 | sha256sum
openssl dgst -sha384 -sign ec.pem -out s m && openssl ec -in ec.pem -pubout -out ecp.pem 2>/dev/null && openssl dgst -sha384 -verify ecp.pem -signature s m
openssl dgst -sha256 -sign rsa.pem -sigopt rsa_padding_mode:pss -out s m && openssl rsa -in rsa.pem -pubout -out rp.pem 2>/dev/null && openssl dgst -sha256 -verify rp.pem -sigopt rsa_padding_mode:pss -signature s m
for k in x25519 x448; do openssl genpkey -algorithm $k -out k1 && openssl genpkey -algorithm $k -out k2 && openssl pkey -in k1 -pubout -out p1 && openssl pkey -in k2 -pubout -out p2 && openssl pkeyutl -derive -inkey k1 -peerkey p2 -out d1 && openssl pkeyutl -derive -inkey k2 -peerkey p1 -out d2 && cmp d1 d2 && echo $k agrees; done
openssl genrsa 1024 2>/dev/null | openssl rsa -check -noout; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp521r1 -out k1 && openssl ec -in k1 -check -noout 2>&1 | tail -n1; openssl prime 1000000007 170141183460469231731687303715884105727
openssl req -x509 -key rsa.pem -subj /CN=x -days 3650 -out c.pem && openssl verify -CAfile c.pem c.pem; openssl version
echo 'hello' | openssl smime -encrypt -aes-256-cbc c.pem 2>/dev/null | openssl smime -decrypt -inkey rsa.pem -recip c.pem
