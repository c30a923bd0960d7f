"""Words that wait in the outbox are read by this installation alone: they may hold a link that opens a letter."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@lru_cache(maxsize=8)
def _fernet(secret_key: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"khet outbox").derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def seal(secret_key: str, words: str) -> str:
    """What is kept of these words; nothing of none."""
    return _fernet(secret_key).encrypt(words.encode()).decode() if words else ""


def unseal(secret_key: str, kept: str, old: str = "") -> str:
    """The words. Raises ValueError where they were sealed with another key than this or the `old` one; what came before
    sealing is as it is."""
    if not kept.startswith("gAAAA"):
        return kept
    try:
        return MultiFernet([_fernet(key) for key in (secret_key, old) if key]).decrypt(kept.encode()).decode()
    except InvalidToken as error:
        raise ValueError("sealed with another secret key") from error
