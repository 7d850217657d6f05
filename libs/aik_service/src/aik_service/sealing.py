"""Secrets at rest: sealed with a key from the settings, so that a copy of the database gives nothing away."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from pydantic import SecretStr


class SealBroken(Exception):
    """The secret was sealed with another key: set AIK_SECRET_KEY to the old one, or rotate the secret."""

    code = "seal-broken"


class Sealer:
    """`key` is any long random text; Fernet's key is its SHA-256."""

    def __init__(self, key: SecretStr) -> None:
        self._fernet = Fernet(urlsafe_b64encode(sha256(key.get_secret_value().encode()).digest()))

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SealBroken from error
