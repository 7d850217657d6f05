"""The demo from the upload to the files, told on the screen."""

import time
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from aik_local.demo.client import ApiProblem, KaraokeClient
from aik_local.demo.progress import Show, shown
from aik_local.demo.result import draw, save, show
from aik_local.demo.song import NoSong, Song, chosen

POLL_S = 0.3
OPEN = ("queued", "running")


class JobFailed(Exception):
    """The song could not be made into a karaoke track."""


def run_demo(
    console: Console, client: KaraokeClient, out: Path, file: Path | None, lyrics: Path | None, language: str | None
) -> bool:
    """Whether it succeeded; what went wrong is said in a sentence."""
    try:
        song = chosen(file)
        text = lyrics.read_text("utf-8") if lyrics else None
        _make(console, client, song, text, language, out / song.name)
    except (ApiProblem, JobFailed, NoSong, OSError, httpx.HTTPError) as error:
        console.print(f"[red]{error}[/]")
        return False
    return True


def _make(
    console: Console, client: KaraokeClient, song: Song, lyrics: str | None, language: str | None, folder: Path
) -> None:
    console.print(f"[bold]{song.title}[/]  {_from_here(song.file)}", soft_wrap=True)
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
        console.print(f"  {_from_here(written)}", soft_wrap=True)
    console.print(f"Open {_from_here(folder / 'karaoke.html')} in a browser and sing.", soft_wrap=True)


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
