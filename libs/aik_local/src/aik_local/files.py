"""Small files that are replaced as a whole, so that a reader sees the old one or the new one."""

import os
from pathlib import Path


def replace(path: Path, text: str, *, private: bool = False) -> None:
    """Write and rename; a private file can be read by its owner only, from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
