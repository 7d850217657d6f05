"""A read model is one file, and a rebuild fills it; a sandbox shows what today's code makes of the log."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from aik_events.log.memory import MemoryLog
from aik_events.log.spans import MemorySpans
from aik_events.testing.author import Author
from aik_events.track import Track
from aik_gateway.readmodel import models
from aik_gateway.readmodel.fitting import make_fit
from aik_gateway.readmodel.generations import say_if_outdated
from aik_gateway.readmodel.model import Model, ReadModelRow
from aik_gateway.rebuild.comparing import Difference
from aik_gateway.rebuild.sandboxes import Sandboxes, UnknownSandbox
from aik_gateway.rebuild.workers import OneProcess
from aik_service.folding import Change
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text
from sqlmodel import Field, SQLModel

from tests.pipeline.gateway_stack import GatewayStack, made_gateway


class SongRow(ReadModelRow, table=True):
    """A made-up read model: how often each song was edited."""

    __tablename__ = "song"

    track_id: str = Field(primary_key=True)
    edits: int


class RefusalRow(ReadModelRow, table=True):
    __tablename__ = "refusal"

    event_id: str = Field(primary_key=True)
    track_id: str
    reason: str


def songs(state: object) -> Iterator[SQLModel]:
    if isinstance(state, Track) and state.exists:
        yield SongRow(track_id=state.id, edits=sum(v.origin == "edit" for v in state.versions))


def refusals(change: Change) -> Iterator[SQLModel]:
    if change.verdict.reason and not change.verdict.repeat:
        meta = change.event.meta
        yield RefusalRow(event_id=meta.id, track_id=meta.subject, reason=change.verdict.reason)


SONGS = Model({SongRow: ("track_id",), RefusalRow: ("track_id",)}, songs, refusals)


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(batch_size=3), MemoryObjects()) as made:
        async with made.projecting():
            for number in range(3):
                author = Author(f"trk_{number}")
                for event in (author.imported(lyrics=True), author.edited(), author.edited(based_on=9)):
                    await made.log.append(event)
            await made.until_folded()
        yield made


def test_every_file_in_the_folder_of_read_models_is_one() -> None:
    names = {path.stem for path in Path(*models.__path__).glob("*.py")} - {"__init__"}
    assert {id(import_module(f"{models.__name__}.{name}").MODEL) for name in names} == set(map(id, models.MODELS))
    assert len(models.MODELS) == len(names) > 1


async def test_a_new_read_model_is_filled_by_the_next_rebuild_and_compared(gateway: GatewayStack) -> None:
    every = (*models.MODELS, SONGS)
    assert isinstance(gateway.log, MemoryLog)
    filler = OneProcess(MemorySpans(gateway.log), gateway.postgres, models=every)
    compared = await replace(gateway.rebuilding(filler), models=every).rebuild()
    async with gateway.database.begin() as connection:
        made = (await connection.execute(text("SELECT track_id, edits FROM song ORDER BY track_id"))).all()
        refused = (await connection.execute(text("SELECT track_id, reason FROM refusal ORDER BY track_id"))).all()
    assert [tuple(row) for row in made] == [("trk_0", 1), ("trk_1", 1), ("trk_2", 1)]
    assert [tuple(row) for row in refused] == [("trk_0", "stale"), ("trk_1", "stale"), ("trk_2", "stale")]
    assert compared.differing == 6, "what served had none of its rows yet"


async def test_a_sandbox_shows_what_differs_of_the_chosen_tracks_alone(gateway: GatewayStack) -> None:
    sandboxes = Sandboxes(gateway.rebuilding())
    await sandboxes.replay("box", ["trk_1"])
    assert (await sandboxes.diff("box")).differing == 0
    async with gateway.database.begin() as connection:
        await connection.execute(text("UPDATE track SET title = 'spoiled'"))
    compared = await sandboxes.diff("box")
    shown = [difference for table in compared.tables or () for difference in table.shown]
    assert shown == [Difference("track", {"id": "trk_1"}, None, {"title": ("spoiled", None)})]


async def test_a_sandbox_of_everything_keeps_up_with_what_serves(gateway: GatewayStack) -> None:
    sandboxes = Sandboxes(gateway.rebuilding())
    await sandboxes.replay("box", None)
    async with gateway.projecting():
        await gateway.log.append(Author("trk_late").imported(lyrics=True))
        await gateway.until_folded()
    compared = await sandboxes.diff("box")
    assert (compared.records, compared.differing) == (10, 0)
    await sandboxes.drop("box")
    with pytest.raises(UnknownSandbox):
        await sandboxes.diff("box")


async def test_newer_code_than_the_rows_says_so_and_serves(gateway: GatewayStack) -> None:
    served = await gateway.generations.serving()
    assert not say_if_outdated(served)
    assert say_if_outdated(served, code=served.projection + 1)
    assert await gateway.rows() != []


async def test_tables_of_older_code_are_made_fit_and_serve(gateway: GatewayStack) -> None:
    """A column that this code has is missing, and one is there that it doesn't write."""
    async with gateway.database.begin() as connection:
        await connection.execute(text("ALTER TABLE track DROP COLUMN title"))
        await connection.execute(text("ALTER TABLE track ADD COLUMN mood text NOT NULL DEFAULT 'none'"))
        await connection.execute(text("ALTER TABLE track ALTER COLUMN mood DROP DEFAULT"))
    await make_fit(gateway.database)
    async with gateway.projecting():
        await gateway.log.append(Author("trk_late").imported(lyrics=True, title="Song"))
        await gateway.until_folded()
    async with gateway.database.begin() as connection:
        titles = (await connection.execute(text("SELECT id, title FROM track ORDER BY id"))).all()
    assert [tuple(row) for row in titles] == [("trk_0", None), ("trk_1", None), ("trk_2", None), ("trk_late", "Song")]
    assert (await gateway.rebuilding().rebuild()).differing == 0
