"""The demo from the upload to the files, told on the screen."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.text import Text

from aik_local.demo.client import ApiProblem, KaraokeClient
from aik_local.demo.progress import Show, shown
from aik_local.demo.result import draw, save, show
from aik_local.demo.song import NoSong, Song, chosen, folder_of

POLL_S = 0.3
OPEN = ("queued", "running")


REFUSED = "qc-failed"


class JobFailed(Exception):
    """The song could not be made into a karaoke track."""

    def __init__(self, sentence: str, code: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code


class LyricsUnreadable(Exception):
    """The lyrics are not text in UTF-8."""


@dataclass(frozen=True)
class Wish:
    """What is to be made: without a song the one that is included, without lyrics what is heard."""

    song: Path | None = None
    lyrics: Path | None = None
    language: str | None = None
    title: str | None = None
    artist: str | None = None
    accept_qc: bool = False
    """Published with warnings even where the quality check refuses."""


def run_demo(console: Console, client: KaraokeClient, out: Path, wish: Wish) -> bool:
    """Whether it succeeded; what went wrong is said in a sentence."""
    try:
        _make(console, client, out, wish)
    except (ApiProblem, JobFailed, LyricsUnreadable, NoSong, OSError, httpx.HTTPError) as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return False
    return True


def _make(console: Console, client: KaraokeClient, out: Path, wish: Wish) -> None:
    song = chosen(wish.song, wish.title, wish.artist)
    lyrics = _text(wish.lyrics) if wish.lyrics else None
    console.print(Text.assemble((song.title, "bold"), f"  {_from_here(song.file)}"), soft_wrap=True)
    started = time.monotonic()
    with shown(console) as show_step:
        asset = _upload(client, song, show_step)
        job_id, track_id = client.import_track(
            asset, title=song.title, artist=song.artist, lyrics=lyrics, language=wish.language
        )
        _await_job(client, job_id, track_id, show_step, accept_qc=wish.accept_qc)
    seconds = time.monotonic() - started
    ready = client.ready(track_id)
    folder = folder_of(song, out)
    karaoke = save(client, client.downloads(track_id), folder)
    draw(karaoke, folder, song.title)
    console.print()
    show(console, karaoke)
    console.print()
    console.print(
        f"track {track_id}, version {ready['version']}, made in {seconds:.1f} s; quality {_quality(ready)}",
        soft_wrap=True,
    )
    for written in sorted(folder.glob("[!.]*")):
        console.print(f"  {_from_here(written)}", soft_wrap=True, markup=False)
    console.print(f"Open {_from_here(folder / 'karaoke.html')} in a browser and sing.", soft_wrap=True, markup=False)


def _text(lyrics: Path) -> str:
    try:
        return lyrics.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LyricsUnreadable(f"{lyrics} is not text in UTF-8: save it as UTF-8 and try again.") from error


def _upload(client: KaraokeClient, song: Song, show_step: Show) -> str:
    show_step("upload", "running", 0, None)
    asset = client.upload(song.file, lambda share: show_step("upload", "running", 100 * share, None))
    show_step("upload", "succeeded", 100, None)
    return asset


def _await_job(client: KaraokeClient, job_id: str, track_id: str, show_step: Show, *, accept_qc: bool) -> None:
    while True:
        job = client.job(job_id)
        for step in job["steps"]:
            show_step(step["step"], step["state"], step["percent"] or 0, step.get("etaMs"))
        if job["state"] == "succeeded":
            return
        if job["state"] not in OPEN:
            failed = _failure(job, job_id, track_id)
            if not (accept_qc and failed.code == REFUSED):
                raise failed
            client.publish_anyway(job_id)
        time.sleep(POLL_S)


def _failure(job: dict[str, Any], job_id: str, track_id: str) -> JobFailed:
    failure = job.get("failure")
    if not failure:
        return JobFailed(f"the job is {job['state']} (track {track_id}, job {job_id})")
    code = failure["code"]
    ways = [f"{failure['step']} failed: {code}: {failure['detail']}"]
    if code == REFUSED:
        ways.append("Give other lyrics (LYRICS=file), or publish it as it is: the same command with ACCEPT_QC=1.")
    ways.append(f"What happened: make up, then .venv/bin/aik-events story {track_id} (job {job_id}).")
    return JobFailed("\n".join(ways), code)


def _quality(ready: dict[str, Any]) -> str:
    report = ready.get("qc") or {}
    codes = ", ".join(report.get("codes") or [])
    return f"{report.get('verdict', 'not known')}" + (f" ({codes})" if codes else "")


def _from_here(path: Path) -> Path:
    """Relative to the current folder for what is below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
