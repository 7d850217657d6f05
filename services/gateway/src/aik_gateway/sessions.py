"""Grants bound to an address: sessions of the object store's token service (STS), each with its own policy."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

import urllib3
from aik_service.network import Network
from aik_service.objects import ObjectsUnavailable
from minio import Minio
from minio.credentials.credentials import Credentials
from minio.credentials.providers import AssumeRoleProvider
from minio.error import MinioException

from aik_gateway.presigning import Action, Signer
from aik_gateway.settings import GatewaySettings

TIMEOUT = urllib3.Timeout(connect=2, read=3)
CHECK_TIMEOUT = urllib3.Timeout(connect=1, read=1)
THREADS = 10
SHORTEST_S = 3_600
"""No session of ours is shorter; STS itself refuses less than 15 minutes."""
REUSE_S = 900
"""A session outlives the first URLs made with it by so long at least, and serves for others meanwhile."""
MOST_KEPT = 5_000
"""Sessions that are remembered: some 3 KB each."""


@dataclass(frozen=True)
class Session:
    signer: Signer
    expires_at: datetime


class BoundSessions:
    """Each grant is a session that may do one thing to a few objects, from one network. Sessions are used again.

    minio's client blocks, so each question is asked in a thread.
    """

    def __init__(self, settings: GatewaySettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        tls = settings.s3_tls()
        self._sts = urllib3.PoolManager(timeout=TIMEOUT, maxsize=THREADS, retries=urllib3.Retry(1), ssl_context=tls)
        self._checked = urllib3.PoolManager(timeout=CHECK_TIMEOUT, retries=False, ssl_context=tls)
        self._unused = urllib3.PoolManager()
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="sts")
        self._kept: OrderedDict[tuple[Action, tuple[str, ...], Network], Session] = OrderedDict()

    async def signer(self, action: Action, keys: Sequence[str], caller: Network, ttl_s: int) -> Signer:
        wanted = (action, tuple(sorted(keys)), caller)
        session = self._kept.get(wanted)
        if session is None or session.expires_at < self._clock() + timedelta(seconds=ttl_s):
            session = self._kept[wanted] = await self._begun(policy_of(self._settings.s3_bucket, *wanted), ttl_s)
        self._kept.move_to_end(wanted)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return session.signer

    async def check(self) -> None:
        """Returns when sessions are given out. Raises ObjectsUnavailable."""
        policy = policy_of(self._settings.s3_bucket, "s3:GetObject", ["check"], ip_network("127.0.0.1/32"))
        await self._asked(policy, SHORTEST_S, self._checked)

    async def _begun(self, policy: str, ttl_s: int) -> Session:
        # The store reckons from before its answer came.
        life_s, asked_at = max(SHORTEST_S, ttl_s + REUSE_S), self._clock()
        credentials = await self._asked(policy, life_s, self._sts)
        return Session(self._signer(credentials), asked_at + timedelta(seconds=life_s))

    async def _asked(self, policy: str, life_s: int, sts: urllib3.PoolManager) -> Credentials:
        settings = self._settings
        provider = AssumeRoleProvider(
            sts_endpoint=settings.s3_sts_endpoint or settings.s3_endpoint,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key.get_secret_value(),
            duration_seconds=life_s,
            policy=policy,
            region=settings.s3_region,
            role_arn=settings.s3_role_arn,
            role_session_name="aik",
            http_client=sts,
        )
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, provider.retrieve)
        except (ValueError, ParseError, MinioException, urllib3.exceptions.HTTPError, OSError) as error:
            raise ObjectsUnavailable(f"no session for presigned URLs: {error}") from error

    def _signer(self, credentials: Credentials) -> Signer:
        """Of the store as clients reach it."""
        store = self._settings.public_objects()
        url = urlsplit(store.s3_endpoint)
        minio = Minio(
            url.netloc,
            access_key=credentials.access_key,
            secret_key=credentials.secret_key,
            session_token=credentials.session_token,
            secure=url.scheme == "https",
            region=store.s3_region,
            http_client=self._unused,
        )
        return Signer(minio, store.s3_bucket)


def policy_of(bucket: str, action: Action, keys: Sequence[str], caller: Network) -> str:
    """What a session may do; the keys are ours, with nothing in them that a policy takes for a pattern."""
    statement = {
        "Effect": "Allow",
        "Action": [action],
        "Resource": [f"arn:aws:s3:::{bucket}/{key}" for key in keys],
        "Condition": {"IpAddress": {"aws:SourceIp": [str(caller)]}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
