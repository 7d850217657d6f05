"""`python -m tests.upgrade.rolled`, run with the new release's code, which alone can read all that is in the log."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from rich.console import Console

from tests.faults.traces import keep_history
from tests.upgrade.process import end_with_the_parent
from tests.upgrade.releases import Release
from tests.upgrade.report import show
from tests.upgrade.run import Options, run
from tests.upgrade.songs import short
from tests.upgrade.verdict import judged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="of the servers, their data and all logs")
    for release in ("old", "new"):
        parser.add_argument(f"--{release}", type=Path, nargs=2, required=True, help="its folder and its Python")
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--way", required=True)
    arguments = parser.parse_args()
    end_with_the_parent()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it says of outages is no news here
    old, new = Release("old", *arguments.old), Release("new", *arguments.new)
    options = Options(arguments.jobs, arguments.way)
    outcome = asyncio.run(run(options, short(options.jobs), old, new, arguments.folder))
    keep_history(outcome.evidence, arguments.folder / "logs")
    results = judged(outcome, options.way)
    show(Console(), options.way, outcome, results)
    sys.exit(any(result.wrong or not result.looked_at for result in results))


if __name__ == "__main__":
    main()
