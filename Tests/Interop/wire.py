"""The few primitives that nostr-sdk's binding does not offer: NIP-44 on raw bytes, bech32, the blake3 tag."""

import base64
import hashlib
import hmac
import struct

from blake3 import blake3

P = 2**256 - 2**32 - 977
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


def add(p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0] and (p[1] + q[1]) % P == 0:
        return None
    if p == q:
        slope = 3 * p[0] * p[0] * pow(2 * p[1], -1, P) % P
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, P) % P
    x = (slope * slope - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P


def multiply(scalar, point):
    result = None
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def public_key(secret):
    return multiply(int.from_bytes(secret, "big"), G)[0].to_bytes(32, "big").hex()


def conversation_key(secret, peer):
    x = int(peer, 16)
    y = pow(x**3 + 7, (P + 1) // 4, P)
    shared = multiply(int.from_bytes(secret, "big"), (x, y if y % 2 == 0 else P - y))
    return hmac.new(b"nip44-v2", shared[0].to_bytes(32, "big"), hashlib.sha256).digest()


def chacha20(key, nonce, data):
    def rotate(value, count):
        return (value << count | value >> (32 - count)) & 0xFFFFFFFF

    def quarter(s, a, b, c, d):
        s[a] = (s[a] + s[b]) & 0xFFFFFFFF
        s[d] = rotate(s[d] ^ s[a], 16)
        s[c] = (s[c] + s[d]) & 0xFFFFFFFF
        s[b] = rotate(s[b] ^ s[c], 12)
        s[a] = (s[a] + s[b]) & 0xFFFFFFFF
        s[d] = rotate(s[d] ^ s[a], 8)
        s[c] = (s[c] + s[d]) & 0xFFFFFFFF
        s[b] = rotate(s[b] ^ s[c], 7)

    out = bytearray()
    for counter in range((len(data) + 63) // 64):
        start = list(
            struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce)
        )
        state = start[:]
        for _ in range(10):
            for lane in range(4):
                quarter(state, lane, lane + 4, lane + 8, lane + 12)
            for lane in range(4):
                quarter(state, lane, (lane + 1) % 4 + 4, (lane + 2) % 4 + 8, (lane + 3) % 4 + 12)
        block = struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(state, start)))
        chunk = data[64 * counter : 64 * counter + 64]
        out += bytes(a ^ b for a, b in zip(chunk, block))
    return bytes(out)


def nip44_open(secret, peer, payload):
    """The plaintext bytes of a NIP-44 v2 payload."""
    raw = base64.b64decode(payload, validate=True)
    assert raw[0] == 2, "version 2"
    nonce, ciphertext, mac = raw[1:33], raw[33:-32], raw[-32:]
    key = conversation_key(secret, peer)
    keys, block = b"", b""
    for count in range(1, 4):
        block = hmac.new(key, block + nonce + bytes([count]), hashlib.sha256).digest()
        keys += block
    expected = hmac.new(keys[44:76], nonce + ciphertext, hashlib.sha256).digest()
    assert hmac.compare_digest(expected, mac), "the MAC is right"
    padded = chacha20(keys[:32], keys[32:44], ciphertext)
    length = struct.unpack(">H", padded[:2])[0]
    assert set(padded[2 + length :]) <= {0}, "the padding is zeros"
    return padded[2 : 2 + length]


def bech32_decode(text, prefix):
    """The bytes of a BIP-173 string with that prefix."""
    alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    assert text == text.lower() and text.startswith(prefix + "1"), "lower-case with its prefix"
    values = [alphabet.index(letter) for letter in text[len(prefix) + 1 :]]
    check = 1
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + values
    for value in expanded:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> bit & 1:
                check ^= term
    assert check == 1, "the BIP-173 checksum is right"
    number = 0
    for value in values[:-6]:
        number = number << 5 | value
    bits = 5 * len(values[:-6])
    return (number >> bits % 8).to_bytes(bits // 8, "big")


def blake3_tag(content):
    digest = blake3(content.encode()).digest()
    return "bk-" + base64.b32encode(digest).decode().lower().rstrip("=")
