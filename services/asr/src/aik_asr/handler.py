"""Step `transcribe`: the vocals become lyrics, line by line, when the client gave none."""

from aik_audio.decode import Decoding, decode
from aik_audio.level import is_silent
from aik_audio.resample import SPEECH_RATE, to_mono_16k
from aik_audio.windows import LONGEST_S, windows
from aik_lyrics import from_text, minted_by
from aik_lyrics.errors import LyricsEmpty
from aik_service.step import BadInput, Progress, StepInput, StepOutput, part

from aik_asr.lines import lines_of
from aik_asr.port import Transcriber, Transcript


def transcribe(step: StepInput, engine: Transcriber, progress: Progress) -> StepOutput:
    """vocals → lyrics, facts {language}; refuses no-vocals. The ids follow from the job and the version."""
    transcript = _transcript(decode(step.files["vocals"]), engine, step.language, progress)
    if transcript is None:
        raise _no_vocals()
    text = "\n".join(lines_of(transcript.segments))
    try:
        lyrics = from_text(text, minted_by(step.job_id, str(step.version)), language=transcript.language)
    except LyricsEmpty as error:
        raise _no_vocals() from error
    path = step.out / "lyrics.json"
    path.write_bytes(lyrics.to_json())
    progress(1.0)
    return StepOutput({"lyrics": path}, {"language": transcript.language})


def _transcript(vocals: Decoding, engine: Transcriber, language: str | None, progress: Progress) -> Transcript | None:
    """What is sung in the whole song, on its clock, in the language of its first window; None if all is silent."""
    heard: list[Transcript] = []
    start = read = 0.0
    for window in windows(to_mono_16k(vocals), LONGEST_S):
        if not is_silent([window], rate=SPEECH_RATE):
            known = heard[0].language if heard else language
            transcript = engine.transcribe(window, known, part(progress, read, vocals.share))
            segments = [segment.later(start) for segment in transcript.segments]
            heard.append(Transcript(transcript.language, segments))
        start += len(window) / SPEECH_RATE
        read = vocals.share
        progress(read)
    return Transcript(heard[0].language, [segment for part in heard for segment in part.segments]) if heard else None


def _no_vocals() -> BadInput:
    return BadInput(
        "no-vocals",
        "No singing was found in this song: import it again with its lyrics, or another song; "
        "naming its language may help too.",
    )
