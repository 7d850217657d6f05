"""A model of the catalogue, fetched from its hub by revision and hash."""

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from aik_service.models.card import ModelRefused, checked_path
from aik_service.models.catalogue import Known
from aik_service.models.folder import Model
from aik_service.models.hub import Hub
from aik_service.models.storing import stored

COMMIT = re.compile(r"[0-9a-f]{40}")
LOADED = ("*.json", "*.txt", "model.safetensors", "pytorch_model.bin")
"""What transformers loads a model from."""


def fetched(
    models: Path,
    name: str,
    known: Known,
    hub: Callable[[str], Hub],
    *,
    revision: str | None = None,
    accept: bool = False,
    replace: bool = False,
) -> Model:
    """The model in its folder, its files as the catalogue knows them; another revision has no hashes that are known.

    Raises ModelRefused, before anything is fetched, for a revision that may come to mean other files, and for files
    whose hashes nobody has given, unless they are accepted as they come.
    """
    at = revision or known.revision
    is_pinned = known.is_pinned and at == known.revision
    if known.source.startswith("hf:") and not COMMIT.fullmatch(at):
        raise ModelRefused(f"{name}@{at}: name the revision by its commit, 40 hex digits. A branch or tag may move.")
    if not known.source.startswith("hf:") and at != known.revision:
        raise ModelRefused(f"{known.source} has no revisions: fetch {name} without one.")
    if not (is_pinned or accept):
        raise ModelRefused(
            f"No hashes are known of {name}@{at}. With --accept-hash its files are taken as the hub sends them, and "
            "their hashes written into model.json: compare them with another source before you use it."
        )
    expected = {path: sha256 for path, sha256 in known.files.items() if sha256} if at == known.revision else {}

    def write(folder: Path) -> None:
        published = hub(known.source)
        for path in list(known.files) or loaded(published.paths(known.source, at)):
            target = folder / checked_path(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            published.download(known.source, at, path, target)
        for path, text in known.texts.items():
            (folder / checked_path(path)).write_text(text.lstrip("\n"), "utf-8")

    about = {"name": name, "kind": known.kind, "revision": at, "source": known.source, "licence": known.licence}
    return stored(models, about, write, expected=expected, replace=replace)


def loaded(paths: Sequence[str]) -> list[str]:
    """Those at the top that transformers loads; weights in one format, the one that can't run code when it is read."""
    found = [path for path in paths if "/" not in path and any(fnmatchcase(path, pattern) for pattern in LOADED)]
    return [path for path in found if path != "pytorch_model.bin" or "model.safetensors" not in found]
