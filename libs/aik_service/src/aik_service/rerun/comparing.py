"""How a step's output differs from the one that was told before: files by hash, documents field by field; pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from aik_events.event import Frozen

ABSENT = "absent"


class Difference(Frozen):
    """One field of a document: where it is, and its value then and now as JSON; `absent` where there is none."""

    path: str
    then: str
    now: str


class FileSeen(Frozen):
    sha256: str
    size_bytes: int


class FileCompared(Frozen):
    """`differences` are those of a JSON document, as many as there are; no document has an empty one."""

    kind: str
    outcome: Literal["identical", "different", "missing", "new"]
    then: FileSeen | None
    now: FileSeen | None
    differences: tuple[Difference, ...] = ()


def compared_file(kind: str, then: FileSeen | None, now: FileSeen | None) -> FileCompared:
    """`missing` is made no more, `new` was not made then."""
    if then is None or now is None:
        return FileCompared(kind=kind, outcome="missing" if now is None else "new", then=then, now=now)
    outcome: Literal["identical", "different"] = "identical" if then.sha256 == now.sha256 else "different"
    return FileCompared(kind=kind, outcome=outcome, then=then, now=now)


def differences(then: Any, now: Any, path: str = "") -> Iterator[Difference]:
    """Field by field, in the order of the newer document; what only one of the two has comes as a whole."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for name in [*now, *(name for name in then if name not in now)]:
            here = f"{path}.{name}" if path else str(name)
            if name in then and name in now:
                yield from differences(then[name], now[name], here)
            else:
                yield Difference(path=here, then=_told(then, name), now=_told(now, name))
    elif isinstance(then, list) and isinstance(now, list):
        for n in range(max(len(then), len(now))):
            here = f"{path}[{n}]"
            if n < len(then) and n < len(now):
                yield from differences(then[n], now[n], here)
            else:
                yield Difference(
                    path=here,
                    then=_json(then[n]) if n < len(then) else ABSENT,
                    now=_json(now[n]) if n < len(now) else ABSENT,
                )
    elif type(then) is not type(now) or then != now:
        yield Difference(path=path, then=_json(then), now=_json(now))


def _told(document: Mapping[str, Any], name: str) -> str:
    return _json(document[name]) if name in document else ABSENT


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
