"""What measures the engines on a GPU works: here on a CPU, with small models and few short songs."""

import pytest

from tests.gpu.bench import main


@pytest.mark.parametrize("engine", ["demucs", "onnx", "whisperx (asr)", "whisperx (aligner)"])
def test_every_engine_is_measured_beside_its_tool_and_songs_together_have_the_same_bytes(
    engine: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["--dry-run", "--songs", "2", "--raw-songs", "2", "--seconds", "11", "--only", engine]) == 0
    [row] = [line for line in capfd.readouterr().out.splitlines() if line.startswith(f"{engine}  ")]
    assert row.endswith("yes")
