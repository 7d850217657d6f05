"""The memo: found by everything that decided it, written last, by one winner."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from aik_service.memo import Memo
from aik_service.objects.memory import MemoryObjects
from aik_service.recipe import Input, Recipe, recipe_of_kept
from aik_service.step import EngineIdentity, StepOutput

RECIPE = Recipe(
    track_id="trk_1",
    step="align",
    inputs={"vocals": Input("k1", "aa"), "lyrics": Input("k2", "bb")},
    facts={"version": 1},
    engine=EngineIdentity("whisper", "1", "cc", {"beam": 5}),
)


def output(folder: Path, text: str) -> StepOutput:
    (folder / "karaoke.json").write_text(text)
    return StepOutput({"karaoke": folder / "karaoke.json"}, {"coverage": 1.0})


async def test_what_was_kept_is_found(tmp_path: Path) -> None:
    objects = MemoryObjects()
    kept = await Memo(objects).keep(RECIPE, output(tmp_path, "{}"), attempt_name="1-a")
    assert await Memo(objects).find(RECIPE) == kept
    assert objects.stored[kept.artefacts["karaoke"].key] == b"{}"


async def test_a_manifest_says_which_engine_weights_parameters_and_inputs_made_its_files(tmp_path: Path) -> None:
    """And so does that of what is kept for later versions."""
    objects = MemoryObjects()
    for recipe, inputs in ((RECIPE, RECIPE.inputs), (recipe_of_kept(RECIPE, {"vocals"}), ["vocals"])):
        await Memo(objects).keep(recipe, output(tmp_path, "{}"), attempt_name="1-a")
        stored = json.loads(objects.stored[recipe.manifest_key])
        engine = {"name": "whisper", "version": "1", "weightsSha256": "cc", "parameters": {"beam": 5}}
        assert stored["engine"] == engine
        assert stored["inputs"] == {kind: RECIPE.inputs[kind].word for kind in inputs}


async def test_files_without_a_manifest_are_not_found(tmp_path: Path) -> None:
    objects = MemoryObjects()
    kept = await Memo(objects).keep(RECIPE, output(tmp_path, "{}"), attempt_name="1-a")
    del objects.stored[f"{RECIPE.folder}/manifest.json"]
    assert kept.artefacts["karaoke"].key in objects.stored
    assert await Memo(objects).find(RECIPE) is None


async def test_the_loser_of_a_race_reports_the_winners_manifest(tmp_path: Path) -> None:
    objects = MemoryObjects()
    winner = await Memo(objects).keep(RECIPE, output(tmp_path, "winner"), attempt_name="1-a")
    loser = await Memo(objects).keep(RECIPE, output(tmp_path, "loser"), attempt_name="2-b")
    assert loser == winner
    assert objects.stored[loser.artefacts["karaoke"].key] == b"winner"


async def test_what_lies_there_already_is_named_there_and_not_stored_again(tmp_path: Path) -> None:
    objects = MemoryObjects()
    first = await Memo(objects).keep(RECIPE, output(tmp_path, "{}"), attempt_name="1-a")
    other = replace(RECIPE, revision=2)
    (tmp_path / "new.json").write_text("new")
    both = StepOutput({**output(tmp_path, "{}").files, "new": tmp_path / "new.json"})
    kept = await Memo(objects).keep(other, both, attempt_name="1-b", there=first.artefacts)
    assert kept.artefacts["karaoke"] == first.artefacts["karaoke"]
    stored = {key for key in objects.stored if key.startswith(other.folder)}
    assert stored == {other.manifest_key, f"{other.folder}/1-b/new.json"}
    assert await Memo(objects).find(other) == kept


@pytest.mark.parametrize(
    "other",
    [
        replace(RECIPE, track_id="trk_2"),
        replace(RECIPE, revision=2),
        replace(RECIPE, inputs={"vocals": Input("k1", "aa"), "lyrics": Input("k2", "other")}),
        replace(RECIPE, facts={"version": 2}),
        replace(RECIPE, engine=replace(RECIPE.engine, version="2")),
        replace(RECIPE, engine=replace(RECIPE.engine, weights_sha256="other")),
        replace(RECIPE, engine=replace(RECIPE.engine, parameters={"beam": 1})),
    ],
)
def test_whatever_decides_the_output_decides_the_folder(other: Recipe) -> None:
    assert other.folder != RECIPE.folder


@pytest.mark.parametrize("content", [None, b"{ha"])
async def test_a_manifest_that_names_what_is_not_there_or_not_whole_is_given_up(
    tmp_path: Path, content: bytes | None
) -> None:
    objects = MemoryObjects()
    kept = await Memo(objects).keep(RECIPE, output(tmp_path, "{}"), attempt_name="1-a")
    key = kept.artefacts["karaoke"].key
    objects.stored = {RECIPE.manifest_key: objects.stored[RECIPE.manifest_key], **({key: content} if content else {})}
    assert await Memo(objects).find(RECIPE) is None
    again = await Memo(objects).keep(RECIPE, output(tmp_path, "{}"), attempt_name="2-b")
    assert await Memo(objects).find(RECIPE) == again
    assert again.artefacts["karaoke"].key != key


async def test_a_manifest_that_can_not_be_read_is_written_over(tmp_path: Path) -> None:
    objects = MemoryObjects()
    objects.stored[RECIPE.manifest_key] = b"{}"
    assert await Memo(objects).find(RECIPE) is None
    kept = await Memo(objects).keep(RECIPE, output(tmp_path, "{}"), attempt_name="1-a")
    assert await Memo(objects).find(RECIPE) == kept
