"""Secrets that have to be read again are kept sealed (AES-256-GCM), each for the row it stands in.

The key is not in the database and in no backup: whoever finds one of those alone reads no secret in it.
"""

import base64
import hashlib
import os
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12  # bytes


class Unreadable(Exception):
    """It was sealed with another key, or for another row."""


def seal(key: str, secret: str, owner: uuid.UUID) -> str:
    nonce = os.urandom(NONCE)
    return base64.urlsafe_b64encode(nonce + _cipher(key).encrypt(nonce, secret.encode(), owner.bytes)).decode()


def unseal(key: str, sealed: str, owner: uuid.UUID) -> str:
    """Raises Unreadable."""
    try:
        raw = base64.urlsafe_b64decode(sealed)
        return _cipher(key).decrypt(raw[:NONCE], raw[NONCE:], owner.bytes).decode()
    except (InvalidTag, ValueError):
        raise Unreadable from None


def _cipher(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"second step\n" + key.encode()).digest())
