"""Step `transcribe`: the vocals become lyrics, line by line, when the client gave none."""

from aik_audio.decode import decode
from aik_audio.resample import mono_16k, other_stem_16k
from aik_audio.voice import voiced_regions
from aik_lyrics import minted_by
from aik_service.step import BadInput, Progress, StepInput, StepOutput, part

from aik_asr.lines import stanzas
from aik_asr.listening import Singing, language_of, listen
from aik_asr.lyrics import lyrics_of
from aik_asr.port import Transcriber
from aik_asr.written import written_words

_READ = 0.05  # share of the work that is done by then
_TOLD = 0.1  # … and when the language is known


def transcribe(step: StepInput, engine: Transcriber, progress: Progress) -> StepOutput:
    """vocals (accompaniment) → lyrics, facts {language}; refuses no-vocals.

    The ids follow from the job and the version. Holds the vocals as mono at 16 kHz, 7.7 MB a minute with the
    accompaniment.
    """
    singing = _singing(step, part(progress, 0, _READ))
    if not singing.regions:
        raise _no_vocals()
    language = (engine.known(step.language) if step.language else None) or language_of(singing, engine)
    progress(_TOLD)
    words = written_words(listen(singing, language, engine, part(progress, _TOLD, 1)))
    if not words:
        raise _no_vocals()
    lyrics = lyrics_of(stanzas(words), minted_by(step.job_id, str(step.version)), language)
    path = step.out / "lyrics.json"
    path.write_bytes(lyrics.to_json())
    progress(1.0)
    return StepOutput({"lyrics": path}, {"language": language})


def _singing(step: StepInput, progress: Progress) -> Singing:
    voice = mono_16k(decode(step.files["vocals"]), part(progress, 0, 0.5))
    music = other_stem_16k(step.files.get("accompaniment"), len(voice), part(progress, 0.5, 1))
    return Singing(voice, music, voiced_regions(voice))


def _no_vocals() -> BadInput:
    return BadInput(
        "no-vocals",
        "No singing was found in this song: import it again with its lyrics, or another song; "
        "naming its language may help too.",
    )
