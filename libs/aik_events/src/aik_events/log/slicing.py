"""A part of the log that makes sense alone: a track with what belongs to it, a client's records, a time, or all."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aik_events.envelope import Partition
from aik_events.log.connection import Servers
from aik_events.log.history import partition_of
from aik_events.log.scan import EVERYTHING, Watch, Window, ends_of, nobody_watches, partitions_of, scan
from aik_events.stored import Stored
from aik_events.topics import ASSETS, KEPT, TRACKS, WEBHOOKS


@dataclass(frozen=True)
class Slice:
    """All of these must be true of a record; a track brings its asset's records and those about its deliveries."""

    track: str | None = None
    client: str | None = None
    window: Window = EVERYTHING


async def slice_of(servers: Servers, wanted: Slice, watch: Watch = nobody_watches) -> AsyncIterator[Stored]:
    """The records of the slice as the log was when this began, topic by topic and there in the order of their times.

    The ends of the tracks are looked at first: what a track's record came of, and what it came to, is in the other
    topics then. Were each topic read up to its own end, a delivery that is made while another is read would be asked
    for without having been made: whoever imports that would have it made again. The other way round, a delivery that
    is made between the looks is told of without what asked for it, which is not made again either.
    """
    partitions = await _partitions(servers, wanted)
    ends = await ends_of(servers, *(_of(partitions, topic) for topic in (TRACKS, ASSETS, WEBHOOKS)))
    keys = await _keys(servers, wanted) if wanted.track else None
    of_client: set[tuple[str, bytes | None]] = set()
    for topic in KEPT:
        async for record in scan(servers, _of(partitions, topic), wanted.window, watch, ends):
            key = (topic, record.key)
            if wanted.client and record.header.get("aik_clientid") == wanted.client.encode():
                of_client.add(key)
            # What does not decode may name no client, and belongs to whose key it has.
            is_of_client = wanted.client is None or key in of_client
            is_of_track = keys is None or key in keys or record.delivered_about == wanted.track
            if is_of_client and is_of_track:
                yield record


async def _partitions(servers: Servers, wanted: Slice) -> list[Partition]:
    """A track lies in one partition."""
    if wanted.track is None:
        return await partitions_of(servers, KEPT)
    return [*await partitions_of(servers, (ASSETS, WEBHOOKS)), await partition_of(servers, TRACKS, wanted.track)]


def _of(partitions: Sequence[Partition], topic: str) -> list[Partition]:
    return [partition for partition in partitions if partition.topic == topic]


async def _keys(servers: Servers, wanted: Slice) -> set[tuple[str, bytes | None]]:
    """The track's, and that of each asset that its imports name."""
    track = str(wanted.track)
    keys: set[tuple[str, bytes | None]] = {(TRACKS, track.encode())}
    async for record in scan(servers, [await partition_of(servers, TRACKS, track)]):
        if record.key == track.encode():
            source = record.fields.get("source")
            asset = source.get("assetId") if isinstance(source, dict) else None
            keys |= {(ASSETS, asset.encode())} if isinstance(asset, str) else set()
    return keys
