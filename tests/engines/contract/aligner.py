"""The rules of an aligner, to be run over every engine: subclass it and give a `make` fixture."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from aik_aligner.handler import align
from aik_aligner.listening import listen
from aik_aligner.port import Aligner, Timed
from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import Samples
from aik_audio.testing import flac_of, samples_of
from aik_audio.voice import Region
from aik_lyrics import Karaoke, from_text, minted_by
from aik_lyrics.invariants import invariants
from aik_service.step import StepInput

from tests.engines.contract.first_use import made_by_each_thread
from tests.engines.contract.singing import DEMO, TEXT, Sung

Make = Callable[[], Aligner]
Lines = Sequence[Sequence[Timed | None]]

WORDS = [f" {word}" for word in TEXT.split()]
SUNG_AT = {"always": 2.74, "seems": 3.04, "like": 3.58, "time": 4.06, "stands": 4.6, "still": 5.1, "with": 8.3}


def check(lines: Lines, asked: Sequence[Sequence[str]], seconds: float) -> list[Timed]:
    """The times that there are, which keep every promise of the port."""
    assert [len(line) for line in lines] == [len(line) for line in asked]
    times = [timed for line in lines for timed in line if timed is not None]
    assert [timed.start for timed in times] == sorted(timed.start for timed in times)
    assert all(-0.01 <= timed.start <= timed.end for timed in times)
    assert all(timed.start <= seconds + 0.01 for timed in times)
    assert all(0 <= timed.confidence <= 1 for timed in times)
    return times


class AlignerContract(Sung):
    """The engine under test has to understand the demo song, as the smallest multilingual Whisper models do.

    Where it has no way to go by sound, or a model that knows nothing, its times by sound keep the rules all the same.
    """

    port: ClassVar = "aligner"
    engine_name: ClassVar[str]

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, make: Make) -> Aligner:
        return make()

    @pytest.fixture(scope="class")
    @classmethod
    def heard(cls, engine: Aligner, pieces: Sequence[Samples]) -> Sequence[Sequence[tuple[str, Timed]]]:
        return list(engine.listen(pieces, "en"))

    @pytest.fixture(scope="class")
    @classmethod
    def attended(cls, engine: Aligner, demo: Samples) -> Sequence[Timed | None]:
        return engine.align(demo, WORDS, "en")

    @pytest.fixture(scope="class")
    @classmethod
    def sounding(cls, engine: Aligner, demo: Samples) -> Lines:
        return engine.by_sound(demo, [WORDS[:7], WORDS[7:]], "en", all_sung=True)

    def test_the_language_is_heard(self, engine: Aligner, demo: Samples) -> None:
        assert engine.language_of(demo) == "en"

    def test_every_piece_has_its_own_transcript_in_order(self, heard: Sequence[Sequence[tuple[str, Timed]]]) -> None:
        whole, part = ("".join(text for text, _ in words).strip(" .") for words in heard)
        assert whole == TEXT
        assert part.startswith("It always seems like time stands still")
        assert "with you" not in part

    def test_what_is_heard_is_in_order_and_inside_of_the_samples(
        self, heard: Sequence[Sequence[tuple[str, Timed]]], pieces: Sequence[Samples]
    ) -> None:
        for words, samples in zip(heard, pieces, strict=True):
            check([[timed for _, timed in words]], [[text for text, _ in words]], len(samples) / SPEECH_RATE)

    def test_no_pieces_have_no_transcripts(self, engine: Aligner) -> None:
        assert list(engine.listen([], "en")) == []

    def test_a_language_that_it_does_not_know_is_listened_to_and_aligned_all_the_same(
        self, engine: Aligner, demo: Samples
    ) -> None:
        [words] = engine.listen([demo], "tlh")
        assert "".join(text for text, _ in words).strip(" .") == TEXT
        assert len(check([engine.align(demo, WORDS, "tlh")], [WORDS], len(demo) / SPEECH_RATE)) == len(WORDS)

    def test_pieces_are_taken_as_they_are_needed(self, engine: Aligner, demo: Samples) -> None:
        """At most a batch of 16 waits: a song in pieces need not be in memory as a whole."""
        taken = 0

        def pieces() -> Iterator[Samples]:
            nonlocal taken
            for _ in range(40):
                taken += 1
                yield demo[: 2 * SPEECH_RATE]

        next(engine.listen(pieces(), "en"))
        assert taken <= 16

    def test_progress_of_listening_rises_to_one(self, engine: Aligner, demo: Samples) -> None:
        shares: list[float] = []
        listen(demo, [Region(2.0, 6.0), Region(8.0, 9.0)], engine, "en", shares.append)
        assert shares == [1.0]

    def test_words_are_found_where_they_are_sung(self, attended: Sequence[Timed | None], demo: Samples) -> None:
        check([attended], [WORDS], len(demo) / SPEECH_RATE)
        starts = {word.strip(): timed.start for word, timed in zip(WORDS, attended, strict=True) if timed is not None}
        assert {word: starts[word] for word in SUNG_AT} == pytest.approx(SUNG_AT, abs=0.2)

    def test_every_word_has_an_answer_even_where_they_are_far_too_many(self, engine: Aligner, demo: Samples) -> None:
        many = [" la"] * 500
        check([engine.align(demo, many, "en")], [many], len(demo) / SPEECH_RATE)
        assert list(engine.align(demo, [], "en")) == []

    def test_lines_by_sound_are_in_order_and_inside_of_the_samples(self, sounding: Lines, demo: Samples) -> None:
        check(sounding, [WORDS[:7], WORDS[7:]], len(demo) / SPEECH_RATE)

    def test_lines_by_sound_may_be_longer_than_any_piece(self, engine: Aligner, demo: Samples) -> None:
        song = np.tile(demo, 4)
        check(engine.by_sound(song, [WORDS] * 4, "en", all_sung=True), [WORDS] * 4, len(song) / SPEECH_RATE)

    def test_by_sound_words_without_sounds_and_empty_lines_have_no_times(self, engine: Aligner, demo: Samples) -> None:
        lines = [[" —", *WORDS], []]
        found = engine.by_sound(demo, lines, "en", all_sung=True)
        check(found, lines, len(demo) / SPEECH_RATE)
        assert found[0][0] is None
        assert [list(line) for line in engine.by_sound(demo, [[" —"], []], "en", all_sung=True)] == [[None], []]

    def test_by_sound_a_line_is_there_as_a_whole_or_not_at_all(self, engine: Aligner, demo: Samples) -> None:
        lines = [WORDS, [" grandfather's", " umbrella", " vanished", " yesterday", " between", " chimneys"]]
        found = engine.by_sound(demo, lines, "en", all_sung=False)
        check(found, lines, len(demo) / SPEECH_RATE)
        assert all(len({timed is None for timed in line}) == 1 for line in found)

    def test_by_sound_samples_that_are_too_short_for_the_words_give_no_times(self, engine: Aligner) -> None:
        found = engine.by_sound(np.zeros(160, np.float32), [WORDS], "en", all_sung=True)
        assert [list(line) for line in found] == [[None] * len(WORDS)]

    def test_by_sound_any_language_and_script_has_an_answer(self, engine: Aligner, demo: Samples) -> None:
        for language, line in (("ru", [" мама", " мыла"]), ("zh", ["你", "好"]), ("tlh", [" qapla’", " 7"])):
            check(engine.by_sound(demo, [line], language, all_sung=True), [line], len(demo) / SPEECH_RATE)

    def test_the_same_question_has_the_same_answer_whatever_was_asked_before(
        self,
        engine: Aligner,
        demo: Samples,
        pieces: Sequence[Samples],
        heard: Sequence[Sequence[tuple[str, Timed]]],
        attended: Sequence[Timed | None],
        sounding: Lines,
    ) -> None:
        engine.by_sound(demo[5 * SPEECH_RATE :], [WORDS[:3]], "ru", all_sung=True)
        engine.align(demo[5 * SPEECH_RATE :], WORDS[:3], "ru")
        assert list(engine.listen(pieces, "en")) == heard
        assert engine.align(demo, WORDS, "en") == attended
        assert engine.by_sound(demo, [WORDS[:7], WORDS[7:]], "en", all_sung=True) == sounding

    def test_threads_may_ask_at_once_and_an_answer_does_not_depend_on_the_others(
        self,
        make: Make,
        demo: Samples,
        pieces: Sequence[Samples],
        heard: Sequence[Sequence[tuple[str, Timed]]],
        attended: Sequence[Timed | None],
        sounding: Lines,
    ) -> None:
        engine = make()  # not loaded yet: that is asked for at once too
        lines = [WORDS[:7], WORDS[7:]]
        with ThreadPoolExecutor(5) as pool:
            listened = pool.submit(lambda: list(engine.listen(pieces, "en")))
            aligned = pool.submit(engine.align, demo, WORDS, "en")
            by_sound = pool.submit(engine.by_sound, demo, lines, "en", all_sung=True)
            pool.submit(engine.by_sound, demo[SPEECH_RATE:], lines, "ru", all_sung=True)
            again = pool.submit(engine.by_sound, demo, lines, "en", all_sung=True)
        assert listened.result() == heard
        assert aligned.result() == attended
        assert by_sound.result() == again.result() == sounding

    def test_what_threads_share_is_made_once_whoever_asks_first(self, make: Make) -> None:
        assert made_by_each_thread(make()) == []

    def test_a_new_engine_gives_the_same_answer(
        self, make: Make, demo: Samples, attended: Sequence[Timed | None], sounding: Lines
    ) -> None:
        engine = make()
        assert engine.by_sound(demo, [WORDS[:7], WORDS[7:]], "en", all_sung=True) == sounding
        assert engine.align(demo, WORDS, "en") == attended

    def test_samples_are_left_as_they_are(self, engine: Aligner, demo: Samples) -> None:
        samples = demo.copy()
        engine.language_of(samples)
        list(engine.listen([samples], "en"))
        engine.align(samples, WORDS, "en")
        engine.by_sound(samples, [WORDS], "en", all_sung=True)
        assert samples.tobytes() == demo.tobytes()

    def test_a_song_and_its_lyrics_become_karaoke_with_progress_to_one(self, engine: Aligner, tmp_path: Path) -> None:
        lyrics = from_text(TEXT.replace("still ", "still\n"), minted_by("event"), language="en")
        files = {"vocals": flac_of(samples_of(DEMO), tmp_path / "vocals.flac"), "lyrics": tmp_path / "lyrics.json"}
        files["lyrics"].write_bytes(lyrics.to_json())
        shares: list[float] = []
        step = StepInput(track_id="trk", version=1, files=files, out=tmp_path)
        karaoke = Karaoke.from_json(align(step, engine, shares.append).files["karaoke"].read_bytes())
        assert invariants(karaoke, lyrics) == []
        assert karaoke.alignment is not None
        identity = engine.identity
        told = karaoke.alignment
        assert (told.engine, told.coverage) == (self.engine_name, 1.0)
        assert (told.engine_version, told.weights_sha256) == (identity.version, identity.weights_sha256)
        assert told.parameters == identity.parameters
        assert karaoke.alignment.agreement == 1.0
        assert shares == sorted(shares)
        assert shares[-1] == 1.0

    def test_the_identity_tells_name_version_weights_and_parameters_before_anything_is_loaded(self, make: Make) -> None:
        identity = make().identity
        assert identity == make().identity
        assert identity.name == self.engine_name
        assert identity.version
        assert len(bytes.fromhex(identity.weights_sha256 or "")) == 32
        assert json.loads(json.dumps(identity.document)) == identity.document
        assert replace(identity, parameters={}) != identity
