"""How long to wait before the next try; pure, since the wait is told in an event and kept in a row."""

from hashlib import sha256


def jittered(planned: float, share: float, *cause: object) -> float:
    """`planned`, up to `share` of it more or less; the same causes give the same wait."""
    digest = sha256("\x1f".join(str(part) for part in cause).encode()).digest()
    point = int.from_bytes(digest[:4]) / 0xFFFFFFFF
    return planned * (1 - share + 2 * share * point)


def exponential(first: float, longest: float, failures: int) -> float:
    """The wait after so many failures (1…): doubled each time, up to the longest."""
    return min(longest, first * 2.0 ** min(failures - 1, 60))
