"""A rerun as text for a terminal."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

import typer
from aik_events.cli.printing import echo, in_lines

from aik_service.rerun.again import Rerun
from aik_service.rerun.comparing import FileCompared
from aik_service.rerun.shown import cut, differing
from aik_service.rerun.sides import Side


def show(rerun: Rerun, *, as_json: bool) -> None:
    if as_json:
        echo(rerun.model_dump_json(indent=2, by_alias=True))
    else:
        lines = [*_head(rerun), *_engine(rerun), *_facts(rerun), *_files(rerun.files), _verdict(rerun)]
        typer.echo(in_lines(lines))


def _head(rerun: Rerun) -> Iterator[str]:
    time = f"{rerun.wanted_time.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    yield f"{rerun.step} of {rerun.track}, version {rerun.version}, job {rerun.job}, run {rerun.run}"
    yield f"wanted at @{rerun.wanted_at}, {time}"
    if rerun.then is not None:
        yield f"told at @{rerun.told_at}: {rerun.then.outcome}"
    yield f"inputs: {', '.join(rerun.inputs)}"


def _engine(rerun: Rerun) -> Iterator[str]:
    engine = rerun.now.engine or {}
    yield f"engine: {engine.get('name')}, {engine.get('version')}"
    yield f"    weights {engine.get('weightsSha256') or 'none'}"
    yield f"    parameters {cut(json.dumps(engine.get('parameters'), ensure_ascii=False, sort_keys=True))}"
    if rerun.then is not None and rerun.then.engine is None:
        yield "    the log doesn't say which engine it was then"
    elif rerun.then is not None:
        yield from differing(rerun.engine) if rerun.engine else ["    the same then"]
    if rerun.then is not None and rerun.then.recipe is not None:
        yield _recipe(rerun.then.recipe, rerun.now.recipe)


def _recipe(then: str, now: str | None) -> str:
    if then == now:
        return "inputs, facts, engine and the service's revision: the same then"
    return f"inputs, facts, engine or the service's revision are others: {_last(then)} then, {_last(now or '')} now"


def _facts(rerun: Rerun) -> Iterator[str]:
    yield f"outcome: {_told(rerun.now)}"
    yield from differing(rerun.outcome)


def _told(side: Side) -> str:
    facts = ", ".join(f"{name} {cut(_json(value))}" for name, value in side.facts.items())
    return f"{side.outcome}, {facts}" if facts else side.outcome


def _files(files: Sequence[FileCompared]) -> Iterator[str]:
    for file in files:
        seen = file.now or file.then
        size = f"{seen.size_bytes} bytes, sha256 {seen.sha256[:12]}…" if seen else ""
        if file.then and file.now and file.outcome == "different":
            size = f"{_size(file.then)} then, {_size(file.now)} now"
        yield f"{file.kind}: {file.outcome}, {size}"
        yield from differing(file.differences)


def _size(seen: Any) -> str:
    return f"{seen.size_bytes} bytes, sha256 {seen.sha256[:12]}…"


def _verdict(rerun: Rerun) -> str:
    known: Mapping[bool | None, str] = {True: "identical", False: "different"}
    return known.get(rerun.identical, "nobody told how this run ended: nothing to compare")


def _last(folder: str) -> str:
    return folder.rsplit("/", 1)[-1]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
