"""The numbers that a track is judged by, put together."""

import numpy as np
from aik_audio.level import dbfs, voice_under_music_db
from aik_lyrics import Alignment, Karaoke

from aik_qc.report import Numbers
from aik_qc.sounds import Sounds
from aik_qc.voice import Levels, Voice
from aik_qc.words import Words

_LEAST_DB = -60.0
_LOUDEST_WINDOWS = 100  # five seconds
_LEAST_WINDOWS = 40  # two seconds inside of the lines, and as much outside, tell how the minus goes with them


def numbers(karaoke: Karaoke, words: Words, voice: Voice, sounds: Sounds) -> Numbers:
    alignment = karaoke.alignment or Alignment(engine="none", coverage=0.0)
    durations = [sounds.vocals_ms, sounds.minus_ms, karaoke.duration_ms or sounds.vocals_ms]
    return Numbers(
        problems=words.problems,
        words=words.count,
        words_in_silence_share=round(words.in_silence, 3),
        words_too_short_share=round(words.too_short, 3),
        words_in_fast_lines_share=round(words.in_fast_lines, 3),
        longest_word_ms=words.longest_ms,
        coverage=alignment.coverage,
        confidence=alignment.confidence,
        words_in_weak_runs_share=round(words.in_weak_runs, 3),
        lines_not_sung_share=round(words.lines_not_sung, 3),
        agreement=alignment.agreement,
        letters=words.letters,
        language=karaoke.language,
        heard_language=alignment.heard_language,
        voiced_ms=voice.voiced_ms,
        singing_without_words_share=round(voice.outside(words.line_spans), 3),
        fit=round(voice.fit(words.spans), 3) if words.spans else None,
        shift_ms=voice.shift_ms(words.spans) if words.spans else 0,
        vocals_duration_ms=sounds.vocals_ms,
        minus_duration_ms=sounds.minus_ms,
        mix_duration_ms=max(sounds.vocals_ms, sounds.minus_ms),
        document_duration_ms=karaoke.duration_ms,
        durations_differ_ms=max(durations) - min(durations),
        minus_lufs=sounds.minus.lufs,
        minus_true_peak_dbtp=sounds.minus.true_peak_dbtp,
        mix_lufs=sounds.mix.lufs,
        mix_true_peak_dbtp=sounds.mix.true_peak_dbtp,
        minus_below_voice_db=_below(sounds),
        minus_follows_voice_db=_follows(sounds.minus_levels, words, voice),
        voice_under_music_db=_under(sounds),
        residual_vocals_db=None if sounds.residual is None else round(max(_LEAST_DB, dbfs(sounds.residual)), 1),
        minus_clipped_share=round(sounds.minus_clipped, 5),
        vocals_clipped_share=round(sounds.vocals_clipped, 5),
        mix_clipped_share=round(sounds.mix_clipped, 5),
        noise_burst_ms=sounds.noise_burst_ms,
    )


def _below(sounds: Sounds) -> float | None:
    """By how much the minus's loud parts are quieter than those of the vocals."""
    if not sounds.minus_levels.size or not sounds.vocals_levels.size:
        return None
    return round(float(np.percentile(sounds.vocals_levels, 95) - np.percentile(sounds.minus_levels, 95)), 1)


def _under(sounds: Sounds) -> float | None:
    under = voice_under_music_db(sounds.vocals_levels, sounds.minus_levels, _LOUDEST_WINDOWS)
    return None if under is None else round(under, 1)


def _follows(levels: Levels, words: Words, voice: Voice) -> float | None:
    """By how much the minus is louder in the lines than outside of them: music plays on."""
    length = min(levels.size, voice.levels.size)
    inside = voice.inside(words.line_spans)[:length]
    if min(int(inside.sum()), int((~inside).sum())) < _LEAST_WINDOWS:
        return None
    return round(float(np.median(levels[:length][inside]) - np.median(levels[:length][~inside])), 1)
