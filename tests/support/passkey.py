"""A device that makes a passkey and signs with it, as WebAuthn asks (level 3, sections 6.1 and 6.5), in a few lines.

It says of itself what a test has it say: whether it knew its owner, and how often it has signed.
"""

import hashlib
import json
import os
import struct
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

PRESENT, KNEW_ITS_OWNER, HAS_KEY = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One passkey under one name."""

    host: str
    origin: str
    signed: int = 0
    knows_its_owner: bool = True
    id: bytes = field(default_factory=lambda: os.urandom(16))
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str) -> str:
        """The answer to what a page asks for a new passkey."""
        told = self._told("webauthn.create", options)
        numbers = self._key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        data = self._data(HAS_KEY) + bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(key)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer({"clientDataJSON": told, "attestationObject": attestation})

    def give(self, options: str) -> str:
        """The answer to what a page asks of a passkey it knows."""
        told, data = self._told("webauthn.get", options), self._data(0)
        signature = self._key.sign(data + hashlib.sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer({"clientDataJSON": told, "authenticatorData": data, "signature": signature})

    def _told(self, kind: str, options: str) -> bytes:
        asked = json.loads(options)["challenge"]
        return json.dumps({"type": kind, "challenge": asked, "origin": self.origin, "crossOrigin": False}).encode()

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (KNEW_ITS_OWNER if self.knows_its_owner else 0)
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.signed)

    def _answer(self, response: dict[str, bytes]) -> str:
        named = {"id": bytes_to_base64url(self.id), "rawId": bytes_to_base64url(self.id), "type": "public-key"}
        return json.dumps({**named, "response": {name: bytes_to_base64url(each) for name, each in response.items()}})
