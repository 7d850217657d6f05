"""`python -m tests.bench.clean`: a suite that shares nothing with others of the checkout but Kafka's jars."""

import argparse
import sys
from pathlib import Path

from aik_local import processes
from aik_local.layout import Layout
from aik_local.supervise import supervise
from aik_local.supervisor import Supervisor
from aik_local.testing import Suite


class CleanLayout(Layout):
    """The weights are put together anew in its own folder, as on a machine that has just been set up."""

    @property
    def models(self) -> Path:
        return self.root / "models"


class CleanSuite(Suite):
    module = "tests.bench.clean"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the folder of this suite")
    parser.add_argument("--owned", action="store_true", required=True, help="ends when stdin ends")
    arguments = parser.parse_args()
    names, topics = processes.discovered(), processes.create_topics_command()
    sys.exit(supervise(Supervisor(CleanLayout(arguments.root), names, topics, {}), owned=arguments.owned))


if __name__ == "__main__":
    main()
