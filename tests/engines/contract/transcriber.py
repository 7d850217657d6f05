"""The rules of a transcriber, to be run over every engine: subclass it and give a `make` fixture."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from aik_asr.handler import transcribe
from aik_asr.listening import Singing, listen
from aik_asr.port import Segment, Transcriber
from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import flac_of, samples_of
from aik_audio.voice import Region
from aik_lyrics import Lyrics
from aik_service.step import BadInput, StepInput

from tests.engines.contract.first_use import made_by_each_thread
from tests.engines.contract.singing import DEMO, TEXT, Sung

Make = Callable[[], Transcriber]


def noise(seconds: float) -> Samples:
    return np.random.default_rng(1).normal(0, 0.05, round(seconds * SPEECH_RATE)).astype(np.float32)


def text_of(segments: Sequence[Segment]) -> str:
    return "".join(word.text for segment in segments for word in segment.words).strip(" .")


class TranscriberContract(Sung):
    """The engine under test has to understand the demo song, as the smallest multilingual Whisper models do."""

    port: ClassVar = "transcriber"
    engine_name: ClassVar[str]

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, make: Make) -> Transcriber:
        return make()

    @pytest.fixture(scope="class")
    @classmethod
    def answers(cls, engine: Transcriber, pieces: Sequence[Samples]) -> Sequence[Sequence[Segment]]:
        return list(engine.transcribe(pieces, "en"))

    def test_a_language_tag_has_a_short_code_or_is_not_known(self, engine: Transcriber) -> None:
        assert [engine.known(tag) for tag in ("en", "en-US", "RU", "tlh", "")] == ["en", "en", "ru", None, None]

    def test_the_language_is_heard_and_so_are_the_others(self, engine: Transcriber, demo: Samples) -> None:
        languages = engine.languages(demo)
        assert max(languages, key=languages.__getitem__) == "en"
        assert sum(languages.values()) == pytest.approx(1, abs=0.01)
        assert all(0 <= likely <= 1 for likely in languages.values())
        assert all(engine.known(language) == language for language in languages)

    def test_every_piece_has_its_own_answer_in_order(self, answers: Sequence[Sequence[Segment]]) -> None:
        whole, part = map(text_of, answers)
        assert whole == TEXT
        assert part.startswith("It always seems like time stands still")
        assert "with you" not in part

    def test_no_pieces_have_no_answers(self, engine: Transcriber) -> None:
        assert list(engine.transcribe([], "en")) == []

    def test_a_piece_is_heard_the_same_whichever_are_heard_with_it(
        self, engine: Transcriber, pieces: Sequence[Samples], answers: Sequence[Sequence[Segment]]
    ) -> None:
        [alone] = engine.transcribe(pieces[1:], "en")
        assert text_of(alone) == text_of(answers[1])
        words, others = ([word for segment in heard for word in segment.words] for heard in (alone, answers[1]))
        assert [word.start for word in words] == pytest.approx([word.start for word in others], abs=0.1)

    def test_times_are_in_order_and_inside_of_the_samples(
        self, pieces: Sequence[Samples], answers: Sequence[Sequence[Segment]]
    ) -> None:
        for answer, samples in zip(answers, pieces, strict=True):
            times = [time for segment in answer for word in segment.words for time in (word.start, word.end)]
            assert times == sorted(times)
            assert all(0 <= time <= len(samples) / SPEECH_RATE for time in times)

    def test_a_word_is_heard_when_it_is_sung(self, answers: Sequence[Sequence[Segment]]) -> None:
        starts = {word.text.strip(" ."): word.start for segment in answers[0] for word in segment.words}
        sung = {"always": 2.74, "like": 3.58, "time": 4.06, "still": 5.1, "with": 8.3, "you": 8.4}
        assert {word: starts[word] for word in sung} == pytest.approx(sung, abs=0.3)

    def test_probabilities_are_probabilities(self, answers: Sequence[Sequence[Segment]]) -> None:
        for segment in (segment for answer in answers for segment in answer):
            assert all(0 <= word.probability <= 1 for word in segment.words)
            assert 0 <= segment.no_speech <= 1
            assert segment.repetition >= 0

    def test_the_same_question_has_the_same_answer_whatever_was_asked_before(
        self, engine: Transcriber, demo: Samples, pieces: Sequence[Samples], answers: Sequence[Sequence[Segment]]
    ) -> None:
        list(engine.transcribe([demo[5 * SPEECH_RATE :]], "ru"))
        engine.languages(demo[:SPEECH_RATE])
        assert list(engine.transcribe(pieces, "en")) == answers

    def test_threads_may_ask_at_once_and_an_answer_does_not_depend_on_the_others(
        self, make: Make, demo: Samples, pieces: Sequence[Samples], answers: Sequence[Sequence[Segment]]
    ) -> None:
        engine = make()  # not loaded yet: that is asked for at once too
        asked = [(pieces, "en"), ([demo[5 * SPEECH_RATE :]], "ru"), (pieces[::-1], "en")]
        with ThreadPoolExecutor(len(asked) + 1) as pool:
            languages = pool.submit(engine.languages, demo)
            first, _, other = pool.map(lambda ask: list(engine.transcribe(*ask)), asked)
        assert first == other[::-1] == answers
        assert languages.result() == engine.languages(demo)

    def test_what_threads_share_is_made_once_whoever_asks_first(self, make: Make) -> None:
        assert made_by_each_thread(make()) == []

    def test_a_new_engine_gives_the_same_answer(
        self, make: Make, pieces: Sequence[Samples], answers: Sequence[Sequence[Segment]]
    ) -> None:
        assert list(make().transcribe(pieces, "en")) == answers

    def test_a_piece_may_have_thirty_seconds(self, engine: Transcriber, demo: Samples) -> None:
        [answer] = engine.transcribe([np.resize(demo, 30 * SPEECH_RATE)], "en")
        assert text_of(answer).startswith(TEXT)
        assert answer[-1].words[-1].end <= 30

    @pytest.mark.parametrize("samples", [np.zeros(SPEECH_RATE, np.float32), noise(0.05), noise(0)], ids=len)
    def test_silence_and_the_shortest_piece_have_an_answer(self, engine: Transcriber, samples: Samples) -> None:
        [answer] = engine.transcribe([samples], "en")
        assert all(word.end <= len(samples) / SPEECH_RATE for segment in answer for word in segment.words)

    def test_samples_are_left_as_they_are(self, engine: Transcriber, demo: Samples) -> None:
        samples = demo.copy()
        list(engine.transcribe([samples], "en"))
        engine.languages(samples)
        assert samples.tobytes() == demo.tobytes()

    def test_pieces_are_taken_as_they_are_needed(self, engine: Transcriber, demo: Samples) -> None:
        """At most a batch of 16 waits: a song in pieces need not be in memory as a whole."""
        taken = 0

        def pieces() -> Iterator[Samples]:
            nonlocal taken
            for _ in range(40):
                taken += 1
                yield demo[: 2 * SPEECH_RATE]

        next(engine.transcribe(pieces(), "en"))
        assert taken <= 16

    def test_progress_rises_to_one(self, engine: Transcriber, demo: Samples) -> None:
        shares: list[float] = []
        singing = Singing(demo, demo * 0, [Region(2.0, 6.0), Region(8.0, 9.0)])
        listen(singing, "en", engine, shares.append)
        assert shares == sorted(shares)
        assert (len(shares), shares[-1]) == (3, 1.0)

    def test_the_demo_song_becomes_lyrics(self, engine: Transcriber, tmp_path: Path) -> None:
        song = samples_of(DEMO)
        output = transcribe(step(tmp_path, song), engine, lambda share: None)
        lyrics = Lyrics.from_json(output.files["lyrics"].read_bytes())
        text = " ".join(line.text for line in lyrics.lines).rstrip(".")
        assert (text, output.facts) == (TEXT, {"language": "en"})
        hints = lyrics.hints or ()
        assert [hint.word_id for hint in hints] == [word.id for line in lyrics.lines for word in line.words]
        assert [hint.start_ms for hint in hints] == sorted(hint.start_ms for hint in hints)
        assert np.mean([hint.confidence or 0 for hint in hints]) > 0.8

    def test_noise_is_no_singing(self, engine: Transcriber, tmp_path: Path) -> None:
        hiss = np.random.default_rng(1).normal(0, 0.05, (5 * SAMPLE_RATE, 2)).astype(np.float32)
        with pytest.raises(BadInput) as refused:
            transcribe(step(tmp_path, hiss), engine, lambda share: None)
        assert refused.value.code == "no-vocals"

    def test_the_identity_tells_name_version_weights_and_parameters_before_anything_is_loaded(self, make: Make) -> None:
        identity = make().identity
        assert identity == make().identity
        assert identity.name == self.engine_name
        assert identity.version
        assert len(bytes.fromhex(identity.weights_sha256 or "")) == 32
        assert json.loads(json.dumps(identity.document)) == identity.document


def step(folder: Path, vocals: Samples) -> StepInput:
    files = {"vocals": vocals, "accompaniment": 0 * vocals}
    stems = {name: flac_of(samples, folder / f"{name}.flac") for name, samples in files.items()}
    return StepInput(track_id="trk", job_id="job", version=1, files=stems, out=folder)
