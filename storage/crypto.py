"""The vault: AES-256-GCM for everything secret, bound to the place it is kept.

An envelope is `version | key id | nonce | ciphertext + tag`. The associated data names workspace, provider and
field, so that a ciphertext moved to another row does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.kit.errors import LiveAssistError

_VERSION = b"\x01"
_KEY_ID, _NONCE = 4, 12


class CannotDecrypt(LiveAssistError):
    """A stored secret cannot be opened with the keys given; check LIVE_ASSIST_ENCRYPTION_KEYS."""


class Vault:
    """Seals with the first key, opens with any."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != 32 for key in keys):
            raise ValueError("every encryption key has 32 bytes")
        self._sealing = self._id(keys[0])
        self._ciphers = {self._id(key): AESGCM(key) for key in keys}

    @staticmethod
    def _id(key: bytes) -> bytes:
        return hashlib.sha256(b"live-assist key id" + key).digest()[:_KEY_ID]

    def seal(self, secret: bytes, *, bound_to: str) -> bytes:
        """Encrypt; the same `bound_to` is needed to open it again."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self._sealing].encrypt(nonce, secret, bound_to.encode())
        return _VERSION + self._sealing + nonce + sealed

    def open(self, envelope: bytes, *, bound_to: str) -> bytes:
        """Decrypt. Raises CannotDecrypt for a wrong key, a wrong place or a changed byte."""
        key_id, nonce = envelope[1 : 1 + _KEY_ID], envelope[1 + _KEY_ID : 1 + _KEY_ID + _NONCE]
        cipher = self._ciphers.get(key_id)
        if envelope[:1] != _VERSION or cipher is None:
            raise CannotDecrypt
        try:
            return cipher.decrypt(nonce, envelope[1 + _KEY_ID + _NONCE :], bound_to.encode())
        except InvalidTag:
            raise CannotDecrypt from None


def parse_keys(text: str) -> list[bytes]:
    """Keys from LIVE_ASSIST_ENCRYPTION_KEYS: base64 of 32 bytes each, separated by commas or spaces.

    Raises ValueError with a sentence when one is not.
    """
    keys = []
    for part in text.replace(",", " ").split():
        try:
            key = base64.b64decode(part, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != 32:
            raise ValueError("every key in LIVE_ASSIST_ENCRYPTION_KEYS is 32 random bytes in base64")
        keys.append(key)
    return keys


def keys_from_file(path: Path) -> list[bytes]:
    """The generated keys in `path` (mode 0600), made on first use."""
    try:
        return parse_keys(path.read_text("ascii"))
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = base64.b64encode(os.urandom(32)) + b"\n"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return parse_keys(path.read_text("ascii"))
        with os.fdopen(handle, "wb") as file:
            file.write(fresh)
            file.flush()
            os.fsync(file.fileno())
        return parse_keys(fresh.decode("ascii"))
