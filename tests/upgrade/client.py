"""Clients that name their requests, and ask twice for the same thing: it may be the other release that answers."""

import asyncio
from dataclasses import dataclass, field

from tests.faults.client import AGAIN_AFTER_S, Client
from tests.faults.songs import Song


@dataclass
class KeyedClient(Client):
    """`doubled` has what is wrong with the answers to requests that were sent again with their key."""

    doubled: list[str] = field(default_factory=list)

    async def _import(self, asset_id: str, song: Song) -> dict[str, str]:
        body = {"assetId": asset_id, "title": song.title, "callbackUrl": self.callback_url}
        if song.lyrics is not None:
            body["lyrics"] = song.lyrics
        key = {"Idempotency-Key": f"import-{song.number}"}
        made = await self._until_made(body, key)
        again = await self._until_made(body, key)
        if made != again:
            self.doubled.append(f"{song.title}: {made} and then {again}")
        return made

    async def _until_made(self, body: dict[str, str], key: dict[str, str]) -> dict[str, str]:
        while True:
            answer = await self._asked("POST", "/v1/tracks/import", body, key)
            if answer.is_success:
                told = answer.json()
                return {name: told[name] for name in ("jobId", "trackId")}
            await asyncio.sleep(AGAIN_AFTER_S)  # the read model is behind, or another request has the key
