"""A poster that answers as it is told, and a lease for it to try."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from aik_notifier.poster import Answer
from aik_notifier.queue import DeliveryLease
from aik_notifier.testing.story import TRACEPARENT

BODY = '{"type":"track.ready","data":{"title":"Сон"}}'


def due(url: str = "https://hooks.example.com", name: str = "dlv", attempt: int = 0) -> DeliveryLease:
    return DeliveryLease(
        key=(name,),
        id=UUID(int=1),
        attempt=attempt,
        delivery_id=name,
        endpoint_id="end",
        client_id="cli",
        url=url,
        host="hooks.example.com",
        kind="track.ready",
        track_id="trk_1",
        opened_by="evt",
        traceparent=TRACEPARENT,
        body=BODY,
    )


class Scripted:
    """Gives these answers in turn; a delay of None never ends."""

    def __init__(self, *answers: Answer, hangs: bool = False) -> None:
        self.answers = list(answers)
        self.hangs = hangs
        self.urls: list[str] = []

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.urls.append(url)
        if self.hangs:
            await asyncio.Event().wait()
        return self.answers.pop(0)
