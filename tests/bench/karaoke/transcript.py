"""What the real transcriber makes of a song, held against what is sung: wrong words, and what confidence is worth."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jiwer
from aik_asr.handler import transcribe
from aik_asr.port import Transcriber
from aik_lyrics import Lyrics
from aik_service.step import BadInput, StepInput

_BINS = ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01))


@dataclass(frozen=True)
class HeardWord:
    """How sure the transcriber is of a word, 0…1, and whether it is sung there."""

    confidence: float
    right: bool


@dataclass(frozen=True)
class Transcript:
    """The word error rate (over 1 where more words are made up than sung), and every word that was heard."""

    word_errors: float
    words: Sequence[HeardWord] = ()


def heard(folder: Path, truth: Mapping[str, Any], transcriber: Transcriber, *, stem: str) -> Transcript:
    """The transcriber knows the language; the separator's vocals it hears with their accompaniment."""
    sung = [spelled for word in truth["words"] if (spelled := letters(word["text"]))]
    lyrics = _transcribed(folder, truth["language"], transcriber, stem)
    hints = {hint.word_id: hint.confidence or 0.0 for hint in lyrics.hints or ()} if lyrics else {}
    words = [(letters(word.text), hints[word.id]) for line in lyrics.lines for word in line.words] if lyrics else []
    if not sung or not words:
        return Transcript(float(bool(sung or words)), [HeardWord(confidence, False) for _, confidence in words])
    result = jiwer.process_words(" ".join(sung), " ".join(text for text, _ in words))
    right = {
        n
        for chunk in result.alignments[0]
        if chunk.type == "equal"
        for n in range(chunk.hyp_start_idx, chunk.hyp_end_idx)
    }
    return Transcript(float(result.wer), [HeardWord(confidence, n in right) for n, (_, confidence) in enumerate(words)])


def letters(text: str) -> str:
    """What words are compared by."""
    return "".join(character for character in text.casefold() if character.isalnum())


def table(transcripts: Sequence[tuple[str, Transcript | None]]) -> Iterator[str]:
    """By language: lines to print, none if nothing was transcribed."""
    for language in sorted({language for language, one in transcripts if one is not None}):
        words = [word for name, one in transcripts if name == language and one is not None for word in one.words]
        yield ""
        yield f"transcript: {language}"
        yield "confidence    words     right"
        for low, high in _BINS:
            near = [word.right for word in words if low <= word.confidence < high]
            if near:
                yield f"{low:.1f} – {min(high, 1):.1f}   {len(near):>6}{sum(near) / len(near):>10.1%}"


def _transcribed(folder: Path, language: str, transcriber: Transcriber, stem: str) -> Lyrics | None:
    files = {"vocals": folder / f"{stem}.flac"}
    if stem == "vocals":
        files["accompaniment"] = folder / "accompaniment.flac"
    with tempfile.TemporaryDirectory() as out:
        step = StepInput(track_id="bench", version=1, files=files, out=Path(out), language=language)
        try:
            return Lyrics.from_json(transcribe(step, transcriber, lambda _: None).files["lyrics"].read_bytes())
        except BadInput:
            return None
