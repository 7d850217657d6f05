"""The demo from the upload to the files, told on the screen."""

import time
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.text import Text

from aik_local.demo.client import ApiProblem, KaraokeClient
from aik_local.demo.progress import Show, shown
from aik_local.demo.result import draw, save, show
from aik_local.demo.song import NoSong, Song, chosen

POLL_S = 0.3
OPEN = ("queued", "running")


class JobFailed(Exception):
    """The song could not be made into a karaoke track."""


class LyricsUnreadable(Exception):
    """The lyrics are not text in UTF-8."""


def run_demo(
    console: Console, client: KaraokeClient, out: Path, file: Path | None, lyrics: Path | None, language: str | None
) -> bool:
    """Whether it succeeded; what went wrong is said in a sentence."""
    try:
        song = chosen(file)
        text = _text(lyrics) if lyrics else None
        _make(console, client, song, text, language, out / song.name)
    except (ApiProblem, JobFailed, LyricsUnreadable, NoSong, OSError, httpx.HTTPError) as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        return False
    return True


def _text(lyrics: Path) -> str:
    try:
        return lyrics.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LyricsUnreadable(f"{lyrics} is not text in UTF-8: save it as UTF-8 and try again.") from error


def _make(
    console: Console, client: KaraokeClient, song: Song, lyrics: str | None, language: str | None, folder: Path
) -> None:
    console.print(Text.assemble((song.title, "bold"), f"  {_from_here(song.file)}"), soft_wrap=True)
    started = time.monotonic()
    with shown(console) as show_step:
        asset = _upload(client, song, show_step)
        job_id, track_id = client.import_track(asset, song.title, lyrics, language)
        _await_job(client, job_id, show_step)
    seconds = time.monotonic() - started
    ready = client.ready(track_id)
    karaoke = save(client, client.downloads(track_id), folder)
    draw(karaoke, folder, song.title)
    console.print()
    show(console, karaoke)
    console.print()
    console.print(
        f"track {track_id}, version {ready['version']}, made in {seconds:.1f} s; quality {_quality(ready)}",
        soft_wrap=True,
    )
    for written in sorted(folder.iterdir()):
        console.print(f"  {_from_here(written)}", soft_wrap=True, markup=False)
    console.print(f"Open {_from_here(folder / 'karaoke.html')} in a browser and sing.", soft_wrap=True, markup=False)


def _upload(client: KaraokeClient, song: Song, show_step: Show) -> str:
    show_step("upload", "running", 0, None)
    asset = client.upload(song.file, lambda share: show_step("upload", "running", 100 * share, None))
    show_step("upload", "succeeded", 100, None)
    return asset


def _await_job(client: KaraokeClient, job_id: str, show_step: Show) -> None:
    while True:
        job = client.job(job_id)
        for step in job["steps"]:
            show_step(step["step"], step["state"], step["percent"] or 0, step.get("etaMs"))
        if job["state"] not in OPEN:
            break
        time.sleep(POLL_S)
    if job["state"] != "succeeded":
        raise JobFailed(_failure(job))


def _failure(job: dict[str, Any]) -> str:
    failure = job.get("failure")
    if not failure:
        return f"the job is {job['state']}"
    return f"{failure['step']} failed: {failure['code']}: {failure['detail']}"


def _quality(ready: dict[str, Any]) -> str:
    report = ready.get("qc") or {}
    codes = ", ".join(report.get("codes") or [])
    return f"{report.get('verdict', 'not known')}" + (f" ({codes})" if codes else "")


def _from_here(path: Path) -> Path:
    """Relative to the current folder for what is below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
