"""Models from a hub and from an object store: by revision and hash, or not at all."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from aik_service.models import ModelMissing, ModelRefused, verified
from aik_service.models.card import CARD, checked_name, checked_path
from aik_service.models.catalogue import Known, catalogue, known
from aik_service.models.fetching import COMMIT, fetched, loaded
from aik_service.models.hub import Hub, HubUnavailable, RepositoryHub, WebHub, hub_of
from aik_service.models.pulling import Prefix, prefix_of, pulled
from aik_service.models.storing import stored
from aik_service.objects.memory import MemoryObjects

COMMIT_1, COMMIT_2 = "1" * 40, "2" * 40
HEAVY = sha256(b"heavy").hexdigest()
KNOWN = Known(kind="whisper", licence="MIT", source="hf:a/b", revision=COMMIT_1, files={"model.bin": HEAVY})


class FakeHub:
    """Has these files at every revision."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.asked: list[str] = []

    def paths(self, source: str, revision: str) -> Sequence[str]:
        return list(self.files)

    def download(self, source: str, revision: str, path: str, target: Path) -> None:
        self.asked.append(f"{source}@{revision} {path}")
        if path not in self.files:
            raise HubUnavailable(f"there is no {path}")
        target.write_bytes(self.files[path])


HUB = FakeHub({"model.bin": b"heavy"})


def nowhere(source: str) -> Hub:
    raise AssertionError("the hub was asked")


def test_a_model_is_fetched_by_its_revision_and_its_hashes(tmp_path: Path) -> None:
    hub = FakeHub({"model.bin": b"heavy", "README.md": b"not wanted"})
    fetched(tmp_path, "small", KNOWN, lambda source: hub)
    assert hub.asked == [f"hf:a/b@{COMMIT_1} model.bin"]
    card = verified(tmp_path, "small").card
    assert (card.revision, card.source, card.licence, list(card.files)) == (COMMIT_1, "hf:a/b", "MIT", ["model.bin"])


def test_other_bytes_than_the_catalogue_knows_are_not_stored_not_even_when_they_would_be_accepted(
    tmp_path: Path,
) -> None:
    with pytest.raises(ModelRefused, match=r"model\.bin has sha256"):
        fetched(tmp_path, "small", KNOWN, lambda source: FakeHub({"model.bin": b"evil"}), accept=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("entry", "revision"),
    [
        (KNOWN.model_copy(update={"files": {"model.bin": ""}}), None),
        (KNOWN.model_copy(update={"files": {"model.bin": HEAVY, "config.json": ""}}), None),
        (KNOWN.model_copy(update={"files": {}}), None),
        (KNOWN, COMMIT_2),
    ],
)
def test_without_known_hashes_nothing_is_fetched_before_it_is_accepted(
    tmp_path: Path, entry: Known, revision: str | None
) -> None:
    with pytest.raises(ModelRefused, match="--accept-hash"):
        fetched(tmp_path, "small", entry, nowhere, revision=revision)
    hub = FakeHub({"model.bin": b"heavy", "pytorch_model.bin": b"heavy", "config.json": b"{}"})
    fetched(tmp_path, "small", entry, lambda source: hub, revision=revision, accept=True)
    card = verified(tmp_path, "small").card
    assert (HEAVY in {file.sha256 for file in card.files.values()}, card.revision) == (True, revision or COMMIT_1)


@pytest.mark.parametrize("revision", ["main", "v1", COMMIT_1[:7], "../" + COMMIT_1, COMMIT_1.upper().replace("1", "A")])
def test_a_revision_that_may_move_is_refused(tmp_path: Path, revision: str) -> None:
    with pytest.raises(ModelRefused, match="40 hex digits"):
        fetched(tmp_path, "small", KNOWN, nowhere, revision=revision, accept=True)
    with pytest.raises(ModelRefused, match="40 hex digits"):
        fetched(tmp_path, "small", KNOWN.model_copy(update={"revision": ""}), nowhere, accept=True)


