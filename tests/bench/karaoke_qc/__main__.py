"""Checks good songs and spoiled ones by the real quality check, and prints what it told."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aik_aligner.engine.whisper_pocketsphinx import load as aligner
from aik_aligner.port import Aligner
from aik_qc.engine.loudness import load as meter
from aik_qc.handler import check
from aik_separator.engine.spleeter import load as separator
from aik_service.step import BadInput, StepInput

from tests.bench.karaoke_qc.songs import Made, good_songs
from tests.bench.karaoke_qc.spoil import Spoiling, spoilings
from tests.bench.karaoke_qc.table import Outcome, table


def main() -> None:
    arguments = _arguments()
    engine, splits = aligner(), separator()
    good = {song.name: song for song in _told(good_songs(splits, engine, arguments.seed))}
    with tempfile.TemporaryDirectory() as folder:
        outcomes = [_good(song, Path(folder)) for song in good.values()]
        outcomes += [_spoiled(one, good, engine, Path(folder)) for one in spoilings(splits, Path(folder))]
    if arguments.numbers is not None:
        found = [{"song": one.song, "spoiling": one.spoiling, "codes": one.codes, **one.numbers} for one in outcomes]
        arguments.numbers.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print("\n".join(table(outcomes)))


def _good(song: Made, folder: Path) -> Outcome:
    return _checked(song, folder, Outcome(song.name, None, near=song.near))


def _spoiled(spoiling: Spoiling, good: dict[str, Made], engine: Aligner, folder: Path) -> Outcome:
    outcome = Outcome(spoiling.song, spoiling.name, expected=spoiling.codes)
    try:
        song = spoiling.spoil(good[spoiling.song], engine)
    except BadInput as refusal:
        return outcome.with_verdict("refused", None, [refusal.code])
    return _checked(song, folder, outcome)


def _checked(song: Made, folder: Path, outcome: Outcome) -> Outcome:
    """What the check says, accepted whatever it says, so that there is a report."""
    document = folder / "karaoke.json"
    document.write_bytes(song.karaoke.to_json())
    files = {"vocals": song.vocals, "accompaniment": song.accompaniment, "karaoke": document}
    step = StepInput(track_id="qc", files=files, out=folder, accept_qc=True)
    report: dict[str, Any] = json.loads(check(step, meter(), lambda _: None).files["qc"].read_bytes())
    refused = any(finding["verdict"] == "fail" for finding in report["findings"])
    verdict = "fail" if refused else report["verdict"]
    return outcome.with_verdict(verdict, report["score"], report["codes"], report["numbers"])


def _told(songs: Iterator[Made]) -> Iterator[Made]:
    for song in songs:
        print(f"song: {song.name}", file=sys.stderr, flush=True)
        yield song


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench.karaoke_qc", description=__doc__)
    parser.add_argument("--numbers", type=Path, metavar="FILE", help="write every song's numbers there, as JSON")
    parser.add_argument("--seed", type=int, default=0, help="other songs: 0 are those that the limits were set by")
    return parser.parse_args()


if __name__ == "__main__":
    main()
