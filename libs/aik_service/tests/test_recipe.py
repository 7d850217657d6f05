"""What decides a step's output."""

from dataclasses import replace

from aik_events.catalogue import TrackAligned
from aik_events.catalogue.results import MadeWith
from aik_events.pipeline import Step
from aik_events.testing.author import Author
from aik_service.recipe import Input, Recipe, recipe_of, recipe_of_kept
from aik_service.service import StepService
from aik_service.sla import Sla
from aik_service.step import EngineIdentity


def recipe(author: Author, *reads: str, step: Step = Step.ALIGN) -> Recipe:
    sla = Sla(base_s=1, factor=1)
    service = StepService(step=step, result=TrackAligned, handler="a:b", engines={"tool": "c:d"}, sla=sla, reads=reads)
    return recipe_of(service, author.state, EngineIdentity(name="tool", version="1"))


def test_what_a_step_only_takes_is_read_where_it_is_there() -> None:
    author = Author()
    author.imported(lyrics=True)
    author.went_through("separate")
    assert sorted(recipe(author).inputs) == ["accompaniment", "lyrics", "vocals"]
    author.published()
    author.edited("align")
    assert sorted(recipe(author).inputs) == ["accompaniment", "earlier-karaoke", "lyrics", "vocals"]


def test_the_transcriber_hears_the_accompaniment_too() -> None:
    author = Author()
    author.imported(lyrics=False)
    author.went_through("separate")
    assert sorted(recipe(author, step=Step.TRANSCRIBE).inputs) == ["accompaniment", "vocals"]


def test_a_step_may_read_which_engines_made_its_inputs() -> None:
    author = Author()
    author.imported(lyrics=True)
    author.finished("separate", made_with=MadeWith(name="splitter", version="1", weights_sha256="ab"))
    made = {"name": "splitter", "version": "1", "weightsSha256": "ab", "parameters": {}}
    assert recipe(author, "engines").facts == {"engines": {"separate": made}}


def test_what_a_step_keeps_is_found_again_by_the_inputs_that_decide_it_and_by_its_engine() -> None:
    author = Author()
    author.imported(lyrics=True)
    author.went_through("separate")
    made, by = recipe(author, "title"), ("vocals", "accompaniment")
    kept = recipe_of_kept(made, by)
    new_lyrics = replace(made, inputs={**made.inputs, "lyrics": Input("k", "new")}, facts={"title": "another"})
    assert recipe_of_kept(new_lyrics, by) == kept
    assert kept.folder != made.folder
    new_vocals = replace(made, inputs={**made.inputs, "vocals": Input("k", "new")})
    new_engine = replace(made, engine=replace(made.engine, version="2"))
    assert kept.folder not in {recipe_of_kept(other, by).folder for other in (new_vocals, new_engine)}


def test_what_a_step_keeps_lies_apart_though_nothing_else_decides_its_output() -> None:
    author = Author()
    author.imported(lyrics=True)
    author.went_through("separate")
    made = recipe(author)
    assert recipe_of_kept(made, made.inputs.keys()).folder != made.folder
