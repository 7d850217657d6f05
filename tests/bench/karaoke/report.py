"""The table of a run: every song, the languages against their goals, the hard cases, and what confidence is worth."""

from collections.abc import Iterator, Mapping, Sequence

from tests.bench.karaoke import transcript
from tests.bench.karaoke.cases import Case
from tests.bench.karaoke.measure import Errors, Outcome, errors

_GOALS = {"en": "mean 0.060, median 0.030, within 0.3 s 95 %", "ru": "mean 0.060, within 0.3 s 93 %"}
_HEAD = f"{'':22}{'words':>6}{'mean s':>8}{'median':>8}{'<=0.3 s':>9}{'> 1 s':>8}{'lost':>6}{'work':>7}   before"
_BINS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01))


def table(outcomes: Sequence[tuple[Case, Outcome]], before: Mapping[str, Errors]) -> Iterator[str]:
    """Lines to print; `work` is seconds of work for a second of the song."""
    yield _HEAD
    plain = [(case, outcome) for case, outcome in outcomes if case.hard is None]
    for case, outcome in plain:
        yield row(case.name, [outcome], before)
    for language, goal in _GOALS.items():
        songs = [outcome for case, outcome in plain if case.language == language]
        if songs:
            yield row(language, songs, before)
            yield f"{'':22}goal: {goal}"
    if hard := [(case, outcome) for case, outcome in outcomes if case.hard is not None]:
        yield ""
        yield "hard cases"
    for case, outcome in hard:
        yield row(case.name, [outcome], before)
        yield f"{'':22}{'; '.join((case.hard or '', *_told(outcome)))}"
    yield ""
    yield "confidence    words   <=0.3 s"
    yield from _confidences([outcome for _, outcome in outcomes])
    yield from transcript.table([(case.language, outcome.transcript) for case, outcome in outcomes])


def row(name: str, outcomes: Sequence[Outcome], before: Mapping[str, Errors]) -> str:
    work = sum(outcome.work_s for outcome in outcomes) / sum(outcome.duration_s for outcome in outcomes)
    then = before.get(name)
    past = f"   {then.mean:.3f} {then.median:.3f} {then.within:.1%} {then.over:.1%}" if then else ""
    found = errors(outcomes)
    rates = [outcome.transcript.word_errors for outcome in outcomes if outcome.transcript is not None]
    wer = f"   WER {sum(rates) / len(rates):.0%}" if rates else ""
    if found is None:
        refused = outcomes[0].refused
        return f"{name:22}{f'refused: {refused}' if refused else 'no word of it is sung':45}{work:7.2f}{past}{wer}"
    shares = f"{found.within:>9.1%}{found.over:>8.1%}"
    return (
        f"{name:22}{found.words:>6}{found.mean:>8.3f}{found.median:>8.3f}{shares}{found.lost:>6}{work:>7.2f}{past}{wer}"
    )


def _told(outcome: Outcome) -> Iterator[str]:
    if outcome.refused:
        yield f"refused with {outcome.refused}"
        return
    if outcome.unsung:
        yield f"{len(outcome.told & outcome.unsung)} of {len(outcome.unsung)} lines that are not sung told to be so"
    if wrongly := len(outcome.told - outcome.unsung):
        yield f"{wrongly} lines that are sung told not to be"
    if outcome.foreign_ms:
        yield f"{outcome.foreign_ms / 1000:.1f} s of singing that no line has"
    if outcome.agreement is not None:
        yield f"agreement {outcome.agreement:.2f}"


def _confidences(outcomes: Sequence[Outcome]) -> Iterator[str]:
    words = [word for outcome in outcomes for word in outcome.words]
    for low, high in _BINS:
        near = [
            word.found is not None and abs(word.found - word.true) <= 0.3
            for word in words
            if word.confidence is not None and low <= word.confidence < high
        ]
        if near:
            yield f"{low:.2f} – {min(high, 1):.2f} {len(near):>6}{sum(near) / len(near):>10.1%}"
