"""The object store with TLS, and for each service the keys and the policy of k8s/s3/iam.json."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from aik_events.pipeline import Step
from aik_events.topics import STEP_SERVICES
from aik_gateway.bucket import set_up
from aik_gateway.multipart import S3Multiparts
from aik_gateway.presigning import OwnSigner
from aik_gateway.sessions import BoundSessions
from aik_gateway.settings import BucketSettings, GatewaySettings
from aik_local.child import spawn
from aik_local.credentials import Credentials
from aik_local.layout import Layout
from aik_local.ports import Ports
from aik_local.program import Probe
from aik_local.servers.s3 import BUCKET, REGION, ROLE, Restricted, Secured, prepare
from aik_local.testing import temporary_folder
from aik_service.objects import ObjectsUnavailable
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings

from tests.certificates import Authority

IAM = Path(__file__).parents[2] / "k8s" / "s3" / "iam.json"
SERVICES = ("gateway", *STEP_SERVICES)
STEP_OF = dict(zip(STEP_SERVICES, Step, strict=True))
SOURCE, LYRICS, OUTSIDE = "assets/ast_1/source.wav", "tracks/trk_1/lyrics/1.json", "elsewhere/1.json"
MADE = {step: f"tracks/trk_1/artefacts/{step}/0a/1-b/made.json" for step in Step}
KEPT = {step: f"tracks/trk_1/artefacts/{step}-kept/0a/1-b/made.json" for step in (Step.CHECK, Step.PUBLISH)}
KEYS = (SOURCE, LYRICS, OUTSIDE, *MADE.values(), *KEPT.values())
PATIENCE_S = 60


@dataclass(frozen=True)
class Store:
    endpoint: str
    authority: Path
    keys: dict[str, tuple[str, str]]
    """By name: of each policy, and of `aik`, who may do everything."""

    def told(self, name: str, **others: Any) -> dict[str, Any]:
        """What the settings of this one say, by field."""
        access_key, secret_key = self.keys[name]
        return {
            "s3_endpoint": self.endpoint,
            "s3_access_key": access_key,
            "s3_secret_key": secret_key,
            "s3_bucket": BUCKET,
            "s3_region": REGION,
            "s3_ca": self.authority,
            **others,
        }

    def objects(self, name: str, **others: Any) -> S3Objects:
        return S3Objects(ObjectSettings.model_validate(self.told(name, **others)))


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    names = [f"aik-{service}" for service in (*SERVICES, "operator")]
    credentials = Credentials()
    iam = json.loads(IAM.read_text("utf-8").replace("@SIGNING@", credentials.s3_signing_key))
    restricted = [Restricted(name, f"access-{name}", f"secret-{name}") for name in names]
    with temporary_folder() as folder, asyncio.Runner() as runner:
        authority, layout = Authority(folder), Layout(folder)
        secured = Secured(*authority.certificate(), authority.file)
        ports = Ports(layout.ports, {})
        s3 = prepare(layout, ports, credentials, restricted=restricted, iam=iam, secured=secured)
        process = runner.run(spawn(s3.program, folder / "s3.out"))
        runner.run(until(s3.program.ready))
        keys = {one.name: (one.access_key, one.secret_key) for one in restricted}
        yield Store(s3.endpoint, authority.file, {"aik": (s3.access_key, s3.secret_key), **keys})
        process.kill()
        runner.run(process.wait())


async def until(ready: Probe) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await ready():
            await asyncio.sleep(0.2)


@pytest.fixture
async def filled(store: Store) -> Store:
    everything = store.objects("aik")
    for key in KEYS:
        await everything.put(key, b"{}", "application/json")
    return store


async def is_let(call: Awaitable[object]) -> bool:
    try:
        await call
    except ObjectsUnavailable as error:
        if "403" not in str(error) and "AccessDenied" not in str(error) and "Access Denied" not in str(error):
            raise
        return False
    return True


async def let_of(store: Store, service: str, does: Callable[[S3Objects, str], Awaitable[object]]) -> set[str]:
    """The keys with which this service may do it."""
    objects = store.objects(f"aik-{service}")
    return {key for key in KEYS if await is_let(does(objects, key))}


def own(service: str) -> set[str]:
    if service == "gateway":
        return set(KEYS) - {OUTSIDE}
    step = STEP_OF[service]
    return {MADE[step], *([KEPT[step]] if step in KEPT else ())}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reads_what_is_of_tracks_and_the_song_where_it_needs_it(filled: Store, service: str) -> None:
    needless = {OUTSIDE} if service in ("gateway", "separator") else {OUTSIDE, SOURCE}
    assert await let_of(filled, service, lambda objects, key: objects.read(key)) == set(KEYS) - needless


@pytest.mark.parametrize("service", SERVICES)
async def test_a_step_writes_its_own_artefacts_and_the_gateway_what_is_of_tracks_and_assets(
    filled: Store, service: str
) -> None:
    assert await let_of(filled, service, lambda o, key: o.put(key, b"{}", "application/json")) == own(service)
    new = {key.replace("0a", f"by-{service}") for key in own(service) if "/artefacts/" in key}
    objects = filled.objects(f"aik-{service}")
    assert {key for key in new if await objects.create(key, b"{}", "application/json")} == new


@pytest.mark.parametrize("service", SERVICES)
async def test_a_step_removes_its_own_artefacts_alone_so_that_asr_keeps_what_is_published(
    filled: Store, service: str
) -> None:
    assert await let_of(filled, service, lambda o, key: o.remove([key])) == own(service)
    left = set(await filled.objects("aik").keys(""))
    assert set(KEYS) - own(service) <= left
    assert not own(service) & left


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_sees_the_bucket_and_lists_what_is_in_it(filled: Store, service: str) -> None:
    objects = filled.objects(f"aik-{service}")
    await objects.check()
    assert await objects.keys("tracks/trk_1/lyrics/") == [LYRICS]


@pytest.mark.parametrize("service", [*SERVICES, "operator"])
async def test_the_operator_alone_sets_up_the_bucket(store: Store, service: str) -> None:
    settings = BucketSettings.model_validate(store.told(f"aik-{service}", cors_origins="https://aik.example"))
    if service == "operator":
        await asyncio.to_thread(set_up, settings)
        assert await let_of(store, "operator", lambda objects, key: objects.put(key, b"", "text/plain")) == set()
    else:
        with pytest.raises(ObjectsUnavailable, match="403"):
            await asyncio.to_thread(set_up, settings)


def gateway_settings(store: Store, name: str) -> GatewaySettings:
    about = {"s3_role_arn": ROLE, "secret_key": "secret"}
    return GatewaySettings.model_validate({**store.told(name), **about})


async def test_the_gateway_s_keys_begin_sessions_for_presigned_urls(store: Store) -> None:
    settings = gateway_settings(store, "aik-gateway")
    await store.objects("aik").put(SOURCE, b"la la", "audio/wav")
    sessions = BoundSessions(settings, lambda: datetime.now(UTC))
    signer = await sessions.signer("s3:GetObject", [SOURCE], ip_network("127.0.0.1/32"), 600)
    async with httpx.AsyncClient(trust_env=False, verify=settings.s3_tls()) as http:
        assert (await http.get(signer.signed("GET", SOURCE, 60, {}).url)).content == b"la la"


@pytest.mark.parametrize("service", STEP_SERVICES)
async def test_a_step_s_keys_begin_no_sessions(store: Store, service: str) -> None:
    """Else they could read and write what the role may, whatever their own policy says."""
    with pytest.raises(ObjectsUnavailable, match="403"):
        await BoundSessions(gateway_settings(store, f"aik-{service}"), lambda: datetime.now(UTC)).check()


async def test_the_gateway_s_keys_take_in_an_upload_in_parts(store: Store) -> None:
    settings = gateway_settings(store, "aik-gateway")
    async with httpx.AsyncClient(trust_env=False, verify=settings.s3_tls()) as http:
        multiparts, signer = S3Multiparts(OwnSigner(settings), http), OwnSigner(settings)
        upload = await multiparts.begin(SOURCE, "audio/wav")
        url = signer.signed("PUT", SOURCE, 60, {"uploadId": upload, "partNumber": "1"}).url
        assert (await http.put(url, content=b"la la")).status_code == 200
        assert len(await multiparts.parts(SOURCE, upload)) == 1
        assert upload in [one.multipart_id for one in await multiparts.unfinished("assets/", 10)]
        await multiparts.abort(SOURCE, upload)
        assert await multiparts.unfinished("assets/", 10) == []


async def test_a_store_with_another_authority_s_certificate_is_not_believed(store: Store, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other").file
    for ca in (other, None):
        with pytest.raises(ObjectsUnavailable, match="certificate verify failed"):
            await store.objects("aik", s3_ca=ca).check()


async def test_a_store_under_another_name_than_its_certificate_s_is_not_believed(store: Store) -> None:
    elsewhere = store.endpoint.replace("127.0.0.1", "localhost")
    with pytest.raises(ObjectsUnavailable, match="certificate is not valid for 'localhost'"):
        await store.objects("aik", s3_endpoint=elsewhere).check()


async def test_who_comes_in_the_clear_is_refused(store: Store) -> None:
    with pytest.raises(ObjectsUnavailable):
        await store.objects("aik", s3_endpoint=store.endpoint.replace("https", "http")).check()


async def test_wrong_keys_are_refused(store: Store) -> None:
    with pytest.raises(ObjectsUnavailable):
        await store.objects("aik-qc", s3_secret_key="wrong").keys("tracks/")
