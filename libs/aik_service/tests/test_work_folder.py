"""The work folder: one's own, and never left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from aik_service.work_folder import work_folder

HOLDER = """
import pathlib, sys, time
from aik_service.work_folder import work_folder
with work_folder("asr", pathlib.Path(sys.argv[1])) as folder:
    (folder / "song").write_text("la")
    print(folder, flush=True)
    time.sleep(3600)
"""


def test_it_goes_when_the_process_ends(tmp_path: Path) -> None:
    with work_folder("asr", tmp_path) as folder:
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_that_of_a_killed_process_goes_when_the_next_one_starts_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:  # noqa: S603
        assert holder.stdout is not None
        held = Path(holder.stdout.readline().decode().strip())
        with work_folder("asr", tmp_path):
            assert (held / "song").exists()
        os.kill(holder.pid, signal.SIGKILL)
    assert (held / "song").exists()
    with work_folder("asr", tmp_path) as mine:
        assert list(tmp_path.iterdir()) == [mine]


def test_other_services_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "aik-qc-1").mkdir()
    (tmp_path / "aik-qc-1" / "lock").touch()
    with work_folder("asr", tmp_path):
        assert (tmp_path / "aik-qc-1").is_dir()
