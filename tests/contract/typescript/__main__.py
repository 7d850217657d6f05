"""`make typescript-check`: a client generated from docs/openapi.json compiles and makes a track; needs Node."""

import os
import shutil
import subprocess
from pathlib import Path

from aik_local.demo.song import chosen
from aik_local.testing import Suite, temporary_folder

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
WORK = ROOT / ".aik" / "typescript"
"""npm's packages and what is generated stay there."""


def main() -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    for file in (*HERE.glob("*.ts"), *HERE.glob("*.json"), ROOT / "docs" / "openapi.json"):
        shutil.copy(file, WORK)
    for command in ("npm install --no-audit --no-fund", "npm run generate", "npm run compile"):
        _run(command)
    with temporary_folder() as folder:
        suite = Suite(folder)
        suite.start()
        try:
            _run("npx tsx walk.ts", AIK_URL=suite.environment["AIK_URL"], AIK_SONG=str(chosen(None).file))
        finally:
            suite.stop()


def _run(command: str, **environment: str) -> None:
    print(f"$ {command}", flush=True)
    program, *arguments = command.split()
    found = shutil.which(program) or program
    subprocess.run([found, *arguments], cwd=WORK, env={**os.environ, **environment}, check=True)  # noqa: S603 (ours)


if __name__ == "__main__":
    main()
