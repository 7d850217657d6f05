"""Answers that a client may keep, and asks about again by their ETag."""

import re
from hashlib import sha256

from cachetools import LRUCache
from fastapi.responses import Response
from pydantic import BaseModel

CACHED = {"Cache-Control": "private, no-cache"}
MOST_BYTES = 32 << 20
TAG = re.compile(r'(?:W/)?("[^"]*")')
VERSION_TAG = re.compile(r'(?:W/)?"v([1-9][0-9]{0,8})(?:\.[0-9a-f]+)?"')


def digest(*parts: object) -> str:
    """16 hex digits that follow from the parts."""
    return sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:16]


def version_tag(number: int, *parts: object) -> str:
    return f'"v{number}.{digest(*parts)}"'


def versions_named(if_match: str) -> set[int]:
    """The versions that an If-Match header names; what follows the number in a tag doesn't matter."""
    return {int(number) for number in VERSION_TAG.findall(if_match)}


def is_known(if_none_match: str | None, etag: str) -> bool:
    """The weak comparison of RFC 9110."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag.removeprefix("W/") in TAG.findall(if_none_match)


def not_modified(etag: str) -> Response:
    return Response(status_code=304, headers={**CACHED, "ETag": etag})


def cached(body: BaseModel | bytes, etag: str) -> Response:
    """`body` may be JSON already."""
    content = body if isinstance(body, bytes) else body.model_dump_json(by_alias=True)
    return Response(content, headers={**CACHED, "ETag": etag}, media_type="application/json")


class AnswerCache:
    """Answers by their ETag, which says all that they depend on: one that was made lately is given again."""

    def __init__(self) -> None:
        self._kept: LRUCache[str, bytes] = LRUCache(MOST_BYTES, getsizeof=len)

    def get(self, etag: str) -> bytes | None:
        content: bytes | None = self._kept.get(etag)
        return content

    def keep(self, etag: str, content: bytes) -> None:
        if len(content) <= MOST_BYTES:
            self._kept[etag] = content
