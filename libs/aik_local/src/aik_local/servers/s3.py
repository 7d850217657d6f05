"""SeaweedFS as the S3 object store, with STS for presigned URLs that are bound to an address."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from ssl import create_default_context
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx
from minio.credentials.credentials import Credentials as Signer
from minio.signer import presign_v4

from aik_local.credentials import Credentials
from aik_local.files import replace
from aik_local.layout import Layout
from aik_local.ports import Ports
from aik_local.program import Probe, Program

BUCKET = "aik"
REGION = "us-east-1"
ROLE = "arn:aws:iam::role/Presign"
"""What sessions for presigned URLs are begun as."""
BROWSERS = """\
<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>\
<AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod><AllowedMethod>PUT</AllowedMethod>\
<AllowedHeader>Range</AllowedHeader><AllowedHeader>Content-Type</AllowedHeader>\
<ExposeHeader>ETag</ExposeHeader><ExposeHeader>Content-Range</ExposeHeader>\
<ExposeHeader>Accept-Ranges</ExposeHeader><ExposeHeader>Content-Length</ExposeHeader>\
<MaxAgeSeconds>600</MaxAgeSeconds></CORSRule></CORSConfiguration>"""


@dataclass(frozen=True)
class S3:
    """`endpoint` is a URL; requests are signed for REGION."""

    endpoint: str
    access_key: str
    secret_key: str
    program: Program


@dataclass(frozen=True)
class Restricted:
    """Whoever may do what the policy `name` of IAM says, and nothing else."""

    name: str
    access_key: str
    secret_key: str


@dataclass(frozen=True)
class Secured:
    """The store speaks TLS alone: PEM files of its certificate for 127.0.0.1, its key, and of who signed it."""

    certificate: Path
    key: Path
    authority: Path


def prepare(
    layout: Layout,
    ports: Ports,
    credentials: Credentials,
    *,
    restricted: Sequence[Restricted] = (),
    iam: Mapping[str, object] = MappingProxyType({}),
    secured: Secured | None = None,
) -> S3:
    """Writes the two configuration files; the store makes the bucket when it starts.

    `iam` has the policies that the restricted identities name, and the roles in place of ours, as SeaweedFS's own
    configuration of IAM says them.
    """
    folder = layout.data / "s3"
    (folder / "store").mkdir(parents=True, exist_ok=True)
    for name, content in configuration(credentials, restricted, iam).items():
        replace(folder / name, content, private=True)
    port = ports.claim("s3", paired=True)
    endpoint = f"{'https' if secured else 'http'}://127.0.0.1:{port}"
    tls = (f"-s3.cert.file={secured.certificate}", f"-s3.key.file={secured.key}") if secured else ()
    parts = {part: ports.claim(f"s3-{part}", paired=True) for part in PARTS}
    program = Program(
        name="s3",
        command=(*_command(folder, port, parts), *tls),
        address=endpoint,
        ready=_serves_browsers(endpoint, credentials, secured.authority if secured else None),
        env={"GOMEMLIMIT": "256MiB"},
        grace_s=2.0,  # its filer waits 1 to 14 s for streams of its own; killed, it loses nothing
    )
    return S3(endpoint, credentials.s3_access_key, credentials.s3_secret_key, program)


def configuration(
    credentials: Credentials,
    restricted: Sequence[Restricted] = (),
    iam: Mapping[str, object] = MappingProxyType({}),
) -> Mapping[str, str]:
    """The files that -s3.config and -s3.iam.config name."""
    told = {"s3.json": _identities(credentials, restricted), "iam.json": {**_roles(credentials), **iam}}
    return {name: json.dumps(content) for name, content in told.items()}


PARTS = ("admin", "master", "volume", "filer")


def _command(folder: Path, port: int, parts: dict[str, int]) -> tuple[str, ...]:
    return (
        str(Path(sys.executable).with_name("weed")),
        "mini",
        f"-dir={folder / 'store'}",
        f"-bucket={BUCKET}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-s3.port={port}",
        f"-s3.config={folder / 's3.json'}",
        f"-s3.iam.config={folder / 'iam.json'}",
        *(f"-{part}.port={number}" for part, number in parts.items()),
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-webdav=false",
        "-admin.ui=false",
        "-master.telemetry=false",
        "-volume.preStopSeconds=0",
    )


def _identities(credentials: Credentials, restricted: Sequence[Restricted]) -> dict[str, object]:
    keys = {"accessKey": credentials.s3_access_key, "secretKey": credentials.s3_secret_key}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return {"identities": [{"name": "aik", "credentials": [keys], "actions": actions}, *map(_identity, restricted)]}


def _identity(one: Restricted) -> dict[str, object]:
    keys = {"accessKey": one.access_key, "secretKey": one.secret_key}
    return {"name": one.name, "credentials": [keys], "actions": [], "policyNames": [one.name]}


def _roles(credentials: Credentials) -> dict[str, object]:
    """A role that may do everything: what a presigned URL may do is cut down by the session's own policy."""
    everything = {"Effect": "Allow", "Action": ["s3:*", "sts:*"], "Resource": ["*"]}
    anybody = {"Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole"]}
    role = {
        "roleName": "Presign",
        "roleArn": ROLE,
        "trustPolicy": {"Version": "2012-10-17", "Statement": [anybody]},
        "attachedPolicies": ["All"],
    }
    sts = {"tokenDuration": "1h", "maxSessionLength": "12h", "issuer": "aik", "signingKey": credentials.s3_signing_key}
    return {
        "sts": sts,
        "providers": [],
        "policy": {"defaultEffect": "Deny", "storeType": "memory"},
        "policies": [{"name": "All", "document": {"Version": "2012-10-17", "Statement": [everything]}}],
        "roles": [role],
    }


def _serves_browsers(endpoint: str, credentials: Credentials, authority: Path | None) -> Probe:
    """Writes the bucket's CORS rule: that needs the store, the bucket and the keys to be there."""

    tls = create_default_context(cafile=authority)

    async def probe() -> bool:
        url = presign_v4(
            method="PUT",
            url=urlsplit(f"{endpoint}/{BUCKET}?cors="),
            region=REGION,
            credentials=Signer(credentials.s3_access_key, credentials.s3_secret_key),
            date=datetime.now(UTC),
            expires=60,
        )
        async with httpx.AsyncClient(trust_env=False, timeout=3, verify=tls) as client:
            try:
                return (await client.put(url.geturl(), content=BROWSERS)).status_code == httpx.codes.OK
            except httpx.TransportError:
                return False

    return probe
