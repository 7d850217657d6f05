"""`aik-gateway words`: a version's lines and words with their times, read from the log and the store."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from aik_events.cli.printing import counted, echo, in_lines
from aik_events.cli.running import fail, said
from aik_events.environment import from_environment
from aik_events.log.history import history_of
from aik_events.settings import KafkaSettings
from aik_events.telling.stepping import state_after
from aik_events.topics import TRACKS
from aik_events.track import Track, Version
from aik_lyrics import Karaoke, Line, Lyrics, Word, untimed
from aik_service.command_errors import SENTENCES
from aik_service.objects import ObjectMissing, Objects
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings

NO_TIMES = "no times"
WIDTH = len("0:00.000–0:00.000")
Numbered = Sequence[tuple[int, Line]]
"""Lines with their numbers, counted from 1 as clients show them."""


def words(
    track: Annotated[str, typer.Argument(metavar="TRACK", help="The track's id, such as trk_…")],
    version: Annotated[int | None, typer.Option(help="Else what plays now, or the newest where nothing does.")] = None,
    line: Annotated[int | None, typer.Option(min=1, help="This line alone, counted from 1.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the words of a version with their times, how sure each is, and which were set by hand or only derived."""
    with said(1, {**SENTENCES, ObjectMissing: lambda error: f"Its words are not in the store any more: {error}"}):
        state = _state(track)
        chosen = version_of(state, version)
        karaoke = asyncio.run(_karaoke(S3Objects(from_environment(ObjectSettings)), state, chosen))
    numbered = list(enumerate(karaoke.lines, start=1))
    if line is not None and line > len(numbered):
        fail(f"Version {chosen.number} has {counted(len(numbered), 'line')}.")
    shown = numbered if line is None else [numbered[line - 1]]
    show(chosen, karaoke, shown, as_json=as_json)


def show(version: Version, karaoke: Karaoke, lines: Numbered, *, as_json: bool) -> None:
    if as_json:
        echo(json.dumps(document(version, karaoke, lines), ensure_ascii=False, indent=2))
    else:
        typer.echo(in_lines([headline(version, karaoke), *told(lines)]))


def version_of(track: Track, number: int | None) -> Version:
    """This one, or what plays now, or the newest; a sentence and exit status 1 where there is none of that number."""
    found = track.version(number) if number is not None else track.published or track.newest
    if found is None:
        fail(f"The track has the versions {', '.join(str(each.number) for each in track.versions)}, and no {number}.")
    return found


def headline(version: Version, karaoke: Karaoke) -> str:
    about = f"version {version.number}, {version.state.value} ({version.origin})"
    if karaoke.alignment is None:
        return f"{about}: not aligned"
    confidence = karaoke.alignment.confidence
    sure = "" if confidence is None else f", confidence {confidence}"
    return f"{about}: aligned by {karaoke.alignment.engine}, coverage {karaoke.alignment.coverage}{sure}"


def told(lines: Numbered) -> Iterator[str]:
    """A line of the song, and below it one line a word: from, to, confidence, text, and how its time came about if not
    by alignment.
    """
    for number, line in lines:
        when = _span(line.start_ms, line.end_ms) if line.sung else "not sung"
        yield f"{number:>3}  {when:<{WIDTH}}  {line.text}".rstrip()
        for word in line.words if line.sung else ():
            yield f"     {_word(word)}".rstrip()


def document(version: Version, karaoke: Karaoke, lines: Numbered) -> dict[str, Any]:
    """The lines as karaoke-json has them, with their numbers."""
    alignment = karaoke.alignment.model_dump(mode="json", by_alias=True) if karaoke.alignment else None
    numbered = [{"number": number, **line.model_dump(mode="json", by_alias=True)} for number, line in lines]
    about = {"track": karaoke.track_id, "version": version.number, "state": version.state.value}
    return {**about, "origin": version.origin, "alignment": alignment, "lines": numbered}


def _word(word: Word) -> str:
    sure = "" if word.confidence is None else f"{word.confidence:.2f}"
    how = f"  ({word.timing})" if word.timing not in (None, "aligned") else ""
    return f"{_span(word.start_ms, word.end_ms):<{WIDTH}}  {sure:<4}  {word.text}{how}"


def _span(start_ms: int | None, end_ms: int | None) -> str:
    if start_ms is None:
        return NO_TIMES
    return f"{_time(start_ms)}–{'' if end_ms is None else _time(end_ms)}"


def _time(ms: int) -> str:
    """Minutes, seconds and thousandths, as players show them."""
    return f"{ms // 60_000}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def _state(track: str) -> Track:
    records = asyncio.run(history_of(from_environment(KafkaSettings), TRACKS, track))
    state, _ = state_after(track, records)
    if not state.versions:
        fail(f"The log has no version of a track {track}.")
    return state


async def _karaoke(objects: Objects, track: Track, version: Version) -> Karaoke:
    """With times where the version is aligned; a sentence and exit status 1 where it has no words yet."""
    if version.karaoke is not None:
        return Karaoke.from_json(await objects.read(version.karaoke.key))
    if version.lyrics is not None:
        return untimed(Lyrics.from_json(await objects.read(version.lyrics.key)), track.id, version.number)
    fail(f"Version {version.number} has no words yet.")
