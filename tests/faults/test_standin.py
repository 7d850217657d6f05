"""The stand-in engines: valid files, the same for the same inputs; what goes wrong goes wrong as often as it says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aik_aligner.main import SERVICE as ALIGNER
from aik_events.pipeline import Step
from aik_lyrics import Karaoke, Lyrics
from aik_lyrics.invariants import invariants
from aik_service.step import BadInput, StepInput, StepOutput

from tests.faults import standin
from tests.faults.songs import LYRICS, REFUSED
from tests.faults.standin_service import standing_in_for


@pytest.fixture(autouse=True)
def tries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tries").mkdir()
    monkeypatch.setenv(standin.TRIES, str(tmp_path / "tries"))


def song(folder: Path, **script: Any) -> dict[str, Path]:
    source = folder / "song.mp3"
    source.write_text(json.dumps({"song": 1, "seconds": dict.fromkeys(Step, 0.0), **script}))
    return {"source": source}


def performed(step: Step, files: Mapping[str, Path], out: Path) -> StepOutput:
    out.mkdir(parents=True)
    given = {kind: path for kind, path in files.items() if kind in step.needs}
    about = StepInput(track_id="trk_1", files=given, out=out, job_id="job_1", version=1)
    output: StepOutput = getattr(standin, step.value)(about, standin.StandIn(), lambda share: None)
    return output


def all_through(files: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    """Every file that the five steps make of this song."""
    for step in Step:
        files = {**files, **performed(step, files, folder / step).files}
    return dict(files)


def test_the_files_are_valid_documents(tmp_path: Path) -> None:
    made = all_through(song(tmp_path), tmp_path / "made")
    assert Lyrics.from_json(made["lyrics"].read_bytes()).source_text == LYRICS
    karaoke = Karaoke.from_json(made["karaoke.json"].read_bytes())
    assert invariants(karaoke) == []
    assert [line.text for line in karaoke.lines] == LYRICS.split("\n")


def test_the_same_song_gives_the_same_files(tmp_path: Path) -> None:
    one, other = (all_through(song(tmp_path), tmp_path / name) for name in ("one", "other"))
    assert {kind: path.read_bytes() for kind, path in one.items()} == {k: p.read_bytes() for k, p in other.items()}


def test_a_song_breaks_as_often_as_it_says(tmp_path: Path) -> None:
    files = song(tmp_path, breaks={"separate": 2})
    for number in range(2):
        with pytest.raises(RuntimeError):
            performed(Step.SEPARATE, files, tmp_path / str(number))
    assert performed(Step.SEPARATE, files, tmp_path / "2").files


def test_a_song_is_refused_by_the_step_that_it_says(tmp_path: Path) -> None:
    files = song(tmp_path, refuses="check")
    with pytest.raises(BadInput) as refused:
        all_through(files, tmp_path / "made")
    assert refused.value.code == REFUSED
    assert (tmp_path / "made" / "check").exists()


def test_a_stand_in_has_the_name_of_the_service_that_it_stands_for() -> None:
    service = standing_in_for(ALIGNER)
    assert (service.name, service.step, service.result) == (ALIGNER.name, ALIGNER.step, ALIGNER.result)
    assert service.handler == "tests.faults.standin:align"
