"""Lyrics text is in the object store alone, so that it can really be deleted."""

import pytest
from aik_events.log.memory import MemoryLog
from aik_events.topics import TOPICS
from aik_lyrics import Karaoke, Lyrics, from_text, minted_by
from pydantic import ValidationError

from tests.pipeline.gateway_song import imported
from tests.pipeline.gateway_stack import GatewayStack

WORD = "Unverwechselbar"


async def test_no_record_of_an_import_or_an_edit_has_the_lyrics_in_it(gateway: GatewayStack) -> None:
    async with gateway.api() as client:
        song = await imported(gateway, client, lyrics=f"{WORD} one")
        edit = {"lyrics": f"{WORD} two", "reprocess": ["align"]}
        await song.publish()
        path = f"/v1/tracks/{song.track_id}/lyrics"
        assert (await client.patch(path, json=edit, headers={"If-Match": '"v1"'})).status_code == 201
        assert WORD in (await client.get(path)).text
    assert isinstance(gateway.log, MemoryLog)
    ends = await gateway.log.ends([topic.name for topic in TOPICS])
    records = [record for partition in ends for record in gateway.log.slice_of(partition, 0)]
    assert records
    assert not [record for record in records if WORD in f"{record.value!r}{record.headers!r}"]


def test_an_error_about_a_document_does_not_quote_it() -> None:
    """A step that fails over it says so in the log."""
    lyrics = from_text(f"{WORD} one", minted_by("event"), "de")
    spoiled = lyrics.to_json().replace(f'"{WORD}"'.encode(), f'["{WORD}"]'.encode())
    for document in (Lyrics, Karaoke):
        with pytest.raises(ValidationError) as caught:
            document.from_json(spoiled)
        assert WORD not in str(caught.value)
