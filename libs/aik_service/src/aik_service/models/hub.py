"""Where models are published: the port, a hub's repositories and plain addresses. Used at build time only."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import httpx

from aik_service.models.card import ModelRefused

TIMEOUT = httpx.Timeout(30)


class HubUnavailable(Exception):
    """The hub can't be reached, or does not have what is asked of it."""

    code = "hub-unavailable"


class Hub(Protocol):
    """Whatever it sends is checked by its reader; raises HubUnavailable."""

    def paths(self, source: str, revision: str) -> Sequence[str]:
        """Every file of this revision."""

    def download(self, source: str, revision: str, path: str, target: Path) -> None:
        """Writes one file of it to `target`."""


class RepositoryHub:
    """`hf:owner/name`, through huggingface_hub."""

    def __init__(self) -> None:
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        try:
            import huggingface_hub
        except ImportError as error:
            raise HubUnavailable(
                "The package huggingface_hub is not installed: uv pip install huggingface_hub."
            ) from error
        self._hub = huggingface_hub

    def paths(self, source: str, revision: str) -> Sequence[str]:
        try:
            return self._hub.HfApi().list_repo_files(source.removeprefix("hf:"), revision=revision)
        except (OSError, ValueError, httpx.HTTPError) as error:
            raise HubUnavailable(f"{source}@{revision}: {_said(error)}") from error

    def download(self, source: str, revision: str, path: str, target: Path) -> None:
        cache = target.parent / ".hub"
        try:
            repository = source.removeprefix("hf:")
            found = self._hub.hf_hub_download(repository, path, revision=revision, cache_dir=cache)
            shutil.copyfile(found, target)
        except (OSError, ValueError, httpx.HTTPError) as error:
            raise HubUnavailable(f"{source}@{revision} {path}: {_said(error)}") from error
        finally:
            shutil.rmtree(cache, ignore_errors=True)


class WebHub:
    """`https://…`, the address of a folder; it can't be listed, and has no revisions but those in its names."""

    def paths(self, source: str, revision: str) -> Sequence[str]:
        raise ModelRefused(f"The files of {source} can't be listed: the catalogue must name them.")

    def download(self, source: str, revision: str, path: str, target: Path) -> None:
        address = f"{source}/{path}"
        try:
            with httpx.stream("GET", address, follow_redirects=True, timeout=TIMEOUT) as answer:
                answer.raise_for_status()
                with target.open("wb") as file:
                    for piece in answer.iter_bytes():
                        file.write(piece)
        except httpx.HTTPError as error:
            raise HubUnavailable(f"{address}: {_said(error)}") from error


def _said(error: Exception) -> str:
    """What follows the first line is advice for those who call the client."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def hub_of(source: str) -> Hub:
    """The hub that has this source. Raises ModelRefused."""
    if source.startswith("hf:"):
        return RepositoryHub()
    if source.startswith("https://"):
        return WebHub()
    raise ModelRefused(f"{source} is neither hf:owner/name nor https://….")
