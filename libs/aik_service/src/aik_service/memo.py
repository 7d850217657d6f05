"""The memo: what a step made is found again by the hash of everything that decided it."""

from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from aik_events.event import Artefact, Frozen

from aik_service.models import sha256_of
from aik_service.objects import ObjectMissing, Objects, ObjectsUnavailable
from aik_service.recipe import Recipe
from aik_service.step import StepOutput

CONTENT_TYPES = {".flac": "audio/flac", ".m4a": "audio/mp4", ".json": "application/json", ".lrc": "text/plain"}


class Manifest(Frozen):
    """Written last, once: where it is, the step is done, and what it names is whole."""

    step: str
    engine: Mapping[str, Any]
    inputs: Mapping[str, str]
    """What stands for the bytes of each input: its sha256, or the source's key."""
    artefacts: Mapping[str, Artefact]
    facts: Mapping[str, Any]


class Memo:
    """Files go under names that one attempt alone uses; the manifest that names them is created last, by one winner."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def find(self, recipe: Recipe) -> Manifest | None:
        try:
            return Manifest.model_validate_json(await self._objects.read(f"{recipe.folder}/manifest.json"))
        except ObjectMissing:
            return None

    async def keep(self, recipe: Recipe, output: StepOutput, *, attempt_name: str) -> Manifest:
        """Stores the files, then the manifest; the loser of a race gets the winner's."""
        artefacts = {
            kind: await self._store(f"{recipe.folder}/{attempt_name}/{path.name}", path)
            for kind, path in output.files.items()
        }
        manifest = Manifest(
            step=recipe.step,
            engine={
                "name": recipe.engine.name,
                "version": recipe.engine.version,
                "weightsSha256": recipe.engine.weights_sha256,
                "parameters": dict(recipe.engine.parameters),
            },
            inputs={kind: input.word for kind, input in recipe.inputs.items()},
            artefacts=artefacts,
            facts=output.facts,
        )
        body = manifest.model_dump_json(by_alias=True).encode()
        if await self._objects.create(f"{recipe.folder}/manifest.json", body, "application/json"):
            return manifest
        winner = await self.find(recipe)
        if winner is None:
            raise ObjectsUnavailable(f"{recipe.folder}: the manifest is there and can't be read")
        return winner

    async def _store(self, key: str, path: Path) -> Artefact:
        content_type = CONTENT_TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
        artefact = Artefact(key=key, sha256=sha256_of(path), size_bytes=path.stat().st_size, content_type=content_type)
        await self._objects.put(key, path, content_type)
        return artefact
