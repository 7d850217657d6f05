"""One step through two engines: each in a process of its own, on the same inputs; and how that is shown."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aik_events.catalogue import TrackSeparated
from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.pipeline import Step
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_service.compare.text import show
from aik_service.compare.two_engines import Asked, Comparison, EngineUnfit, Tried, TwoEngines
from aik_service.differences import Measure, Measurements, Place
from aik_service.objects.memory import MemoryObjects
from aik_service.rerun.comparing import Difference, FileCompared, FileSeen
from aik_service.rerun.moments import Moment, moments
from aik_service.rerun.shown import MOST
from aik_service.rerun.sides import Side
from aik_service.service import StepService
from aik_service.sla import Sla
from aik_service.step import BadInput, StepOutput
from aik_service.testing.children import engine_children
from aik_service.testing.spoilt import SPOILT, is_harmless

ECHO = "aik_service.testing.echo"
SHOUTER = Asked(name="shouter", loader=f"{ECHO}:load")
WHISPERER = Asked(name="whisperer", loader=f"{ECHO}:load_whisperer")
SERVICE = StepService(
    step=Step.SEPARATE,
    result=TrackSeparated,
    handler=f"{ECHO}:handle",
    engines={asked.name: asked.loader for asked in (SHOUTER, WHISPERER)},
    sla=Sla(base_s=1, factor=0),
    differences=f"{__name__}:letters",
)


def letters(first: StepOutput, second: StepOutput) -> Measurements:
    """How many capital letters there are."""
    counts = [sum(map(str.isupper, output.files["vocals"].read_text())) for output in (first, second)]
    return Measurements(measures=(Measure(name="capitals", first=counts[0], second=counts[1]),))


class Song:
    """A track whose source is this text, and which nobody has separated yet."""

    def __init__(self, text: str) -> None:
        author = Author()
        imported = author.imported()
        key = author.track.encode()
        record = Record(Partition(TRACKS, 0), 0, key, value_of(imported), headers_of(imported))
        self.moment: Moment = moments(author.track, [record], Step.SEPARATE)[-1]
        self.objects = MemoryObjects()
        self.objects.stored[imported.source.key] = text.encode()

    async def compared(
        self,
        first: Asked = SHOUTER,
        second: Asked = WHISPERER,
        *,
        service: StepService = SERVICE,
        out: Path | None = None,
    ) -> Comparison:
        """The store is the same before and after, and no engine is left."""
        stored = dict(self.objects.stored)
        try:
            return await TwoEngines(service, self.objects).run(self.moment, first, second, out)
        finally:
            assert self.objects.stored == stored
            assert engine_children() == []


async def test_each_engine_makes_its_own_of_the_same_input_and_the_service_measures_both() -> None:
    found = await Song("La la").compared()
    assert [tried.side.engine and tried.side.engine["name"] for tried in (found.first, found.second)] == [
        "shouter",
        "whisperer",
    ]
    assert (found.identical, found.outcome) == (False, ())
    assert [(file.kind, file.outcome) for file in found.files] == [
        ("accompaniment", "different"),
        ("vocals", "different"),
    ]
    assert found.measured == Measurements(measures=(Measure(name="capitals", first=4, second=0),))


async def test_the_seconds_are_the_step_s_own_and_the_speed_is_the_song_s_length_by_them() -> None:
    found = await Song("slow").compared()  # half a second, of a song of 4 ms
    assert found.first.seconds >= 0.5
    assert found.first.start_s > 0
    assert found.first.speed == pytest.approx(0.004 / found.first.seconds, abs=0.01)


async def test_an_engine_is_identical_with_itself() -> None:
    assert (await Song("La la").compared(SHOUTER, SHOUTER)).identical


async def test_the_files_of_both_are_left_where_they_are_wanted(tmp_path: Path) -> None:
    await Song("La la").compared(out=tmp_path / "out")
    found = {str(path.relative_to(tmp_path / "out")): path.read_text() for path in (tmp_path / "out").glob("*/*")}
    assert found == {
        f"{folder}/{kind}.txt": text
        for folder, text in (("1-shouter", "LA LA"), ("2-whisperer", "la la"))
        for kind in ("vocals", "accompaniment")
    }


async def test_a_refusal_is_an_outcome_and_nothing_is_measured() -> None:
    found = await Song("refuse").compared()
    assert (found.first.side.outcome, found.first.side.facts["code"]) == ("job.failed", "not-audio")
    assert (found.identical, found.measured) == (True, None)


@pytest.mark.parametrize(("asked", "why"), [("load_nothing", "there is no model"), ("load_on_no_device", "/dev has")])
async def test_an_engine_that_can_not_be_loaded_says_why_to_the_operator(asked: str, why: str) -> None:
    with pytest.raises(EngineUnfit, match=f"{asked} can't be used: .*{why}"):
        await Song("La").compared(second=Asked(name=asked, loader=f"{ECHO}:{asked}"))


async def test_an_input_that_is_gone_is_no_outcome() -> None:
    song = Song("La")
    song.objects.stored.clear()
    with pytest.raises(BadInput, match="source-gone"):
        await song.compared()


DOCUMENT = """
import json
from aik_service.step import StepOutput

