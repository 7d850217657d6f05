"""One aik process: `python -m aik_local.process NAME` calls the entry point of that name."""

import sys
from importlib.metadata import entry_points

from aik_local.processes import GROUP


def main() -> None:
    name = sys.argv[1]
    (entry,) = entry_points(group=GROUP, name=name)
    sys.argv = [f"aik-{name}"]
    entry.load()()


if __name__ == "__main__":
    main()
