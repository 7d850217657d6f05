"""Models in folders: an engine gets one whose every file has its hash, or a sentence that says what to do."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from aik_service.models import Model, ModelDamaged, ModelMissing, ModelRefused, verified
from aik_service.models.card import CARD, ModelCard, checked_name, checked_path
from aik_service.models.folder import differences, model_card, names
from aik_service.models.storing import copied, stored

ABOUT = {"name": "small", "kind": "whisper", "revision": "1", "source": "hf:a/b", "licence": "MIT"}
FILES = {"config.json": "{}", "weights/model.bin": "heavy"}


def written(folder: Path) -> None:
    for path, text in FILES.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)


def store(
    models: Path, write: Callable[[Path], None] = written, *, replace: bool = False, name: str = "small"
) -> Model:
    return stored(models, {**ABOUT, "name": name}, write, expected={}, replace=replace)


def spoil(path: Path, text: str) -> None:
    path.chmod(0o644)
    path.write_text(text)


def test_what_was_stored_is_verified_and_read_only(tmp_path: Path) -> None:
    store(tmp_path)
    model = verified(tmp_path, "small")
    assert sorted(model.card.files) == sorted(FILES)
    assert model.file("weights/model.bin").read_text() == "heavy"
    assert {path.stat().st_mode & 0o222 for path in model.folder.rglob("*") if path.is_file()} == {0}
    assert json.loads((model.folder / CARD).read_text())["files"]["config.json"]["sizeBytes"] == 2


def test_one_hash_stands_for_all_files_and_their_names(tmp_path: Path) -> None:
    def renamed(folder: Path) -> None:
        (folder / "config.json").write_text("{}")
        (folder / "model.bin").write_text("heavy")

    first = store(tmp_path / "a").sha256
    assert (store(tmp_path / "b").sha256, store(tmp_path / "c", renamed).sha256 == first) == (first, False)


def test_a_model_that_is_not_there_is_missing_and_the_command_that_gets_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"no model small in .*aik-models fetch small") as missing:
        verified(tmp_path, "small")
    assert missing.value.code == "model-missing"


def other_bytes(folder: Path) -> None:
    spoil(folder / "config.json", "[]")


def longer(folder: Path) -> None:
    spoil(folder / "config.json", "{ }")


def gone(folder: Path) -> None:
    (folder / "config.json").unlink()


def one_more(folder: Path) -> None:
    (folder / "weights" / "model.safetensors").write_text("never seen")


def link_out(folder: Path) -> None:
    (folder.parent / "elsewhere").write_text("{}")
    gone(folder)
    (folder / "config.json").symlink_to(folder.parent / "elsewhere")


def folder_link(folder: Path) -> None:
    (folder / "more").symlink_to(folder.parent, target_is_directory=True)


def card_of_another(folder: Path) -> None:
    spoil(folder / CARD, (folder / CARD).read_text().replace('"small"', '"large"'))


def no_json(folder: Path) -> None:
    spoil(folder / CARD, "{")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (other_bytes, "config.json has sha256 .*, expected"),
        (longer, "config.json has 3 bytes, expected 2"),
        (gone, "config.json is missing"),
        (one_more, "weights/model.safetensors is not in model.json"),
        (link_out, "config.json is a link that leads out"),
        (folder_link, "more is not in model.json"),
        (card_of_another, "is of the model large"),
        (no_json, "model.json can't be used"),
    ],
)
def test_a_model_that_differs_is_damaged_and_the_command_that_mends_it_is_said(
    tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    harm(store(tmp_path).folder)
    with pytest.raises(ModelDamaged, match=rf"{said}.*aik-models fetch small --replace") as damaged:
        verified(tmp_path, "small")
    assert damaged.value.code == "model-damaged"


def test_a_model_is_hashed_once_in_a_process(tmp_path: Path) -> None:
    folder = store(tmp_path).folder
    first = verified(tmp_path, "small")
    spoil(folder / "config.json", "[]")
    assert verified(tmp_path, "small") is first


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "/etc", ".hidden", "a\\b", "a\0b", "a" * 101, "-x"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    for refused in (lambda: verified(tmp_path, name), lambda: model_card(tmp_path, name), lambda: checked_name(name)):
        with pytest.raises(ModelRefused, match="is no name of a model"):
            refused()
    with pytest.raises(ModelRefused):
        store(tmp_path / "models", name=name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "a//b", "./a", "a/", "", ".", "a\\b", "a\0", CARD])
def test_no_file_lies_outside_of_its_model(path: str) -> None:
    with pytest.raises(ModelRefused):
        checked_path(path)
    with pytest.raises(ModelRefused):
        ModelCard.model_validate({**ABOUT, "files": {path: {"sha256": "0" * 64, "sizeBytes": 0}}})


def test_a_name_that_is_taken_is_refused_and_replaced_when_it_is_wished(tmp_path: Path) -> None:
    def other(folder: Path) -> None:
        (folder / "config.json").write_text("other")

    store(tmp_path)
    with pytest.raises(ModelRefused, match="--replace"):
        store(tmp_path, other)
    assert store(tmp_path, other, replace=True).file("config.json").read_text() == "other"
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_a_folder_that_is_no_model_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "precious").write_text("mine")
    with pytest.raises(ModelRefused, match="no model's folder"):
        store(tmp_path, replace=True)
    assert (tmp_path / "small" / "precious").read_text() == "mine"


def test_what_could_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    def half(folder: Path) -> None:
        written(folder)
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        store(tmp_path, half)
    with pytest.raises(ModelRefused, match="Missing: every file"):
        store(tmp_path, lambda folder: None)
    with pytest.raises(ModelRefused, match=r"config\.json has sha256 .*, expected 0000"):
        stored(tmp_path, ABOUT, written, expected={"config.json": "0" * 64}, replace=False)
    with pytest.raises(ModelRefused, match=r"Missing: other\.bin"):
        stored(tmp_path, ABOUT, written, expected={"other.bin": "0" * 64}, replace=False)
    assert list(tmp_path.iterdir()) == []
    assert names(tmp_path) == []


def test_a_copy_follows_links_and_leaves_the_old_card_behind(tmp_path: Path) -> None:
    source, blobs = tmp_path / "snapshot", tmp_path / "blobs"
    (source / "deep").mkdir(parents=True)
    blobs.mkdir()
    (blobs / "abc").write_text("heavy")
    os.symlink(blobs / "abc", source / "deep" / "model.bin")
    (source / CARD).write_text("of another time")
    model = store(tmp_path / "models", lambda folder: copied(source, folder))
    assert (list(model.card.files), list(differences(model.folder, model.card))) == (["deep/model.bin"], [])
    assert not model.file("deep/model.bin").is_symlink()
