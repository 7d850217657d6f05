"""What is written on the wire when there is no result: a problem, or the ids of what is not judged yet."""

from pydantic import Field

from aik_gateway.api.replies import Body, FailureBody


class FieldProblem(Body):
    """`pointer` (RFC 6901) is the field within the part of the request that `in` names."""

    in_: str = Field(alias="in")
    pointer: str
    detail: str


class ProblemBody(Body):
    """RFC 9457. What follows `traceId` is there where the code has it."""

    type: str
    """`urn:aik:problem:` and the code."""
    title: str
    status: int
    detail: str
    """What to do about it, for a person."""
    instance: str
    """The path that was asked for."""
    code: str
    """Stable: decide by it."""
    trace_id: str
    """It is in the logs of every service that touched the request."""
    errors: list[FieldProblem] | None = None
    """Of validation-failed: every field that is wrong."""
    upload_id: str | None = None
    asset_id: str | None = None
    track_id: str | None = None
    job_id: str | None = None
    delivery_id: str | None = None
    endpoint_id: str | None = None
    """Of outcome-unknown the ids that it would have, of job-running the job that is open."""
    idempotency_key: str | None = None
    """Of outcome-unknown: repeat it with this key, if you sent none."""
    version: int | None = None
    newest_version: int | None = None
    """Of stale."""
    state: str | None = None
    step: str | None = None
    percent: int | None = None
    eta_ms: int | None = None
    sla_ms: int | None = None
    """Of not-ready, as of the job."""
    failure: FailureBody | None = None
    """Of job-failed."""
    missing: list[int] | None = None
    wrong: list[int] | None = None
    """Of upload-incomplete: the numbers of the parts."""
    max_size: int | None = None
    """Of file-too-large: bytes."""


class LateBody(Body):
    """A command is in the log and not judged yet: the ids that it would have. Read one of them to see."""

    upload_id: str | None = None
    asset_id: str | None = None
    track_id: str | None = None
    job_id: str | None = None
    delivery_id: str | None = None
    endpoint_id: str | None = None
