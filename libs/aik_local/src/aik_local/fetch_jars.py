"""`python -m aik_local.fetch_jars FOLDER`: fetches Kafka's jars, in a process that can be ended at any time."""

import sys
from pathlib import Path

from aik_local.errors import JarMismatch
from aik_local.servers.jars import fetch_jars


def main() -> None:
    try:
        fetch_jars(Path(sys.argv[1]))
    except JarMismatch as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
