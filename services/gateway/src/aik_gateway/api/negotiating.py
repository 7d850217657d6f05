"""What a client would rather have: the Accept header of RFC 9110."""

import re

RANGE = re.compile(r"\s*([^;,\s]+)\s*((?:;[^,]*)?)")
QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*(?:;|$)", re.IGNORECASE)


def prefers(accept: str | None, named: str, default: str) -> bool:
    """Whether `named` is asked for by its name, and `default` not more so. A wildcard asks for nothing special."""
    qualities = _qualities(accept or "")
    quality = qualities.get(named, 0.0)
    wildcards = (default.partition("/")[0] + "/*", "*/*")
    others = next((qualities[one] for one in (default, *wildcards) if one in qualities), 0.0)
    return quality > 0 and quality >= others


def _qualities(accept: str) -> dict[str, float]:
    found = {}
    for kind, parameters in RANGE.findall(accept):
        quality = QUALITY.search(parameters)
        found[kind.lower()] = float(quality[1]) if quality else 1.0
    return found
