"""Setting up the bucket: it is there, and browsers of our origins may use the URLs that are signed for it."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import md5
from http import HTTPStatus

import httpx
from aik_service.objects import ObjectsUnavailable
from aik_service.objects.s3 import client
from minio.error import MinioException, S3Error
from minio.xml import Element, SubElement, getbytes
from urllib3.exceptions import HTTPError

from aik_gateway.multipart import CALL_TTL_S, TIMEOUT
from aik_gateway.presigning import OwnSigner
from aik_gateway.settings import BucketSettings

METHODS = ("GET", "HEAD", "PUT")
ALLOWED = ("Range", "Content-Type")
EXPOSED = ("ETag", "Content-Range", "Accept-Ranges", "Content-Length")
PREFLIGHT_S = 600
THERE_ALREADY = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")


def set_up(settings: BucketSettings) -> None:
    """Blocks; may be done twice, and by several at once. Without origins the bucket's rules stay as they are.

    Raises ObjectsUnavailable when the store doesn't answer or refuses.
    """
    try:
        _make(settings)
        if settings.cors_origins:
            _allow(settings)
    except (MinioException, HTTPError, httpx.HTTPError, OSError) as error:
        raise ObjectsUnavailable(f"{settings.s3_bucket}: {error}") from error


def _make(settings: BucketSettings) -> None:
    minio = client(settings)
    if minio.bucket_exists(settings.s3_bucket):
        return
    try:
        minio.make_bucket(settings.s3_bucket, settings.s3_region)
    except S3Error as error:
        if error.code not in THERE_ALREADY:
            raise


def _allow(settings: BucketSettings) -> None:
    """minio's client has no call for this; S3 demands the body's MD5."""
    body = cors_of(settings.cors_origins)
    digest = b64encode(md5(body, usedforsecurity=False).digest()).decode()
    url = OwnSigner(settings).of_bucket("PUT", CALL_TTL_S, {"cors": ""})
    headers = {"Content-MD5": digest, "Content-Type": "application/xml"}
    answer = httpx.put(url, content=body, headers=headers, timeout=TIMEOUT, trust_env=False, verify=settings.s3_tls())
    if answer.status_code not in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
        raise ObjectsUnavailable(f"the CORS rule of {settings.s3_bucket}: {answer.status_code} {answer.text[:300]}")


def cors_of(origins: Sequence[str]) -> bytes:
    document = Element("CORSConfiguration")
    rule = SubElement(document, "CORSRule")
    names = {"AllowedOrigin": origins, "AllowedMethod": METHODS, "AllowedHeader": ALLOWED, "ExposeHeader": EXPOSED}
    for name, values in names.items():
        for value in values:
            SubElement(rule, name, value)
    SubElement(rule, "MaxAgeSeconds", str(PREFLIGHT_S))
    return getbytes(document)
