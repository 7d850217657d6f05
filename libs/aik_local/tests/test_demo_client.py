"""The demo's calls, against a small REST API that keeps one upload and one track."""

import io
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from aik_local.demo.client import KaraokeClient
from aik_local.demo.progress import Bars
from aik_local.demo.run import Wish, run_demo
from rich.console import Console
from rich.progress import Progress

API = "http://api.example"
STORE = "http://store.example"
PART_SIZE = 4
KARAOKE = {
    "schemaVersion": 1,
    "trackId": "trk_1",
    "version": 1,
    "language": "en",
    "durationMs": 2000,
    "alignment": {"engine": "fake", "coverage": 1.0, "confidence": None},
    "lines": [
        {
            "id": "l1",
            "startMs": 250,
            "endMs": 1500,
            "text": "slow motion",
            "sung": True,
            "words": [
                {"id": "w1", "startMs": 250, "endMs": 600, "text": "slow", "after": " ", "timing": "aligned"},
                {"id": "w2", "startMs": 700, "endMs": 1500, "text": "motion", "after": "", "timing": "aligned"},
            ],
        }
    ],
}
PEAKS = {"sample_rate": 44_100, "samples_per_pixel": 512, "data": [-64, 64] * 172}
FILES = {
    "minus.flac": ("minus", "flac", b"lossless minus"),
    "minus.m4a": ("minus", "m4a", b"minus"),
    "minus.peaks.json": ("minus-peaks", "json", json.dumps(PEAKS).encode()),
    "mix.m4a": ("mix", "m4a", b"mix"),
    "vocals.m4a": ("vocals", "m4a", b"vocals"),
    "vocals.peaks.json": ("vocals-peaks", "json", json.dumps(PEAKS).encode()),
    "karaoke.json": ("karaoke", "json", json.dumps(KARAOKE).encode()),
    "karaoke.html": ("page", "html", b"<!doctype html>"),
    "lyrics.lrc": ("lrc", "lrc", b"[00:00.25]slow motion"),
}
MANIFEST = {"files": [{"name": name, "kind": kind, "format": form} for name, (kind, form, _) in FILES.items()]}
PUBLISHED = {**FILES, "manifest.json": ("manifest", "json", json.dumps(MANIFEST).encode())}
FAILURE = {
    "step": "separate",
    "code": "not-audio",
    "detail": "The file is not audio: upload a song.",
    "retryable": False,
}
REFUSED = {"step": "check", "code": "qc-failed", "detail": "No words were found.", "retryable": False}


