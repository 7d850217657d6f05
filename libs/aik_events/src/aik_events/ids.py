"""Ids: minted once for commands (UUIDv7), derived from causes for everything a worker may do twice (UUIDv5)."""

from uuid import UUID, uuid5

from uuid_utils import uuid7

AIK = UUID("6d1f3f0e-6f0b-5c39-9b7a-2f8f5d0c1a4e")
"""The namespace of every derived id; it never changes."""


def new_event_id() -> str:
    return str(uuid7())


def new_id(prefix: str) -> str:
    """An opaque typed id, such as `trk_0198c5…`; sorts by the time it was made."""
    return f"{prefix}_{uuid7().hex}"


def upload_of(asset_id: str) -> str:
    """An upload and the asset that it becomes share their number."""
    return "upl_" + asset_id.removeprefix("ast_")


def asset_of(upload_id: str) -> str:
    return "ast_" + upload_id.removeprefix("upl_")


def derived(*cause: object) -> str:
    """The same causes give the same id, always."""
    return str(uuid5(AIK, "\x1f".join(str(part) for part in cause)))


def step_event_id(job_id: str, run: int, step: str, type_: str, attempt: int | None = None) -> str:
    """The id of a step's event; the attempt belongs to it for started and failed, never for a result."""
    return derived(job_id, run, step, type_, *([] if attempt is None else [attempt]))


def endpoint_id(client_id: str, url: str) -> str:
    return derived("endpoint", client_id, url)
