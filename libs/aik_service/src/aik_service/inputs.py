"""What a step reads: the artefacts of its recipe, downloaded, and the facts."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import structlog
from aik_events.event import Artefact

from aik_service.models import sha256_of
from aik_service.objects import ObjectMissing, Objects
from aik_service.recipe import Recipe
from aik_service.step import BadInput, StepInput

log = structlog.get_logger()


async def downloaded(
    objects: Objects, recipe: Recipe, folder: Path, *, kept: Mapping[str, Artefact] = MappingProxyType({})
) -> StepInput:
    """The inputs lie in the folder, `out` is an empty one in it. Raises BadInput for an object that is gone."""
    out, of_earlier = folder / "out", folder / "kept"
    out.mkdir()
    of_earlier.mkdir()
    files = {kind: folder / f"{kind}{Path(input.key).suffix}" for kind, input in recipe.inputs.items()}
    await asyncio.gather(*(_fetch(objects, kind, recipe.inputs[kind].key, path) for kind, path in files.items()))
    again = await _kept_files(objects, kept, of_earlier)
    return StepInput(track_id=recipe.track_id, files=files, out=out, kept=again, **recipe.facts)


async def _kept_files(objects: Objects, kept: Mapping[str, Artefact], folder: Path) -> Mapping[str, Path]:
    """All of them as they were kept, or none: what is gone or spoiled is made anew."""
    paths = {kind: folder / artefact.key.rpartition("/")[2] for kind, artefact in kept.items()}
    try:
        await asyncio.gather(*(objects.fetch(kept[kind].key, path) for kind, path in paths.items()))
    except ObjectMissing:
        return {}
    found = {kind: await asyncio.to_thread(sha256_of, path) for kind, path in paths.items()}
    if any(found[kind] != artefact.sha256 for kind, artefact in kept.items()):
        log.warning("what was kept is not what it was, it is made anew", keys=[one.key for one in kept.values()])
        return {}
    return paths


async def _fetch(objects: Objects, kind: str, key: str, path: Path) -> None:
    try:
        await objects.fetch(key, path)
    except ObjectMissing as error:
        raise BadInput("source-gone", f"The {kind} file is gone from the store: {_remedy(kind)}.") from error


def _remedy(kind: str) -> str:
    return "upload the song again" if kind == "source" else "reprocess the track from the step that makes it"