class FakeApi(httpx.BaseTransport):
    """Answers as API.md says; `first_urls` is how many part URLs the first answer has; the job ends as `ends`."""

    def __init__(
        self,
        *,
        first_urls: int = 100,
        ends: str = "succeeded",
        refuses: dict[str, Any] | None = None,
        failure: dict[str, Any] = FAILURE,
    ) -> None:
        self.parts: dict[int, bytes] = {}
        self.imported: dict[str, Any] = {}
        self._first_urls = first_urls
        self._ends = ends
        self._failure = failure
        self._refuses = refuses
        self._polls = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "store.example":
            return self._store(request)
        assert request.headers["X-Client-Id"] == "demo"
        body = json.loads(request.content) if request.content else {}
        match request.method, request.url.path:
            case "POST", "/v1/uploads":
                count = min(self._first_urls, -(-body["size"] // PART_SIZE))
                urls = self._urls(range(1, count + 1))
                return httpx.Response(201, json={"uploadId": "upl_1", "partSize": PART_SIZE, "parts": urls})
            case "POST", "/v1/uploads/upl_1/parts":
                return httpx.Response(200, json={"parts": self._urls(body["partNumbers"])})
            case "POST", "/v1/uploads/upl_1/complete":
                assert [part["etag"] for part in body["parts"]] == [f'"{n}"' for n in sorted(self.parts)]
                return httpx.Response(200, json={"assetId": "ast_1"})
            case "POST", "/v1/tracks/import":
                return self._import(body)
            case "GET", "/v1/jobs/job_1":
                return httpx.Response(200, json=self._job())
            case "POST", "/v1/jobs/job_1/retry":
                assert body == {"acceptQc": True}
                self._ends = "succeeded"
                return httpx.Response(202, json={})
            case "GET", "/v1/tracks/trk_1/ready":
                ready = {"trackId": "trk_1", "version": 1, "minusContentType": "audio/mp4", "lyrics": KARAOKE}
                return httpx.Response(200, json=ready | {"qc": {"verdict": "warn", "score": 0.9, "codes": ["low"]}})
            case "GET", "/v1/tracks/trk_1/assets":
                return httpx.Response(200, json={"version": 1, "assets": self._assets()})
        raise AssertionError(request)

    def _store(self, request: httpx.Request) -> httpx.Response:
        assert "X-Client-Id" not in request.headers
        name = request.url.path.rpartition("/")[2]
        if request.method == "GET":
            return httpx.Response(200, content=PUBLISHED[name][2])
        self.parts[int(name)] = request.content
        return httpx.Response(200, headers={"etag": f'"{name}"'})

    @staticmethod
    def _urls(numbers: Any) -> list[dict[str, Any]]:
        return [{"partNumber": number, "url": f"{STORE}/upl_1/{number}"} for number in numbers]

    def _import(self, body: dict[str, Any]) -> httpx.Response:
        if self._refuses:
            headers = {"content-type": "application/problem+json"}
            return httpx.Response(422, content=json.dumps(self._refuses), headers=headers)
        self.imported = body
        return httpx.Response(202, json={"jobId": "job_1", "trackId": "trk_1"})

    def _job(self) -> dict[str, Any]:
        self._polls += 1
        state = "running" if self._polls == 1 else self._ends
        step = {"step": "separate", "state": state, "percent": 40 if state == "running" else 100}
        return {"state": state, "steps": [step], "failure": self._failure if state == "failed" else None}

    @staticmethod
    def _assets() -> list[dict[str, Any]]:
        return [
            {"kind": kind, "format": form, "url": f"{STORE}/{name}", "sha256": sha256(content).hexdigest()}
            for name, (kind, form, content) in PUBLISHED.items()
        ]


@pytest.fixture
def song(tmp_path: Path) -> Path:
    song = tmp_path / "my song.mp3"
    song.write_bytes(b"0123456789")
    return song


def demo(api: FakeApi, song: Path, out: Path, **wished: Any) -> tuple[bool, str]:
    """Whether it succeeded, and what it said."""
    console = Console(file=io.StringIO(), width=300)
    with httpx.Client(transport=api) as http:
        succeeded = run_demo(console, KaraokeClient(http, API), out, Wish(song, **wished))
    assert isinstance(console.file, io.StringIO)
    return succeeded, console.file.getvalue()


@pytest.mark.parametrize("first_urls", [1, 100])
def test_a_song_is_sent_in_parts_and_imported(song: Path, tmp_path: Path, first_urls: int) -> None:
    api = FakeApi(first_urls=first_urls)
    lyrics = tmp_path / "lyrics.txt"
    lyrics.write_text("slow motion")
    assert demo(api, song, tmp_path / "out", lyrics=lyrics, language="en", artist="Me")[0]
    assert api.parts == {1: b"0123", 2: b"4567", 3: b"89"}
    wished = {"title": "my song", "artist": "Me", "lyrics": "slow motion", "language": "en"}
    assert api.imported == {"assetId": "ast_1"} | wished


def test_every_published_file_and_a_picture_lie_in_a_folder_of_the_songs_name(song: Path, tmp_path: Path) -> None:
    _, said = demo(FakeApi(), song, tmp_path / "out")
    found = {file.name: file.read_bytes() for file in (tmp_path / "out" / "my song").glob("[!.]*")}
    picture = found.pop("alignment.png")
    assert found == {name: content for name, (_, _, content) in PUBLISHED.items()}
    assert picture.startswith(b"\x89PNG")
    assert "00:00.25  slow motion" in said
    assert "00:00.25 slow  00:00.70 motion" in said
    assert "quality warn (low)" in said


def test_without_a_terminal_each_change_of_a_step_is_a_line(song: Path, tmp_path: Path) -> None:
    _, said = demo(FakeApi(), song, tmp_path / "out")
    steps = [re.sub(r"[0-9.]+ s$", "… s", line) for line in said.splitlines()[1:5]]
    assert steps == [
        "upload       running",
        "upload       succeeded after … s",
        "separate     running",
        "separate     succeeded after … s",
    ]


def test_a_step_is_shown_and_timed_from_its_beginning_to_its_end() -> None:
    now = [0.0]
    progress = Progress(get_time=lambda: now[0], disable=True)
    bars = Bars(progress)
    for now[0], state, percent in ((0, "waiting", 0), (10, "running", 40), (13, "failed", 40), (60, "failed", 40)):
        bars.show("separate", state, percent)
    [task] = progress.tasks
    assert (task.description, task.elapsed, task.completed, task.fields) == ("separate", 3, 40, {"state": "failed"})


def test_a_running_step_says_how_long_it_will_take() -> None:
    progress = Progress(disable=True)
    bars = Bars(progress)
    told = []
    for state, percent, eta_ms in (("running", 40, None), ("running", 50, 12_400), ("succeeded", 100, None)):
        bars.show("separate", state, percent, eta_ms)
        told.append(progress.tasks[0].fields["state"])
    assert told == ["running", "running, 12 s left", "succeeded"]


def test_paths_below_the_current_folder_are_shown_from_there(
    song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, said = demo(FakeApi(), song, tmp_path / "out")
    assert str(tmp_path) not in said
    assert "Open out/my song/karaoke.html in a browser and sing." in said


def test_two_songs_with_the_same_file_name_have_a_folder_each(song: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / song.name
    other.parent.mkdir()
    other.write_bytes(b"another song")
    for made in (song, other, song, other):
        assert demo(FakeApi(), made, tmp_path / "out")[0]
    digest = sha256(b"another song").hexdigest()
    assert {folder.name for folder in (tmp_path / "out").iterdir()} == {"my song", f"my song-{digest[:8]}"}


def test_what_the_quality_check_refuses_is_published_when_it_is_wished(song: Path, tmp_path: Path) -> None:
    refused, said = demo(FakeApi(ends="failed", failure=REFUSED), song, tmp_path / "out")
    assert (refused, "ACCEPT_QC=1" in said, "aik-events story trk_1 (job job_1)" in said) == (False, True, True)
    assert demo(FakeApi(ends="failed", failure=REFUSED), song, tmp_path / "out", accept_qc=True)[0]


def test_a_job_that_fails_is_said_with_its_code_and_what_to_do(song: Path, tmp_path: Path) -> None:
    succeeded, said = demo(FakeApi(ends="failed"), song, tmp_path / "out")
    assert not succeeded
    assert "separate failed: not-audio: The file is not audio: upload a song." in said


def test_a_refusal_is_said_with_its_code_and_trace(song: Path, tmp_path: Path) -> None:
    problem = {"code": "lyrics-empty", "title": "No lyrics", "detail": "The lyrics are empty.", "traceId": "abc"}
    succeeded, said = demo(FakeApi(refuses=problem), song, tmp_path / "out")
    assert (succeeded, "lyrics-empty: The lyrics are empty. (trace abc)" in said) == (False, True)


def test_a_song_that_is_not_there_is_said(tmp_path: Path) -> None:
    succeeded, said = demo(FakeApi(), tmp_path / "none.mp3", tmp_path / "out")
    assert (succeeded, "there is no file" in said) == (False, True)


def test_lyrics_that_are_not_utf_8_are_refused_with_a_sentence(tmp_path: Path) -> None:
    song, lyrics = tmp_path / "song [live].mp3", tmp_path / "lyrics.txt"
    song.write_bytes(b"song")
    lyrics.write_bytes("café".encode("latin-1"))
    said = io.StringIO()
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(500))) as http:
        assert not run_demo(Console(file=said, width=300), KaraokeClient(http, API), tmp_path, Wish(song, lyrics))
    assert said.getvalue() == f"{lyrics} is not text in UTF-8: save it as UTF-8 and try again.\n"
