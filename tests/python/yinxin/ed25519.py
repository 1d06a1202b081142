"""The strict Ed25519 rule of docs/spec/signatures.md, on top of the library's verification."""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    """Sum of two points in affine coordinates; complete, since D is no square."""
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, P - 2, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - product, P - 2, P) % P
    return x, y


def multiply(scalar, point):
    total = (0, 1)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def compress(point):
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


@lru_cache(maxsize=4096)
def decode_point(data):
    """The point of a canonical encoding (RFC 8032 section 5.1.3), or None."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if x * x % P != square or (x == 0 and sign == 1):
        return None
    return (P - x if x & 1 != sign else x), y


@lru_cache(maxsize=4096)
def is_strong_point(data):
    """True for a canonical encoding of a point whose order is above 8."""
    point = decode_point(data)
    return point is not None and multiply(8, point) != (0, 1)


@lru_cache
def small_order():
    """Canonical encodings of the eight points whose order divides 8: the multiples of one of order 8."""
    tries = (decode_point(number.to_bytes(32, "little")) for number in range(2, 100))
    points = (multiply(L, point) for point in tries if point)
    generator = next(point for point in points if multiply(4, point) != (0, 1))
    return frozenset(compress(multiply(number, generator)) for number in range(8))


def is_public_key(data):
    return type(data) is bytes and len(data) == 32 and is_strong_point(data)


def verify(public, message, signature):
    """True if the signature is good under the strict rule."""
    if len(signature) != 64 or not is_public_key(public):
        return False
    if int.from_bytes(signature[32:], "little") >= L or signature[:32] in small_order():
        return False  # the library compares R with the canonical encoding that it computes itself
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True
