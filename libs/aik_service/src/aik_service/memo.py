"""The memo: what a step made is found again by the hash of everything that decided it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import structlog
from aik_events.event import Artefact, Frozen
from pydantic import ValidationError

from aik_service.file_types import file_type
from aik_service.models import sha256_of
from aik_service.objects import ObjectMissing, Objects
from aik_service.recipe import Recipe
from aik_service.step import StepOutput

log = structlog.get_logger()


class Manifest(Frozen):
    """Written last, once: where it is, the step is done, and what it names is whole."""

    step: str
    engine: Mapping[str, Any]
    inputs: Mapping[str, str]
    """What stands for the bytes of each input: its sha256, or the source's key."""
    artefacts: Mapping[str, Artefact]
    facts: Mapping[str, Any]

    def names(self, folder: str) -> bool:
        """Whether its files are those of this folder."""
        return any(artefact.key.startswith(f"{folder}/") for artefact in self.artefacts.values())


class Memo:
    """Files go under names that one attempt alone uses; the manifest that names them is created last, by one winner."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def find(self, recipe: Recipe) -> Manifest | None:
        """None as well when a file that it names is not there any more: then the step is done anew."""
        try:
            manifest = Manifest.model_validate_json(await self._objects.read(recipe.manifest_key))
            if await self._is_whole(manifest):
                return manifest
            log.warning("a manifest names what is not there, the step is done anew", key=recipe.manifest_key)
        except ValidationError as error:
            log.warning("a manifest can't be read, the step is done anew", key=recipe.manifest_key, error=str(error))
        except ObjectMissing:
            pass
        return None

    async def keep(
        self,
        recipe: Recipe,
        output: StepOutput,
        *,
        attempt_name: str,
        there: Mapping[str, Artefact] = MappingProxyType({}),
    ) -> Manifest:
        """Stores the files, then the manifest; the loser of a race gets the winner's.

        A file that is there already, by its kind and its bytes, is not stored again, but named where it lies.
        """
        folder = f"{recipe.folder}/{attempt_name}"
        made = {kind: await _artefact(f"{folder}/{path.name}", path) for kind, path in output.files.items()}
        known = {kind: one for kind, one in there.items() if kind in made and one.sha256 == made[kind].sha256}
        artefacts = {**made, **known}
        new = [kind for kind in made if kind not in known]  # In order: who dies here, dies after the same files.
        await asyncio.gather(
            *(self._objects.put(made[kind].key, output.files[kind], made[kind].content_type) for kind in new)
        )
        manifest = _manifest(recipe, output, artefacts)
        body = manifest.model_dump_json(by_alias=True).encode()
        if await self._objects.create(recipe.manifest_key, body, "application/json"):
            return manifest
        winner = await self.find(recipe)
        if winner is not None:
            return winner
        await self._objects.put(recipe.manifest_key, body, "application/json")  # Over one that is broken.
        return manifest

    async def _is_whole(self, manifest: Manifest) -> bool:
        try:
            sizes = await asyncio.gather(*(self._objects.size(a.key) for a in manifest.artefacts.values()))
        except ObjectMissing:
            return False
        return sizes == [artefact.size_bytes for artefact in manifest.artefacts.values()]


async def _artefact(key: str, path: Path) -> Artefact:
    sha256 = await asyncio.to_thread(sha256_of, path)
    content_type = file_type(path.name).content_type
    return Artefact(key=key, sha256=sha256, size_bytes=path.stat().st_size, content_type=content_type)


def _manifest(recipe: Recipe, output: StepOutput, artefacts: Mapping[str, Artefact]) -> Manifest:
    inputs = {kind: input.word for kind, input in recipe.inputs.items()}
    return Manifest(
        step=recipe.step, engine=recipe.engine.document, inputs=inputs, artefacts=artefacts, facts=output.facts
    )
