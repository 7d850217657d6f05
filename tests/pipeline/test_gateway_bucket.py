"""The bucket as `aik-gateway bucket` sets it up, asked by a browser."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from aik_gateway.bucket import set_up
from aik_gateway.presigning import OwnSigner
from aik_gateway.settings import BucketSettings
from aik_service.objects import ObjectsUnavailable
from aik_service.objects.s3 import client
from aik_service.settings import ObjectSettings

OURS, OTHERS = "https://app.example.org", "https://elsewhere.example.org"
EXPOSED = {"etag", "content-range", "accept-ranges", "content-length"}


@pytest.fixture
def store(s3: ObjectSettings) -> Iterator[BucketSettings]:
    """A bucket that is set up, twice; it was not there before."""
    settings = BucketSettings.model_validate(
        {**s3.model_dump(), "s3_bucket": f"aik-{uuid4().hex[:12]}", "cors_origins": OURS}
    )
    set_up(settings)
    set_up(settings)
    yield settings
    minio = client(settings)
    for found in minio.list_objects(settings.s3_bucket, recursive=True):
        minio.remove_object(settings.s3_bucket, found.object_name or "")
    minio.remove_bucket(settings.s3_bucket)


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as made:
        yield made


def preflight(http: httpx.Client, url: str, method: str, header: str, origin: str = OURS) -> httpx.Response:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": header}
    return http.options(url, headers={"Origin": origin, **asked})


def names(answer: httpx.Response, header: str) -> set[str]:
    return {name.strip().lower() for name in answer.headers.get(header, "").split(",")}


def url_of(store: BucketSettings, method: str) -> str:
    return OwnSigner(store).signed(method, "assets/ast_1/source.wav", 60, {}).url


@pytest.mark.parametrize(("method", "header"), [("PUT", "content-type"), ("GET", "range"), ("HEAD", "range")])
def test_a_browser_may_ask(store: BucketSettings, http: httpx.Client, method: str, header: str) -> None:
    answer = preflight(http, url_of(store, method), method, header)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, OURS)
    assert method.lower() in names(answer, "access-control-allow-methods")
    assert header in names(answer, "access-control-allow-headers")


def test_a_browser_sends_a_part_and_sees_its_etag(store: BucketSettings, http: httpx.Client) -> None:
    headers = {"Origin": OURS, "Content-Type": "audio/wav"}
    answer = http.put(url_of(store, "PUT"), content=b"la la", headers=headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, OURS)
    assert answer.headers["etag"]
    assert names(answer, "access-control-expose-headers") >= EXPOSED


def test_a_browser_fetches_a_range_and_sees_which(store: BucketSettings, http: httpx.Client) -> None:
    http.put(url_of(store, "PUT"), content=b"la la")
    answer = http.get(url_of(store, "GET"), headers={"Origin": OURS, "Range": "bytes=1-2"})
    assert (answer.status_code, answer.content) == (206, b"a ")
    assert answer.headers["content-range"] == "bytes 1-2/5"
    assert names(answer, "access-control-expose-headers") >= EXPOSED


def test_another_origin_is_not_let_in(store: BucketSettings, http: httpx.Client) -> None:
    refused = preflight(http, url_of(store, "PUT"), "PUT", "content-type", OTHERS)
    assert "access-control-allow-origin" not in refused.headers
    sent = http.put(url_of(store, "PUT"), content=b"la la", headers={"Origin": OTHERS})
    assert "access-control-allow-origin" not in sent.headers


def test_without_origins_the_rule_stays(store: BucketSettings, http: httpx.Client) -> None:
    set_up(store.model_copy(update={"cors_origins": ()}))
    assert preflight(http, url_of(store, "PUT"), "PUT", "content-type").status_code == 200


def test_a_store_that_refuses_says_so(store: BucketSettings) -> None:
    with pytest.raises(ObjectsUnavailable):
        set_up(store.model_copy(update={"s3_access_key": "nobody"}))
