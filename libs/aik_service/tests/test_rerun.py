"""A step run again on what it was given then: nothing is stored, and what differs is said."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from aik_events.catalogue import TrackSeparated
from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.event import Artefact, Event
from aik_events.pipeline import Step
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_service.objects.memory import MemoryObjects
from aik_service.rerun.again import Again, Rerun
from aik_service.rerun.comparing import Difference
from aik_service.rerun.environment import UnknownSetting, engine_environment, setting
from aik_service.rerun.moments import Moment, moments
from aik_service.service import StepService
from aik_service.sla import Sla
from aik_service.step import BadInput, EngineIdentity, Progress, StepInput, StepOutput

ECHO = StepService(
    step=Step.SEPARATE,
    result=TrackSeparated,
    handler="aik_service.testing.echo:handle",
    engines={"shouter": "aik_service.testing.echo:load"},
    sla=Sla(base_s=1, factor=0),
)
SHOUTER = {"name": "shouter", "version": "1"}
KINDS = ("vocals", "accompaniment")


class Whisperer:
    identity = EngineIdentity(name="whisperer", version="2", parameters={"volume": 1})

    def shout(self, text: str) -> str:
        return os.environ.get("AIK_ECHO_SAYS", text.lower())


def whisperer() -> Whisperer:
    return Whisperer()


def document(step: StepInput, engine: Whisperer, progress: Progress) -> StepOutput:
    """Makes a JSON document of its source."""
    path = step.out / "vocals.json"
    path.write_text(json.dumps({"words": [engine.shout(step.files["source"].read_text())], "count": 1}))
    return StepOutput({"vocals": path}, {"duration_ms": 5})


class Song:
    """A track with this text as its source, and a store that has what was made of it."""

    def __init__(self, text: str) -> None:
        self.author = Author()
        imported = self.author.imported()
        self.events: list[Event] = [imported]
        self.objects = MemoryObjects()
        self.objects.stored[imported.source.key] = text.encode()

    def separated(self, files: Mapping[str, bytes], *, duration_ms: int = 5) -> None:
        folder = f"tracks/{self.author.track}/artefacts/separate/0123/1-ab"
        artefacts = {}
        for name, content in files.items():
            key = f"{folder}/{name}"
            self.objects.stored[key] = content
            digest = sha256(content).hexdigest()
            kind = name.partition(".")[0]
            artefacts[kind] = Artefact(key=key, sha256=digest, size_bytes=len(content), content_type="text/plain")
        result = self.author.finished("separate", artefacts=artefacts, duration_ms=duration_ms, made_with=SHOUTER)
        self.events.append(result)

    def moment(self) -> Moment:
        key, at = self.author.track.encode(), Partition(TRACKS, 0)
        records = [Record(at, n, key, value_of(event), headers_of(event)) for n, event in enumerate(self.events)]
        return moments(self.author.track, records, Step.SEPARATE)[-1]

    def again(
        self, service: StepService = ECHO, *, out: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> Rerun:
        """Run again; the store is the same before and after."""
        stored = dict(self.objects.stored)
        found = Again(service, self.objects, service.default_engine).run(self.moment(), out, settings or {})
        assert self.objects.stored == stored
        return found


@pytest.fixture
def song() -> Song:
    song = Song("la la")
    song.separated({f"{kind}.txt": b"LA LA" for kind in KINDS})
    return song


def test_the_same_output_is_identical(song: Song) -> None:
    found = song.again()
    assert (found.identical, found.outcome, found.engine) == (True, (), ())
    assert [(file.kind, file.outcome) for file in found.files] == [(kind, "identical") for kind in sorted(KINDS)]
    assert (found.wanted_at, found.told_at) == (0, 1)


def test_another_fact_is_a_difference(song: Song) -> None:
    song = Song("la la")
    song.separated({f"{kind}.txt": b"LA LA" for kind in KINDS}, duration_ms=6)
    found = song.again()
    assert found.identical is False
    assert found.outcome == (Difference(path="durationMs", then="6", now="5"),)


def test_another_engine_is_named_and_so_is_every_file_that_it_makes_otherwise(song: Song) -> None:
    found = song.again(replace(ECHO, engines={"whisperer": f"{__name__}:whisperer"}))
    assert found.identical is False
    assert found.engine == (
        Difference(path="name", then='"shouter"', now='"whisperer"'),
        Difference(path="version", then='"1"', now='"2"'),
        Difference(path="parameters.volume", then="absent", now="1"),
    )
    assert {file.outcome for file in found.files} == {"different"}


DOCUMENT = replace(ECHO, handler=f"{__name__}:document", engines={"whisperer": f"{__name__}:whisperer"})


def test_a_document_that_differs_is_compared_field_by_field() -> None:
    song = Song("la la")
    song.separated({"vocals.json": b'{"words": ["LA LA"], "count": 1}'})
    [file] = song.again(DOCUMENT).files
    assert file.differences == (Difference(path="words[0]", then='"LA LA"', now='"la la"'),)


def test_a_setting_is_set_for_the_engine_alone() -> None:
    song = Song("la la")
    song.separated({"vocals.json": b'{"words": ["oh"], "count": 1}'})
    [file] = song.again(DOCUMENT, settings={"AIK_ECHO_SAYS": "oh"}).files
    assert file.outcome == "identical"
    assert "AIK_ECHO_SAYS" not in os.environ


def test_the_new_files_are_left_where_they_are_wanted(song: Song, tmp_path: Path) -> None:
    song.again(out=tmp_path / "out")
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == {
        f"{kind}.txt": "LA LA" for kind in KINDS
    }


def test_a_refusal_is_compared_with_the_refusal_of_then() -> None:
    song = Song("refuse")
    song.events.append(song.author.failed("separate", code="not-audio", detail="Upload a song.", retryable=False))
    assert song.again().identical is True
    other = Song("refuse")
    other.events.append(other.author.failed("separate", code="too-long"))
    assert [each.path for each in other.again().outcome] == ["code", "detail"]


def test_where_nobody_told_anything_there_is_nothing_to_compare() -> None:
    found = Song("la la").again()
    assert (found.identical, found.then) == (None, None)
    assert {file.outcome for file in found.files} == {"new"}


def test_what_an_engine_raises_comes_through() -> None:
    with pytest.raises(RuntimeError, match="broken"):
        Song("break").again()


def test_an_input_that_is_gone_is_no_outcome(song: Song) -> None:
    song.objects.stored.clear()
    with pytest.raises(BadInput, match="source-gone"):
        song.again()


def test_an_engine_sees_no_secrets_and_the_environment_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ("AIK_POSTGRES", "AIK_S3_SECRET_KEY", "AIK_SECRET_KEY", "AIK_KAFKA_PASSWORD", "AIK_KAFKA_KEY")
    for name in secrets:
        monkeypatch.setenv(name, "secret")
    before = dict(os.environ)
    with engine_environment({"AIK_ECHO_SAYS": "oh"}):
        assert os.environ["AIK_ECHO_SAYS"] == "oh"
        assert not os.environ.keys() & set(secrets)
    assert dict(os.environ) == before


def test_a_setting_has_a_short_name_and_one_that_nobody_reads_is_refused() -> None:
    assert setting(ECHO, "lease_s=3") == ("AIK_LEASE_S", "3")
    assert setting(ECHO, "AIK_LEASE_S=a=b") == ("AIK_LEASE_S", "a=b")
    for wrong in ("leese_s=3", "lease_s"):
        with pytest.raises(UnknownSetting):
            setting(ECHO, wrong)
