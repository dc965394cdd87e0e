# packages: python3 openssl
# libcrypto's authenticated modes, which `openssl enc` does not offer, over lengths around the block sizes.
python3 - <<'EOF'
import ctypes, hashlib

crypto = ctypes.CDLL('libcrypto.so.3')
pointer = ctypes.c_void_p
crypto.EVP_CIPHER_CTX_new.restype = crypto.EVP_get_cipherbyname.restype = pointer
crypto.EVP_CipherInit_ex.argtypes = [pointer, pointer, pointer, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int]
crypto.EVP_CipherUpdate.argtypes = [pointer, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int), ctypes.c_char_p, ctypes.c_int]
crypto.EVP_CipherFinal_ex.argtypes = [pointer, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]
crypto.EVP_CIPHER_CTX_ctrl.argtypes = [pointer, ctypes.c_int, ctypes.c_int, ctypes.c_char_p]
crypto.EVP_CIPHER_CTX_free.argtypes = [pointer]
GET_TAG = 0x10
data = bytes((i * 7 + i // 251) & 255 for i in range(70000))


def encrypt(name, key_size, size):
    aead = not name.endswith(('ctr', 'xts'))
    iv = bytes(range(12 if aead else 16))
    ctx, n, last = crypto.EVP_CIPHER_CTX_new(), ctypes.c_int(), ctypes.c_int()
    out, end, tag = (ctypes.create_string_buffer(k) for k in (size + 64, 64, 16))
    assert crypto.EVP_CipherInit_ex(ctx, crypto.EVP_get_cipherbyname(name.encode()), None, bytes(range(1, key_size + 1)), iv, 1)
    if aead:
        assert crypto.EVP_CipherUpdate(ctx, None, ctypes.byref(n), data[:size % 50], size % 50)
    assert crypto.EVP_CipherUpdate(ctx, out, ctypes.byref(n), data[:size], size)
    assert crypto.EVP_CipherFinal_ex(ctx, end, ctypes.byref(last))
    if aead:
        assert crypto.EVP_CIPHER_CTX_ctrl(ctx, GET_TAG, 16, tag)
    crypto.EVP_CIPHER_CTX_free(ctx)
    return out.raw[:n.value] + end.raw[:last.value] + tag.raw


for name, key_size in (('aes-128-gcm', 16), ('aes-192-gcm', 24), ('aes-256-gcm', 32), ('chacha20-poly1305', 32), ('aes-128-ocb', 16),
                       ('aria-128-gcm', 16), ('aes-256-ctr', 32), ('aes-128-xts', 32)):
    sum = hashlib.sha256()
    for size in [*range(16, 300, 7), 1000, 4096, 65536, 69999]:
        sum.update(encrypt(name, key_size, size))
    print(name, sum.hexdigest())
EOF