def test_an_address_has_no_other_revision(tmp_path: Path) -> None:
    plain = KNOWN.model_copy(update={"source": "https://models.example/all", "revision": "all"})
    fetched(tmp_path, "small", plain, lambda source: HUB)
    with pytest.raises(ModelRefused, match="has no revisions"):
        fetched(tmp_path, "other", plain, nowhere, revision=COMMIT_2, accept=True)


def test_a_hub_that_names_files_outside_is_refused(tmp_path: Path) -> None:
    hub = FakeHub({"..\\evil.json": b"{}"})
    with pytest.raises(ModelRefused, match="no path inside"):
        fetched(tmp_path, "small", KNOWN.model_copy(update={"files": {}}), lambda source: hub, accept=True)
    assert list(tmp_path.iterdir()) == []


def test_weights_are_taken_in_one_format() -> None:
    both = [
        "model.safetensors",
        "pytorch_model.bin",
        "config.json",
        "README.md",
        "deep/config.json",
        "flax_model.msgpack",
    ]
    assert loaded(both) == ["model.safetensors", "config.json"]
    assert loaded(["pytorch_model.bin", "vocab.json"]) == ["pytorch_model.bin", "vocab.json"]


def test_texts_of_the_catalogue_belong_to_the_model(tmp_path: Path) -> None:
    entry = KNOWN.model_copy(update={"texts": {"bag.yaml": "\nmodels: []\n"}})
    assert fetched(tmp_path, "small", entry, lambda source: HUB).file("bag.yaml").read_text() == "models: []\n"


def test_every_model_of_the_catalogue_can_be_fetched_and_has_a_licence() -> None:
    for name, entry in catalogue().items():
        assert checked_name(name)
        assert all(checked_path(path) for path in [*entry.files, *entry.texts])
        assert entry.licence
        assert entry.kind in {"whisper", "wav2vec2", "demucs", "mdx"}
        assert all(len(digest) in (0, 64) for digest in entry.files.values())
        if entry.source.startswith("hf:"):
            assert not entry.revision or COMMIT.fullmatch(entry.revision)
        else:
            assert entry.files, "an address can't be listed"
    with pytest.raises(ModelRefused, match="The catalogue has no model tiny"):
        known("tiny")


def test_a_source_decides_its_hub() -> None:
    assert isinstance(hub_of("https://models.example"), WebHub)
    assert isinstance(hub_of("hf:a/b"), RepositoryHub)
    with pytest.raises(ModelRefused, match="neither"):
        hub_of("http://models.example")


@pytest.fixture
def store(tmp_path: Path) -> MemoryObjects:
    """An object store that has a model below models/."""
    about = {"name": "small", "kind": "whisper", "revision": "1", "source": "", "licence": "MIT"}
    made = stored(tmp_path / "there", about, lambda folder: _put(folder / "model.bin"), expected={}, replace=False)
    objects = MemoryObjects()
    objects.stored = {f"models/small/{name}": (made.folder / name).read_bytes() for name in (CARD, "model.bin")}
    return objects


def _put(path: Path) -> None:
    path.write_bytes(b"heavy")


PREFIX = Prefix("bucket", "models/")


def test_a_model_is_pulled_from_a_prefix_and_verified(tmp_path: Path, store: MemoryObjects) -> None:
    pulled(tmp_path / "here", "small", store, PREFIX)
    assert verified(tmp_path / "here", "small").file("model.bin").read_bytes() == b"heavy"


def test_a_model_that_is_here_is_not_pulled_again(tmp_path: Path, store: MemoryObjects) -> None:
    pulled(tmp_path / "here", "small", store, PREFIX)
    del store.stored["models/small/model.bin"]
    assert pulled(tmp_path / "here", "small", store, PREFIX).card.name == "small"


