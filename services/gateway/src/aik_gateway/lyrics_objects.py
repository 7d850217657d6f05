"""Lyrics documents in the object store, named by the event that brings them."""

from hashlib import sha256
from typing import Any

from aik_events.event import Artefact
from aik_lyrics import Karaoke, Lyrics, untimed

from aik_gateway.documents import Documents
from aik_gateway.readmodel.models.tracks import TrackRow, VersionRow

JSON = "application/json"
NONE = Lyrics(source_text="", lines=())


async def keep(documents: Documents, track_id: str, event_id: str, lyrics: Lyrics) -> Artefact:
    """Written before the event is appended, so that nobody reads of lyrics that aren't there."""
    content = lyrics.to_json()
    key = f"tracks/{track_id}/lyrics/{event_id}.json"
    await documents.put(key, content, JSON)
    return Artefact(key=key, sha256=sha256(content).hexdigest(), size_bytes=len(content), content_type=JSON)


async def lyrics_of(documents: Documents, version: VersionRow) -> Lyrics:
    """Without lines while nothing was given and nothing is transcribed."""
    if version.lyrics is None:
        return NONE
    return Lyrics.from_json(await documents.read(_key(version.lyrics)))


async def karaoke_of(documents: Documents, track: TrackRow, version: VersionRow) -> Karaoke:
    """With times where the version is aligned, and with the text that it came from."""
    lyrics = await lyrics_of(documents, version)
    if version.karaoke is None:
        return untimed(lyrics, track.id, version.number, track.duration_ms)
    aligned = Karaoke.from_json(await documents.read(_key(version.karaoke)))
    return aligned.model_copy(
        update={"track_id": track.id, "version": version.number, "source_text": lyrics.source_text}
    )


def _key(artefact: dict[str, Any]) -> str:
    return str(artefact["key"])
