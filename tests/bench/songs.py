"""Songs of any length: the demo song again and again, in bytes that no other song has."""

from fractions import Fraction
from io import BytesIO
from itertools import cycle
from uuid import uuid4

import av
from aik_local.demo.song import chosen


def song(seconds: float) -> bytes:
    """An mp3 of this length, or a frame more. Its packets are the demo song's own; its title is one of its kind."""
    written = BytesIO()
    with av.open(str(chosen(None).file)) as source, av.open(written, "w", format="mp3") as target:
        given = source.streams.audio[0]
        stream = target.add_stream_from_template(given)
        target.metadata["title"] = uuid4().hex
        tick = Fraction(given.time_base or 1)
        packets = [(bytes(packet), packet.duration or 0) for packet in source.demux(given) if packet.size]
        begin = 0
        for content, duration in cycle(packets):
            packet = av.Packet(content)
            packet.stream, packet.time_base = stream, tick
            packet.pts = packet.dts = begin
            packet.duration = duration
            target.mux(packet)
            begin += duration
            if begin * tick >= seconds:
                break
    return written.getvalue()
