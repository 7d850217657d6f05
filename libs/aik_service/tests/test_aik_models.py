"""`aik-models` as it is typed: what it prints, and its exit status."""

import json
from pathlib import Path

import pytest
from aik_service.models.commands import app
from typer.testing import CliRunner


class Shell:
    """The command in an environment with this folder of models."""

    def __init__(self, models: Path) -> None:
        self.models = models

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(arguments), env={"AIK_MODELS": str(self.models), **environment})
        return done.exit_code, done.output


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "card.onnx").write_text("heavy")
    made = Shell(tmp_path / "models")
    status, told = made.run(
        "import", str(tmp_path / "card.onnx"), "--name", "mdx", "--licence", "MIT", "--revision", "7"
    )
    assert (status, "licence MIT" in told) == (0, True)
    return made


def test_an_imported_file_is_listed_with_its_licence_and_verified(shell: Shell) -> None:
    [line] = [line for line in shell.run("list")[1].splitlines() if line.startswith("mdx")]
    assert line == "mdx  7  0.0 MB  MIT  verified"
    found = {row["name"]: row for row in json.loads(shell.run("list", "--json")[1])}
    assert found["mdx"].items() >= {"sizeBytes": 5, "state": "verified", "licence": "MIT", "revision": "7"}.items()
    assert found["spleeter-2stems"]["state"] == "of a package"


def test_verify_names_the_file_that_differs_with_status_1(shell: Shell) -> None:
    assert shell.run("verify") == (0, "mdx: verified\n")
    (shell.models / "mdx" / "card.onnx").chmod(0o644)
    (shell.models / "mdx" / "card.onnx").write_text("weigh")
    for arguments in (["verify"], ["verify", "mdx"]):
        status, told = shell.run(*arguments)
        assert (status, "mdx: damaged" in told, "card.onnx has sha256" in told) == (1, True, True)
    status, told = shell.run("list")
    assert (status, "mdx  7  0.0 MB  MIT  damaged" in told) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["verify", "large"], "There is no model large"),
        (["verify", "../mdx"], "is no name of a model"),
        (["fetch", "tiny"], "The catalogue has no model tiny"),
        (["fetch", "whisper-large-v3@main"], "40 hex digits"),
        (["fetch", "htdemucs_ft"], "--accept-hash"),
        (["import", "/nowhere", "--name", "other", "--licence", "MIT"], "is no file and no folder"),
        (["import", "/nowhere", "--name", "mdx", "--licence", "MIT"], "--replace"),
        (["import", "/nowhere", "--name", "../up", "--licence", "MIT"], "is no name of a model"),
        (["pull", "mdx"], "AIK_MODELS_FROM"),
        (["pull", "s3://bucket"], "at least one model's name"),
        (["pull", "s3:bucket", "mdx"], "is no s3://bucket/prefix"),
    ],
)
def test_what_is_refused_is_said_in_a_sentence_with_status_2(shell: Shell, arguments: list[str], said: str) -> None:
    status, told = shell.run(*arguments)
    assert (status, said in told, "Traceback" in told) == (2, True, False), told


def test_prepare_puts_together_what_installed_services_carry(tmp_path: Path) -> None:
    """As an image does when it is built: its service then finds all of it in a folder that it may not write to."""
    status, told = Shell(tmp_path).run("prepare")
    made = dict(line.split(": ") for line in told.splitlines())
    assert (status, set(made)) == (0, {"spleeter-2stems", "whisper-base"})
    assert all(Path(path).exists() and Path(path).is_relative_to(tmp_path) for path in made.values())
