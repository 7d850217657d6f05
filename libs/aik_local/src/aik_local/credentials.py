"""Keys and passwords of one suite: random, made once, readable by their owner only."""

import json
import secrets
from base64 import b64encode, urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aik_local.files import replace


@dataclass(frozen=True)
class Credentials:
    s3_access_key: str = field(default_factory=lambda: secrets.token_hex(10))
    s3_secret_key: str = field(default_factory=lambda: secrets.token_hex(20))
    s3_signing_key: str = field(default_factory=lambda: b64encode(secrets.token_bytes(32)).decode())
    postgres_password: str = field(default_factory=lambda: secrets.token_hex(16))
    secret_key: str = field(default_factory=lambda: urlsafe_b64encode(secrets.token_bytes(32)).decode())


def load_or_create(path: Path) -> Credentials:
    """The stored credentials, or new ones stored with mode 0600."""
    if not path.exists():
        replace(path, json.dumps(asdict(Credentials()), indent=2), private=True)
    return Credentials(**json.loads(path.read_text("utf-8")))
