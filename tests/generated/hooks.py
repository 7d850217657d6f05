"""What Schemathesis is told of the suite that it asks: ids of things that are there, and whose they are.

It loads this module by itself (SCHEMATHESIS_HOOKS); the ids come in AIK_KNOWN.
"""

import json
import os
import re
from typing import Any
from uuid import uuid4

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, HookContext, Response

KNOWN: dict[str, list[str]] = json.loads(os.environ["AIK_KNOWN"])
"""By the name of the parameter or field; what may be deleted is under `DELETE <name>`."""
CLIENT_ID = re.compile("[A-Za-z0-9._:-]{1,128}")
CONTENT_TYPE = re.compile("[ -~]{0,200}")
IDEMPOTENCY_KEY = re.compile("[!-~]{1,255}")
REFUSED = {"validation-failed", "malformed-json", "bad-request", "client-id-required", "unsupported-media-type"}


@schemathesis.hook
def flatmap_path_parameters(context: HookContext, path_parameters: dict[str, Any] | None) -> st.SearchStrategy[Any]:
    """Half of the time the id of something that is there."""
    if not path_parameters:
        return st.just(path_parameters)
    return st.fixed_dictionaries({name: _known(context, name) | st.just(it) for name, it in path_parameters.items()})


@schemathesis.hook
def flatmap_headers(context: HookContext, headers: dict[str, Any] | None) -> st.SearchStrategy[Any]:
    """A version that may be the newest."""
    if not headers or "If-Match" not in headers:
        return st.just(headers)
    return st.sampled_from(['"v1"', '"v2"', '"v3"', "*"]).map(lambda tag: {**headers, "If-Match": tag}) | st.just(
        headers
    )


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Whoever could be a client is ours, to whom those things belong; and no key is that of a request before."""
    if CLIENT_ID.fullmatch(str(case.headers.get("X-Client-Id", ""))):
        case.headers["X-Client-Id"] = KNOWN["clientId"][0]
    if IDEMPOTENCY_KEY.fullmatch(str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = str(uuid4())


@schemathesis.hook
def flatmap_body(context: HookContext, body: Any) -> st.SearchStrategy[Any]:
    """Half of the time an asset that is there, and the name of a file that could be a song."""
    if not isinstance(body, dict):
        return st.just(body)
    better = st.just(body)
    if isinstance(body.get("assetId"), str):
        better = _known(context, "assetId").map(lambda asset_id: {**body, "assetId": asset_id})
    if isinstance(body.get("filename"), str) and 0 < len(body["filename"]) < 250:
        # What is wrong with the type stays wrong.
        kind = {"contentType": "audio/mpeg"} if CONTENT_TYPE.fullmatch(str(body.get("contentType"))) else {}
        better = st.just({**body, "filename": f"{body['filename']}.mp3", **kind})
    return better | st.just(body)


@schemathesis.check
def what_is_valid_is_not_called_invalid(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """Valid by the document: then what keeps it from being done has a code of its own."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 415, 422):
        return
    problem = response.json()
    # The numbers of an upload's parts depend on its size.
    assert problem["code"] not in REFUSED or "errors" not in problem, problem


def _known(context: HookContext, name: str) -> st.SearchStrategy[str]:
    operation = context.operation
    deletes = operation is not None and operation.method.upper() == "DELETE"
    there = KNOWN.get(f"DELETE {name}" if deletes else name, [])
    return st.sampled_from(there) if there else st.nothing()
