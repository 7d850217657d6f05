"""`make asyncapi-check`: the official parser reads docs/asyncapi.json; needs Node and npm."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
WORK = ROOT / ".aik" / "asyncapi"
"""npm's packages stay there."""


def main() -> None:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is not installed: the parser needs Node 18 or later and npm. AIK itself does without.")
    WORK.mkdir(parents=True, exist_ok=True)
    for file in (HERE / "package.json", HERE / "check.mjs", ROOT / "docs" / "asyncapi.json"):
        shutil.copy(file, WORK)
    # No package needs its install script, and one of the parser's would report where it is installed.
    subprocess.run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=WORK, check=True)  # noqa: S603
    sys.exit(subprocess.run([npm, "run", "--silent", "check"], cwd=WORK, check=False).returncode)  # noqa: S603


if __name__ == "__main__":
    main()
