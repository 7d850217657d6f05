"""Two releases of a service beside each other: with one schema they share the log, with two each folds all of it."""

from dataclasses import replace

from tests.pipeline.stack import Stack, made_stack
from tests.pipeline.test_inbox import until_folded, until_tasks


async def test_a_release_with_another_version_of_the_state_takes_nothing_away_from_the_one_that_serves(
    stack: Stack, postgres: str
) -> None:
    """Else each would stand still for the tracks that the other one was given, until one of them is gone."""
    async with made_stack(postgres) as schema, stack.folding():
        beside = replace(stack, database=schema.database)
        async with beside.folding():
            tracks = [await stack.import_song("la") for _ in range(30)]
            for release in (stack, beside):
                await until_folded(release)
                await until_tasks(release, *tracks)
