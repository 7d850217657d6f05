"""What a step reads: the artefacts of its recipe, downloaded, and the facts."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from aik_events.event import Artefact

from aik_service.objects import ObjectMissing, Objects
from aik_service.recipe import Recipe
from aik_service.step import BadInput, StepInput


async def downloaded(
    objects: Objects, recipe: Recipe, folder: Path, *, kept: Mapping[str, Artefact] | None = None
) -> StepInput:
    """The inputs lie in the folder, `out` is an empty one in it. Raises BadInput for an object that is gone."""
    out, of_earlier = folder / "out", folder / "kept"
    out.mkdir()
    of_earlier.mkdir()
    files = {kind: folder / f"{kind}{Path(input.key).suffix}" for kind, input in recipe.inputs.items()}
    keys = {kind: artefact.key for kind, artefact in (kept or {}).items()}
    again = {kind: of_earlier / key.rpartition("/")[2] for kind, key in keys.items()}
    await asyncio.gather(
        *(_fetch(objects, kind, recipe.inputs[kind].key, path) for kind, path in files.items()),
        *(_fetch(objects, kind, keys[kind], path) for kind, path in again.items()),
    )
    return StepInput(track_id=recipe.track_id, files=files, out=out, kept=again, **recipe.facts)


async def _fetch(objects: Objects, kind: str, key: str, path: Path) -> None:
    try:
        await objects.fetch(key, path)
    except ObjectMissing as error:
        raise BadInput("source-gone", f"The {kind} file is gone from the store: {_remedy(kind)}.") from error


def _remedy(kind: str) -> str:
    return "upload the song again" if kind == "source" else "reprocess the track from the step that makes it"
