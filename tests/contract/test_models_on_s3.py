"""`aik-models pull` from a prefix of a real S3, as an init container runs it: again and again."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from aik_service.models.commands import app
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings
from typer.testing import CliRunner


def run(environment: Mapping[str, str], models: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments), env={**environment, "AIK_MODELS": str(models)})
    return done.exit_code, done.output


def test_a_model_goes_through_a_bucket_and_is_verified_on_the_other_side(
    tmp_path: Path, servers: Mapping[str, str], s3: ObjectSettings
) -> None:
    (tmp_path / "model.bin").write_bytes(b"heavy")
    status, _ = run(
        {}, tmp_path / "there", "import", str(tmp_path / "model.bin"), "--name", "small", "--licence", "MIT"
    )
    assert status == 0
    objects = S3Objects(s3)
    for path in (tmp_path / "there" / "small").iterdir():
        asyncio.run(objects.put(f"models/small/{path.name}", path, "application/octet-stream"))
    environment = {**servers, "AIK_MODELS_FROM": f"s3://{s3.s3_bucket}/models"}
    for _ in range(2):
        status, told = run(environment, tmp_path / "here", "pull", "small")
        assert (status, "licence MIT" in told) == (0, True), told
    assert run({}, tmp_path / "here", "verify") == (0, "small: verified\n")
    status, told = run(servers, tmp_path / "here", "pull", f"s3://{s3.s3_bucket}/models", "large")
    assert (status, "The store has no models/large/model.json" in told) == (2, True), told