def handle(step, engine, progress):
    path = step.out / "vocals.json"
    path.write_text(json.dumps({"words": [engine.shout("La")], "count": 1}))
    return StepOutput({"vocals": path}, {"duration_ms": 5})
"""


async def test_documents_are_compared_field_by_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "documents.py").write_text(DOCUMENT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = await Song("La").compared(service=replace(SERVICE, handler="documents:handle", differences=None))
    assert found.measured is None
    assert found.files[0].differences == (Difference(path="words[0]", then='"LA"', now='"la"'),)


def tried(name: str, facts: Mapping[str, str]) -> Tried:
    engine = {"name": name, "version": name, "weightsSha256": "ab" * 32}
    side = Side(outcome="track.aligned", facts=facts, engine=engine, recipe=None, files={})
    return Tried(asked=name, side=side, start_s=1.5, seconds=2, speed=3.25)


def comparison(text: str, *, places: int = 1, measured: bool = True) -> Comparison:
    """In which everything that comes from elsewhere is this text."""
    difference = Difference(path=text, then=text, now=text)
    seen = FileSeen(sha256="0", size_bytes=1)
    measure = Measure(name=text, unit=text, first=text, second=0.125, between=7)
    return Comparison(
        track=text,
        step="align",
        version=1,
        job=text,
        run=0,
        wanted_at=1,
        wanted_time=datetime(2026, 11, 29, tzinfo=UTC),
        inputs={text: text},
        first=tried(text, {text: text}),
        second=tried(text, {}),
        outcome=(difference,),
        files=(FileCompared(kind=text, outcome="different", then=seen, now=seen, differences=(difference,)),),
        measured=Measurements(measures=(measure,), places=(Place(where=text, first=text, second=""),) * places)
        if measured
        else None,
    )


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "JSON"])
def test_a_comparison_is_harmless(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    show(comparison(SPOILT), as_json=as_json)
    assert is_harmless(capsys.readouterr().out)


def test_engines_stand_side_by_side_with_every_measure(capsys: pytest.CaptureFixture[str]) -> None:
    show(comparison("one"), as_json=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    for row in ("one one between", "engine one, one one, one", "weights abababababab abababababab"):
        assert row.split() in lines
    for row in ("computing s 2 2", "speed × playing 3.25 3.25", "one one one 0.125 7"):
        assert row.split() in lines
    assert lines[-1] == ["different"]


def test_places_are_capped_on_the_terminal_and_all_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = comparison("one", places=MOST + 5)
    show(found, as_json=False)
    text = capsys.readouterr().out
    assert (text.count("one: one → nothing"), f"{MOST + 5} in all" in text) == (MOST, True)
    show(found, as_json=True)
    assert len(json.loads(capsys.readouterr().out)["measured"]["places"]) == MOST + 5


def test_without_measures_of_its_own_the_fields_of_documents_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown = []
    for measured in (True, False):
        show(comparison("one", measured=measured), as_json=False)
        shown.append(capsys.readouterr().out.count("one: one → one"))
    assert shown == [1, 2]
