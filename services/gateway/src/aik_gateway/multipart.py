"""Multipart uploads at S3, through presigned requests: minio's client has no public calls for them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Protocol, TypeVar
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

import httpx
from aik_service.objects import ObjectsUnavailable

from aik_gateway.multipart_xml import (
    StoredPart,
    Unfinished,
    begun,
    completion,
    error_code,
    is_completed,
    list_of_unfinished,
    page,
)
from aik_gateway.presigning import OwnSigner

T = TypeVar("T")
TIMEOUT = httpx.Timeout(30, connect=3)
CALL_TTL_S = 60
"""For a request that is made at once."""


class MultipartGone(Exception):
    """The store has no such multipart upload: completed, aborted, or never begun."""

    code = "multipart-gone"


class PartsRefused(Exception):
    """The store can't make an object of these parts."""

    code = "parts-refused"


class Multiparts(Protocol):
    """Uploads in parts: the object is there, whole, once `complete` has returned, and nothing of it before.

    Every method raises ObjectsUnavailable when the store doesn't answer, or fails.
    """

    async def begin(self, key: str, content_type: str) -> str:
        """The id of the new multipart upload."""

    async def parts(self, key: str, multipart_id: str) -> list[StoredPart]:
        """What is stored, by number. Raises MultipartGone."""

    async def complete(self, key: str, multipart_id: str, parts: Sequence[StoredPart]) -> None:
        """Raises MultipartGone and PartsRefused."""

    async def finished(self, key: str) -> tuple[int, str] | None:
        """The bytes and the etag of the object; None when there is none."""

    async def abort(self, key: str, multipart_id: str) -> None:
        """Removes what is stored of it; nothing happens when it is gone."""

    async def unfinished(self, prefix: str, limit: int) -> list[Unfinished]:
        """Multiparts below the prefix that are neither completed nor aborted, in the store's order."""


class S3Multiparts:
    def __init__(self, signer: OwnSigner, http: httpx.AsyncClient) -> None:
        self._signer = signer
        self._http = http

    async def begin(self, key: str, content_type: str) -> str:
        answer = await self._call("POST", key, {"uploads": ""}, headers={"Content-Type": content_type})
        return _read(begun, answer).multipart_id

    async def parts(self, key: str, multipart_id: str) -> list[StoredPart]:
        found: list[StoredPart] = []
        while True:
            marker = str(found[-1].number if found else 0)
            query = {"uploadId": multipart_id, "part-number-marker": marker, "max-parts": "1000"}
            some = _read(page, await self._call("GET", key, query))
            found += some.parts
            if not some.truncated or not some.parts:
                return found

    async def complete(self, key: str, multipart_id: str, parts: Sequence[StoredPart]) -> None:
        answer = await self._call("POST", key, {"uploadId": multipart_id}, content=completion(parts))
        # S3 may begin to answer with 200 and find out later that it can't: then the body is an error.
        if not _read(is_completed, answer):
            raise _trouble(answer)

    async def finished(self, key: str) -> tuple[int, str] | None:
        answer = await self._sent("HEAD", self._signer.signed("HEAD", key, CALL_TTL_S, {}).url)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            await self.unfinished(key, 1)  # No body says what is missing: asked for its bucket, the store does.
            return None
        if answer.status_code != HTTPStatus.OK:
            raise _trouble(answer)
        return int(answer.headers["Content-Length"]), answer.headers.get("ETag", "").strip('"')

    async def abort(self, key: str, multipart_id: str) -> None:
        with suppress(MultipartGone):
            await self._call("DELETE", key, {"uploadId": multipart_id})

    async def unfinished(self, prefix: str, limit: int) -> list[Unfinished]:
        query = {"uploads": "", "prefix": prefix, "max-uploads": str(limit)}
        answer = await self._sent("GET", self._signer.of_bucket("GET", CALL_TTL_S, query))
        return _read(list_of_unfinished, _checked(answer))

    async def _call(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        url = self._signer.signed(method, key, CALL_TTL_S, query).url
        return _checked(await self._sent(method, url, headers=headers, content=content))

    async def _sent(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> httpx.Response:
        try:
            return await self._http.request(method, url, headers=headers, content=content)
        except httpx.HTTPError as error:
            raise ObjectsUnavailable(f"{method} {urlsplit(url).path}: {error!r}") from error


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.status_code not in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
        raise _trouble(answer)
    return answer


def _read(parse: Callable[[str], T], answer: httpx.Response) -> T:
    try:
        return parse(answer.text)
    except (ValueError, ParseError) as error:
        raise ObjectsUnavailable(_said(answer)) from error


def _trouble(answer: httpx.Response) -> Exception:
    """What the code of the error says: its status means this at one call and that at another."""
    match error_code(answer.text):
        case "NoSuchUpload" | "NoSuchKey":
            return MultipartGone(_said(answer))
        case "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" | "EntityTooLarge":
            return PartsRefused(_said(answer))
        case _:
            return ObjectsUnavailable(_said(answer))


def _said(answer: httpx.Response) -> str:
    """Without the URL's query, which is signed."""
    return f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}"
