"""How far running steps are: what short-lived messages say of each."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import structlog
from aik_events.catalogue import StepProgressed
from aik_events.envelope import Partition, Undecodable, decode
from aik_events.event import Event
from aik_events.log import Log, LogUnavailable, PositionOutOfRange
from aik_events.topics import PROGRESS

from aik_gateway.eta import Heard

log = structlog.get_logger()

RECONNECT_S = 1.0
KEPT = 10_000
"""Steps that are remembered; the one that was silent for longest is forgotten."""

Key = tuple[str, int, str]


class Progress:
    """Every process hears all messages, from the moment that it listens; nothing depends on them."""

    def __init__(self, log: Log, *, kept: int = KEPT, told: Callable[[str], None] | None = None) -> None:
        """`told` is called with the job of every message that is news."""
        self._log = log
        self._kept = kept
        self._told = told
        self._heard: OrderedDict[Key, Heard] = OrderedDict()

    def of(self, job_id: str, run: int, step: str) -> Heard | None:
        """Of the newest attempt; None while nothing was heard."""
        return self._heard.get((job_id, run, step))

    def hear(self, event: Event) -> None:
        """A message of an attempt that is over says nothing; within one attempt no share takes work back."""
        if not isinstance(event, StepProgressed):
            return
        key = (event.job_id, event.run, event.step)
        share, at, known = min(max(event.share, 0.0), 1.0), event.meta.time, self._heard.get(key)
        if known is None or known.attempt < event.attempt:
            self._heard[key] = Heard(event.attempt, share, at, first_share=share, first_at=at)
        elif known.attempt == event.attempt:
            self._heard[key] = replace(known, share=max(known.share, share), at=max(known.at, at))
        else:
            return
        self._heard.move_to_end(key)
        if len(self._heard) > self._kept:
            self._heard.popitem(last=False)
        if self._told is not None:
            self._told(event.job_id)

    async def run(self) -> None:
        """Listens for ever; whatever ends it, it begins again at the topic's end."""
        while True:
            try:
                await self._listen()
            except (LogUnavailable, PositionOutOfRange) as error:
                # Out of range: the topic keeps messages for a short time only, and this process was slower.
                log.warning("progress is not heard", error=str(error))
                await asyncio.sleep(RECONNECT_S)

    async def _listen(self) -> None:
        async with self._log.read([PROGRESS], group=None, start=self._now) as reader:
            async for batch in reader:
                for record in batch.records:
                    try:
                        self.hear(decode(record))
                    except Undecodable:
                        continue

    async def _now(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        ends = await self._log.ends([PROGRESS])
        return {partition: ends[partition] for partition in partitions}
