"""Step `transcribe`: the vocals become lyrics, line by line, when the client gave none."""

from aik_audio.decode import decode
from aik_audio.level import is_silent
from aik_audio.resample import to_mono_16k
from aik_lyrics import from_text, minted_by
from aik_lyrics.errors import LyricsEmpty
from aik_service.step import BadInput, Progress, StepInput, StepOutput

from aik_asr.lines import lines_of
from aik_asr.port import Transcriber


def transcribe(step: StepInput, engine: Transcriber, progress: Progress) -> StepOutput:
    """vocals → lyrics, facts {language}; refuses no-vocals. The ids follow from the job and the version."""
    stereo = decode(step.files["vocals"])
    if is_silent(stereo):
        raise _no_vocals()
    transcript = engine.transcribe(to_mono_16k(stereo), step.language, progress)
    text = "\n".join(lines_of(transcript.segments))
    try:
        lyrics = from_text(text, minted_by(step.job_id, str(step.version)), language=transcript.language)
    except LyricsEmpty as error:
        raise _no_vocals() from error
    path = step.out / "lyrics.json"
    path.write_bytes(lyrics.to_json())
    return StepOutput({"lyrics": path}, {"language": transcript.language})


def _no_vocals() -> BadInput:
    return BadInput(
        "no-vocals",
        "No singing was found in this song: import it again with its lyrics, or another song; "
        "naming its language may help too.",
    )