def test_what_the_store_has_not_or_has_otherwise_is_not_stored(tmp_path: Path, store: MemoryObjects) -> None:
    here = tmp_path / "here"
    with pytest.raises(ModelMissing, match=r"models/large/model\.json"):
        pulled(here, "large", store, PREFIX)
    store.stored["models/large/model.json"] = store.stored["models/small/model.json"]
    with pytest.raises(ModelRefused, match="is of the model small"):
        pulled(here, "large", store, PREFIX)
    store.stored["models/small/model.bin"] = b"evil!"
    with pytest.raises(ModelRefused, match=r"model\.bin has sha256"):
        pulled(here, "small", store, PREFIX)
    del store.stored["models/small/model.bin"]
    with pytest.raises(ModelMissing, match=r"models/small/model\.bin"):
        pulled(here, "small", store, PREFIX)
    outside = store.stored["models/small/model.json"].replace(b'"model.bin"', b'"../model.bin"')
    store.stored["models/small/model.json"] = outside
    with pytest.raises(ModelRefused, match="no path inside"):
        pulled(here, "small", store, PREFIX)
    assert not here.exists() or list(here.iterdir()) == []


def test_a_prefix_is_a_bucket_and_a_folder() -> None:
    assert [prefix_of(url) for url in ("s3://b", "s3://b/", "s3://b/m", "s3://b/m/n/")] == [
        ("b", ""), ("b", ""), ("b", "m/"), ("b", "m/n/"),
    ]  # fmt: skip
    for wrong in ("b/m", "https://b/m", "s3:///m", "s3://b/m?x=1"):
        with pytest.raises(ModelRefused, match="s3://bucket/prefix"):
            prefix_of(wrong)


class Repository(BaseHTTPRequestHandler):
    """As much of a hub's protocol as its client needs for the files of one commit."""

    FILES: ClassVar = {"config.json": b"{}", "model.safetensors": b"heavy"}

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        name = self.path.rpartition("/")[2]
        if self.path.startswith(f"/api/models/a/b/tree/{COMMIT_1}"):
            files = [{"type": "file", "path": name, "size": 1, "oid": "0" * 40} for name in [*self.FILES, "README.md"]]
            body = json.dumps(files).encode()
        elif self.path == f"/a/b/resolve/{COMMIT_1}/{name}" and name in self.FILES:
            body = self.FILES[name]
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Repo-Commit", COMMIT_1)
        self.send_header("ETag", f'"{sha256(body).hexdigest()}"')
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        return


@pytest.fixture
def address() -> Iterator[str]:
    """A server on this machine that stands in for a hub."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Repository) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


FETCH = f"""
import sys
from pathlib import Path
from aik_service.models.catalogue import Known
from aik_service.models.fetching import fetched
from aik_service.models.hub import RepositoryHub
known = Known(kind="wav2vec2", licence="MIT", source=sys.argv[2], revision="{COMMIT_1}")
fetched(Path(sys.argv[1]), "small", known, lambda source: RepositoryHub(), accept=True)
"""


def fetched_by_the_client(address: str, models: Path, source: str) -> "subprocess.CompletedProcess[str]":
    """In a process of its own: the client reads its address when it is imported."""
    environment = {**os.environ, "HF_ENDPOINT": address, "HF_HUB_OFFLINE": "0"}
    command = [sys.executable, "-c", FETCH, str(models), source]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603


def test_the_client_of_the_hub_lists_and_downloads_a_commit(tmp_path: Path, address: str) -> None:
    done = fetched_by_the_client(address, tmp_path, "hf:a/b")
    assert done.returncode == 0, done.stderr
    assert {path: file.sha256 for path, file in verified(tmp_path, "small").card.files.items()} == {
        path: sha256(content).hexdigest() for path, content in Repository.FILES.items()
    }


def test_a_repository_that_is_not_there_is_one_sentence(tmp_path: Path, address: str) -> None:
    done = fetched_by_the_client(address, tmp_path, "hf:a/none")
    assert done.stderr.splitlines()[-1].startswith(f"aik_service.models.hub.HubUnavailable: hf:a/none@{COMMIT_1}: ")
    assert list(tmp_path.iterdir()) == []


def test_an_address_is_downloaded_or_the_hub_is_unavailable(tmp_path: Path, address: str) -> None:
    folder = f"{address}/a/b/resolve/{COMMIT_1}"
    WebHub().download(folder, "", "model.safetensors", tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == b"heavy"
    with pytest.raises(HubUnavailable, match="404"):
        WebHub().download(folder, "", "none", tmp_path / "none")
