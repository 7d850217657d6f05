"""What the gateway makes of the store's answers about multipart uploads."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from aik_gateway.multipart import MultipartGone, Multiparts, PartsRefused, S3Multiparts
from aik_gateway.multipart_xml import StoredPart
from aik_gateway.presigning import OwnSigner
from aik_service.objects import ObjectsUnavailable
from aik_service.settings import ObjectSettings
from pydantic import SecretStr

STORE = ObjectSettings(s3_endpoint="http://127.0.0.1:1", s3_access_key="key", s3_secret_key=SecretStr("secret"))
KEY, ID, PARTS = "assets/ast_1/source.wav", "multipart", [StoredPart(1, "etag", 5)]
Call = Callable[[Multiparts], Awaitable[object]]
CALLS: dict[str, Call] = {
    "begin": lambda store: store.begin(KEY, "audio/wav"),
    "parts": lambda store: store.parts(KEY, ID),
    "complete": lambda store: store.complete(KEY, ID, PARTS),
    "abort": lambda store: store.abort(KEY, ID),
    "unfinished": lambda store: store.unfinished("assets/", 10),
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@asynccontextmanager
async def answering(*answers: httpx.Response) -> AsyncIterator[Multiparts]:
    """A store that answers so, in this order, and with the last for ever."""
    left = list(answers)
    transport = httpx.MockTransport(lambda _: left.pop(0) if len(left) > 1 else left[0])
    async with httpx.AsyncClient(transport=transport) as http:
        yield S3Multiparts(OwnSigner(STORE), http)


def error(status: int, code: str) -> httpx.Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>no</Message></Error>'
    return httpx.Response(status, text=text)


@EVERY_CALL
@pytest.mark.parametrize(
    "answer",
    [
        error(404, "NoSuchBucket"),
        error(400, "InvalidRequest"),
        error(400, "RequestTimeout"),
        error(403, "AccessDenied"),
        error(503, "SlowDown"),
        httpx.Response(404, text="<html>a proxy's page"),
        httpx.Response(400),
        httpx.Response(502, text="bad gateway"),
    ],
    ids=lambda answer: f"{answer.status_code} {answer.text[38:75]}",
)
async def test_a_store_that_fails_is_unavailable_whatever_it_is_asked(call: Call, answer: httpx.Response) -> None:
    async with answering(answer) as store:
        with pytest.raises(ObjectsUnavailable):
            await call(store)


@pytest.mark.parametrize("name", ["begin", "parts", "complete", "unfinished"])
@pytest.mark.parametrize("text", ["", "not xml", "<Other/>"])
async def test_an_answer_that_cant_be_read_is_no_answer(name: str, text: str) -> None:
    async with answering(httpx.Response(200, text=text)) as store:
        with pytest.raises(ObjectsUnavailable):
            await CALLS[name](store)


async def test_a_multipart_that_the_store_does_not_know_is_gone() -> None:
    async with answering(error(404, "NoSuchUpload")) as store:
        with pytest.raises(MultipartGone):
            await store.parts(KEY, ID)
        with pytest.raises(MultipartGone):
            await store.complete(KEY, ID, PARTS)
        await store.abort(KEY, ID)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("code", ["InvalidPart", "InvalidPartOrder", "EntityTooSmall", "EntityTooLarge"])
async def test_parts_that_make_no_object_are_refused(status: int, code: str) -> None:
    """Also when the store found out after it had begun to answer."""
    async with answering(error(status, code)) as store:
        with pytest.raises(PartsRefused):
            await store.complete(KEY, ID, PARTS)


@pytest.mark.parametrize("code", ["InternalError", "SlowDown"])
async def test_a_store_that_fails_after_it_began_to_answer_is_unavailable(code: str) -> None:
    async with answering(error(200, code)) as store:
        with pytest.raises(ObjectsUnavailable):
            await store.complete(KEY, ID, PARTS)


async def test_blanks_before_the_answer_keep_the_connection_and_mean_nothing() -> None:
    text = '  \n<?xml version="1.0"?><CompleteMultipartUploadResult><Key>a</Key></CompleteMultipartUploadResult>'
    async with answering(httpx.Response(200, text=text)) as store:
        await store.complete(KEY, ID, PARTS)


async def test_an_object_is_missing_only_while_its_bucket_is_there() -> None:
    """A HEAD's answer doesn't say which of the two isn't."""
    nothing = httpx.Response(200, text="<ListMultipartUploadsResult></ListMultipartUploadsResult>")
    async with answering(httpx.Response(404), nothing) as store:
        assert await store.finished(KEY) is None
    async with answering(httpx.Response(404), error(404, "NoSuchBucket")) as store:
        with pytest.raises(ObjectsUnavailable):
            await store.finished(KEY)
