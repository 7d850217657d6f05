"""Makes songs whose word times are known and measures how well the real aligner finds them."""

import argparse
import sys
from collections.abc import Iterator, Sequence

from aik_aligner.engine.whisper_pocketsphinx import load as aligner
from aik_asr.engine.faster_whisper import load as transcriber
from aik_separator.engine.spleeter import load as separator

from tests.bench.karaoke import figures
from tests.bench.karaoke.cases import CASES, Case
from tests.bench.karaoke.folder import ensure, songs_folder
from tests.bench.karaoke.measure import Errors, Outcome, errors, measure
from tests.bench.karaoke.report import row, table


def main() -> None:
    arguments = _arguments()
    cases = [case for case in CASES if not arguments.only or case.name in arguments.only]
    engine = separator()
    for case in cases:
        print(f"song: {ensure(case, engine, anew=not arguments.keep)}", file=sys.stderr, flush=True)
    if arguments.songs_only:
        return
    before = figures.kept()
    outcomes = list(_measured(cases, before, stem=arguments.stem, asr=arguments.asr))
    print("\n".join(table(outcomes, before)))
    if arguments.save:
        figures.keep(dict(_figures(outcomes)))


def _measured(
    cases: Sequence[Case], before: dict[str, Errors], *, stem: str, asr: bool
) -> Iterator[tuple[Case, Outcome]]:
    engine, hears = aligner(), transcriber() if asr else None
    for case in cases:
        outcome = measure(songs_folder() / case.name, engine, hears, stem=stem)
        print(row(case.name, [outcome], before), file=sys.stderr, flush=True)
        yield case, outcome


def _figures(outcomes: Sequence[tuple[Case, Outcome]]) -> Iterator[tuple[str, Errors]]:
    """Of every song, and of a language where all its songs were measured."""
    groups = {case.name: [outcome] for case, outcome in outcomes}
    for language in ("en", "ru"):
        names = [case.name for case in CASES if case.language == language and case.hard is None]
        if all(name in groups for name in names):
            groups[language] = [groups[name][0] for name in names]
    for name, group in groups.items():
        if (found := errors(group)) is not None:
            yield name, found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench.karaoke", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[case.name for case in CASES])
    parser.add_argument("--songs-only", action="store_true", help="make the songs and measure nothing")
    parser.add_argument("--keep", action="store_true", help="take the songs that are there already as they are")
    parser.add_argument("--asr", action="store_true", help="measure the transcriber's word error rate too")
    stem = "the separator's, or the voice as it was mixed: what is lost in between is not the aligner's"
    parser.add_argument("--stem", choices=("vocals", "voice"), default="vocals", help=stem)
    parser.add_argument("--save", action="store_true", help="keep these figures in figures.json, to compare with")
    return parser.parse_args()


if __name__ == "__main__":
    main()
