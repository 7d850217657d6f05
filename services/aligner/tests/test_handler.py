"""Vocals and lyrics become karaoke-json, or are refused."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from aik_aligner.handler import align
from aik_aligner.port import Timed
from aik_audio.samples import Samples
from aik_audio.testing import flac_of
from aik_lyrics import AlignedBy, Karaoke, Lyrics, from_text, minted_by
from aik_lyrics.documents import Hint
from aik_lyrics.edits import edited
from aik_lyrics.invariants import invariants
from aik_service.step import BadInput, EngineIdentity, StepInput

LYRICS = from_text("hello world\nhow are you", minted_by("event"), language="en")


class EvenAligner:
    """Spreads the words evenly over what it hears; its transcript is the lyrics, spread over both phrases."""

    identity = EngineIdentity("even", "1")

    def __init__(self) -> None:
        self.asked: list[tuple[int, str, str]] = []
        self.heard = 0

    def language_of(self, samples: Samples) -> str:
        return "de"

    def listen(self, pieces: Iterable[Samples], language: str) -> Iterator[Sequence[tuple[str, Timed]]]:
        return (self._heard() for _ in pieces)

    def _heard(self) -> Sequence[tuple[str, Timed]]:
        self.heard += 1
        first = [("Hello", Timed(0.1, 0.6, 0.9)), ("world", Timed(0.6, 1.1, 0.9))]
        return [*first, ("how", Timed(1.4, 1.7, 0.9)), ("are", Timed(1.7, 2.0, 0.9)), ("you", Timed(2.0, 2.4, 0.9))]

    def align(self, samples: Samples, words: Sequence[str], language: str) -> Sequence[Timed | None]:
        self.asked.append((len(samples), "".join(words), language))
        step = len(samples) / 16_000 / len(words)
        return [Timed(n * step, (n + 1) * step, 0.8) for n in range(len(words))]

    def by_sound(
        self, samples: Samples, lines: Sequence[Sequence[str]], language: str, *, all_sung: bool
    ) -> Sequence[Sequence[Timed | None]]:
        return [[None] * len(line) for line in lines]


def step(folder: Path, lyrics: Lyrics = LYRICS, *, level: float = 0.5) -> StepInput:
    """Six seconds with a tone from 1 to 2 s and from 4 to 5 s."""
    time = np.arange(6 * 44_100) / 44_100
    tone = level * np.sin(2 * np.pi * 440 * time) * (((time >= 1) & (time < 2)) | ((time >= 4) & (time < 5)))
    files = {"vocals": folder / "vocals.flac", "lyrics": folder / "lyrics.json"}
    flac_of(np.repeat(tone[:, None], 2, axis=1).astype(np.float32), files["vocals"])
    files["lyrics"].write_bytes(lyrics.to_json())
    return StepInput(track_id="trk", version=3, files=files, out=folder)


def ignore(share: float) -> None:
    pass


def test_each_line_is_aligned_in_its_phrase(tmp_path: Path) -> None:
    engine = EvenAligner()
    shares: list[float] = []
    output = align(step(tmp_path), engine, shares.append)
    karaoke = Karaoke.from_json(output.files["karaoke"].read_bytes())
    assert engine.asked == [(16_000, " hello world", "en"), (16_000, " how are you", "en")]
    starts = [word.start_ms for line in karaoke.lines for word in line.words]
    assert starts == pytest.approx([1000, 1500, 4000, 4333, 4667], abs=1)
    assert (karaoke.track_id, karaoke.version, karaoke.language, karaoke.duration_ms) == ("trk", 3, "en", 6000)
    assert output.facts == {"coverage": 1.0, "confidence": 0.902}
    assert invariants(karaoke, LYRICS) == []
    assert (shares, shares[-1]) == (sorted(shares), 1.0)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    first = align(step(tmp_path), EvenAligner(), ignore).files["karaoke"].read_bytes()
    assert align(step(tmp_path), EvenAligner(), ignore).files["karaoke"].read_bytes() == first


def test_an_unknown_language_is_the_one_that_was_heard(tmp_path: Path) -> None:
    output = align(step(tmp_path, from_text("hallo", minted_by("event"))), EvenAligner(), ignore)
    assert Karaoke.from_json(output.files["karaoke"].read_bytes()).language == "de"


def test_a_song_without_singing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        align(step(tmp_path, level=0.0), EvenAligner(), ignore)
    assert refused.value.code == "no-vocals"


def test_more_words_than_can_be_sung_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        align(step(tmp_path, from_text("word " * 21, minted_by("event"))), EvenAligner(), ignore)
    assert (refused.value.code, refused.value.detail.count("2 s")) == ("lyrics-mismatch", 1)


def test_music_alone_is_not_taken_for_the_lyrics_of_another_song(tmp_path: Path) -> None:
    """What the separator leaves of it in the vocals would be too little for the words."""
    asked = step(tmp_path, from_text("word " * 61, minted_by("event")))
    refusals = []
    for name, level in (("loud", 0.2), ("low", 0.02)):
        stems = {"vocals": level, "accompaniment": 0.2}
        files = {
            kind: flac_of(np.full((6 * 44_100, 2), at, np.float32), tmp_path / f"{name}-{kind}.flac")
            for kind, at in stems.items()
        }
        with pytest.raises(BadInput) as refused:
            align(replace(asked, files={**asked.files, **files}), EvenAligner(), ignore)
        refusals.append(refused.value.code)
    assert refusals == ["lyrics-mismatch", "no-vocals"]


def edited_step(folder: Path, text: str) -> tuple[StepInput, Karaoke]:
    """The step after an edit of LYRICS, and the karaoke document that it starts from."""
    (folder / "first").mkdir()
    first = align(step(folder / "first"), EvenAligner(), ignore).files["karaoke"]
    again = step(folder, edited(LYRICS, text, minted_by("edit")))
    again = replace(again, files={**again.files, "earlier-karaoke": first}, version=4)
    return again, Karaoke.from_json(first.read_bytes())


def test_an_edit_aligns_only_the_changed_line_and_leaves_the_bytes_of_the_others(tmp_path: Path) -> None:
    again, earlier = edited_step(tmp_path, "hello wurld\nhow are you")
    engine = EvenAligner()
    karaoke = Karaoke.from_json(align(again, engine, ignore).files["karaoke"].read_bytes())
    assert engine.asked == [(16_000, " hello wurld", "en")]
    assert engine.heard == 0
    assert [line.text for line in karaoke.lines] == ["hello wurld", "how are you"]
    assert karaoke.lines[1].to_json() == earlier.lines[1].to_json()
    assert (karaoke.version, karaoke.alignment) == (4, earlier.alignment)


PARAMETERS = {"beam": 5, "languages": ["de", "en"]}
EVEN = EngineIdentity("even", "1", "ab" * 32, PARAMETERS)


def aligned(asked: StepInput, identity: EngineIdentity) -> Karaoke:
    engine = EvenAligner()
    engine.identity = identity
    return Karaoke.from_json(align(asked, engine, ignore).files["karaoke"].read_bytes())


def test_the_document_says_which_engine_weights_and_parameters_made_the_times(tmp_path: Path) -> None:
    alignment = json.loads(aligned(step(tmp_path), EVEN).to_json())["alignment"]
    told = [alignment[name] for name in ("engine", "engineVersion", "weightsSha256", "parameters", "earlierEngines")]
    assert told == ["even", "1", "ab" * 32, PARAMETERS, None]


def test_a_document_with_kept_lines_says_who_else_may_have_aligned_them(tmp_path: Path) -> None:
    again, earlier = edited_step(tmp_path, "hello wurld\nhow are you")
    karaokes = [earlier]
    for identity in (EVEN, replace(EVEN, version="2"), replace(EVEN, version="2"), EVEN):
        karaokes.append(aligned(again, identity))
        again.files["earlier-karaoke"].write_bytes(karaokes[-1].to_json())
        again.files["lyrics"].write_bytes(
            edited(LYRICS, f"hello wurld{len(karaokes)}\nhow are you", minted_by("edit")).to_json()
        )
    assert {karaoke.lines[1].to_json() for karaoke in karaokes} == {earlier.lines[1].to_json()}
    told = [karaoke.alignment for karaoke in karaokes if karaoke.alignment]
    versions = [[each.engine_version for each in alignment.earlier_engines or ()] for alignment in told]
    weights = [[bool(each.weights_sha256) for each in alignment.earlier_engines or ()] for alignment in told]
    assert versions == [[], ["1"], ["1", "1"], ["1", "1"], ["2", "1"]]
    assert weights == [[], [False], [True, False], [True, False], [True, False]]


def test_a_document_from_before_engines_were_told_is_built_upon_and_named(tmp_path: Path) -> None:
    again, earlier = edited_step(tmp_path, "hello wurld\nhow are you")
    document = json.loads(earlier.to_json())
    document["alignment"] = {name: document["alignment"][name] for name in ("engine", "coverage", "confidence")}
    again.files["earlier-karaoke"].write_text(json.dumps(document))
    karaoke = aligned(again, EVEN)
    assert karaoke.lines[1] == earlier.lines[1]
    assert karaoke.alignment is not None
    assert karaoke.alignment.earlier_engines == (AlignedBy(engine="even"),)


def test_where_no_line_is_kept_nobody_else_is_named(tmp_path: Path) -> None:
    again, _ = edited_step(tmp_path, "good morning\nwhere is it")
    karaoke = aligned(again, replace(EVEN, version="2"))
    assert karaoke.alignment is not None
    assert karaoke.alignment.earlier_engines is None


def test_an_edit_does_not_read_the_music(tmp_path: Path) -> None:
    again, _ = edited_step(tmp_path, "hello wurld\nhow are you")
    music = {"accompaniment": tmp_path / "no-such-file.flac"}
    align(replace(again, files={**again.files, **music}), EvenAligner(), ignore)
    whole = step(tmp_path)
    with pytest.raises(FileNotFoundError):
        align(replace(whole, files={**whole.files, **music}), EvenAligner(), ignore)


def test_a_deleted_line_costs_no_aligning_at_all(tmp_path: Path) -> None:
    again, earlier = edited_step(tmp_path, "how are you")
    engine = EvenAligner()
    karaoke = Karaoke.from_json(align(again, engine, ignore).files["karaoke"].read_bytes())
    assert (engine.asked, engine.heard) == ([], 0)
    assert karaoke.lines == earlier.lines[1:]


def test_a_line_that_is_added_where_nobody_sings_is_not_sung(tmp_path: Path) -> None:
    again, earlier = edited_step(tmp_path, "hello world\nand a line that nobody sings at all\nhow are you")
    karaoke = Karaoke.from_json(align(again, EvenAligner(), ignore).files["karaoke"].read_bytes())
    assert [line.sung for line in karaoke.lines] == [True, False, True]
    assert (karaoke.lines[0], karaoke.lines[2]) == earlier.lines


def test_other_lyrics_are_aligned_by_ear(tmp_path: Path) -> None:
    again, _ = edited_step(tmp_path, "good morning\nwhere is it")
    engine = EvenAligner()
    align(again, engine, ignore)
    assert engine.heard == 1


def test_the_document_of_another_aligner_is_not_built_upon(tmp_path: Path) -> None:
    again, _ = edited_step(tmp_path, "hello wurld\nhow are you")
    engine = EvenAligner()
    engine.identity = EngineIdentity("odd", "1")
    align(again, engine, ignore)
    assert engine.heard == 1


def test_a_voice_that_agrees_little_is_heard_with_more_and_with_less_of_the_music(tmp_path: Path) -> None:
    alone = step(tmp_path, from_text("quite another song\nthan this", minted_by("event")))
    engine = EvenAligner()
    align(alone, engine, ignore)
    assert engine.heard == 1
    music = flac_of(np.full((6 * 44_100, 2), 0.1, np.float32), tmp_path / "accompaniment.flac")
    align(replace(alone, files={**alone.files, "accompaniment": music}), engine, ignore)
    assert engine.heard == 1 + 3


def test_a_voice_that_agrees_with_its_music_is_heard_once(tmp_path: Path) -> None:
    alone = step(tmp_path)
    music = flac_of(np.full((5 * 44_100, 2), 0.1, np.float32), tmp_path / "accompaniment.flac")
    engine = EvenAligner()
    align(replace(alone, files={**alone.files, "accompaniment": music}), engine, ignore)
    assert engine.heard == 1


class SoundAligner(EvenAligner):
    """Understands nothing, but finds where the lines sound that are in `sung`, a second for a word."""

    identity = EngineIdentity("sound", "1")

    def __init__(self, sung: Sequence[str]) -> None:
        super().__init__()
        self.sung = sung

    def _heard(self) -> Sequence[tuple[str, Timed]]:
        self.heard += 1
        return []

    def by_sound(
        self, samples: Samples, lines: Sequence[Sequence[str]], language: str, *, all_sung: bool
    ) -> Sequence[Sequence[Timed | None]]:
        found: list[list[Timed | None]] = []
        at = 0.0
        for line in lines:
            there = all_sung or "".join(line).strip() in self.sung
            found.append([Timed(at + n * 0.3, at + n * 0.3 + 0.2, 0.99) if there else None for n in range(len(line))])
            at += there
        return found


def test_where_nothing_is_understood_the_lines_that_do_not_sound_sung_are_not(tmp_path: Path) -> None:
    output = align(step(tmp_path), SoundAligner(["hello world"]), ignore)
    karaoke = Karaoke.from_json(output.files["karaoke"].read_bytes())
    assert [line.sung for line in karaoke.lines] == [True, False]
    assert [word.start_ms for word in karaoke.lines[0].words] == [1000, 1300]


def test_a_line_whose_first_word_has_no_sounds_is_sung_if_the_others_are(tmp_path: Path) -> None:
    class Mute(SoundAligner):
        def by_sound(
            self, samples: Samples, lines: Sequence[Sequence[str]], language: str, *, all_sung: bool
        ) -> Sequence[Sequence[Timed | None]]:
            return [[None, *line[1:]] for line in super().by_sound(samples, lines, language, all_sung=all_sung)]

    output = align(step(tmp_path), Mute(["hello world"]), ignore)
    karaoke = Karaoke.from_json(output.files["karaoke"].read_bytes())
    assert [line.sung for line in karaoke.lines] == [True, False]


def test_nobody_listens_to_what_a_transcript_says(tmp_path: Path) -> None:
    ids = [word.id for line in LYRICS.lines for word in line.words]
    times = (1000, 1400, 4000, 4300, 4600)
    hints = tuple(Hint(word_id=word_id, start_ms=time) for word_id, time in zip(ids, times, strict=True))
    engine = EvenAligner()
    told = LYRICS.model_copy(update={"hints": hints, "hints_from": "transcript"})
    karaoke = Karaoke.from_json(align(step(tmp_path, told), engine, ignore).files["karaoke"].read_bytes())
    assert engine.heard == 0
    assert karaoke.alignment is not None
    assert karaoke.alignment.agreement is None
    assert [line.start_ms for line in karaoke.lines] == [1000, 4000]
