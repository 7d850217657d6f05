"""Sizes as people read them."""


def size(size_bytes: int) -> str:
    """In decimal units, as file managers show them."""
    for unit, one in (("MB", 1_000_000), ("kB", 1_000)):
        if size_bytes >= one:
            return f"{size_bytes / one:.1f} {unit}"
    return f"{size_bytes} B"
