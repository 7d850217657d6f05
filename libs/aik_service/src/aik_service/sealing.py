"""Secrets at rest: sealed with a key from the settings, so that a copy of the database gives nothing away."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr


class SealBroken(Exception):
    """It was sealed with another key: set AIK_SECRET_KEY or AIK_SECRET_KEY_OTHER to that one, or rotate the secret."""

    code = "seal-broken"


class Sealer:
    """Seals with `key`; opens what was sealed with `other` as well: the key before, or the one that comes next.

    A key is any long random text; Fernet's key is its SHA-256.
    """

    def __init__(self, key: SecretStr, other: SecretStr | None = None) -> None:
        self._fernet = MultiFernet([_fernet(one) for one in (key, other) if one is not None])

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises SealBroken."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SealBroken from error

    def reseal(self, sealed: str) -> str:
        """The same, sealed with `key`. Raises SealBroken."""
        return self.seal(self.open(sealed))


def _fernet(key: SecretStr) -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(key.get_secret_value().encode()).digest()))
