"""The engine of a job follows from the settings and from the quality that its track was imported with."""

import json
from collections.abc import Mapping

import pytest
from aik_events.catalogue import TrackSeparated
from aik_events.pipeline import Step
from aik_service.engine_choice import (
    EngineChoice,
    EngineSettings,
    UnknownEngine,
    engine_choice,
    engine_choice_of,
    engine_named,
    engine_to_try,
)
from aik_service.service import StepService
from aik_service.sla import Sla
from pydantic import ValidationError

SERVICE = StepService(
    step=Step.SEPARATE,
    result=TrackSeparated,
    handler="aik_separator.handler:separate",
    engines={"spleeter": "light:load", "demucs": "strong:load", "onnx": "other:load"},
    sla=Sla(base_s=1, factor=0),
)


def choice(engine: str | None = None, of: Mapping[str, str] | None = None) -> EngineChoice:
    return engine_choice(SERVICE, EngineSettings.model_construct(engine=engine, engine_of=dict(of or {})))


@pytest.mark.parametrize(
    ("engine", "of", "quality", "chosen"),
    [
        (None, {}, None, "light:load"),
        (None, {}, "best", "light:load"),
        ("demucs", {}, None, "strong:load"),
        ("demucs", {"fast": "spleeter"}, "fast", "light:load"),
        ("demucs", {"fast": "spleeter"}, "best", "strong:load"),
        (None, {"best": "demucs"}, "best", "strong:load"),
        (None, {"best": "demucs"}, None, "light:load"),
        (None, {"best": "demucs"}, "never-heard-of", "light:load"),
    ],
)
def test_a_quality_that_is_named_has_its_engine_and_every_other_one_the_default(
    engine: str | None, of: Mapping[str, str], quality: str | None, chosen: str
) -> None:
    assert choice(engine, of).engine_for(quality) == chosen


@pytest.mark.parametrize(("engine", "of"), [("demux", {}), (None, {"best": "demux"}), ("", {})])
def test_an_unknown_name_is_refused_with_the_names_that_there_are(engine: str | None, of: Mapping[str, str]) -> None:
    with pytest.raises(UnknownEngine, match=r"AIK_SEPARATOR_ENGINE.*spleeter, demucs, onnx") as refused:
        choice(engine, of)
    assert refused.value.code == "unknown-engine"


def test_who_asked_for_an_unknown_name_is_said() -> None:
    with pytest.raises(UnknownEngine, match=r"^--engine: the separator has no engine 'demux'"):
        engine_named(SERVICE, "demux", "--engine")
    with pytest.raises(UnknownEngine, match=r"^AIK_SEPARATOR_ENGINE_OF, quality best: "):
        choice(None, {"best": "demux"})


def test_what_a_setting_names_is_asked_for_once_and_the_default_is_not() -> None:
    assert choice().asked == ()
    assert choice("demucs", {"best": "demucs", "fast": "spleeter"}).asked == ("strong:load", "light:load")


def test_each_service_has_variables_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_choice_of(SERVICE) == EngineChoice("light:load")
    monkeypatch.setenv("AIK_ASR_ENGINE", "whisperx")
    monkeypatch.setenv("AIK_SEPARATOR_ENGINE", "")
    monkeypatch.setenv("AIK_SEPARATOR_ENGINE_OF", json.dumps({"best": "demucs"}))
    found = engine_choice_of(SERVICE)
    assert found == EngineChoice("light:load", {"best": "strong:load"}, ("strong:load",))


def test_a_rerun_takes_a_name_or_a_module_and_else_what_a_worker_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_SEPARATOR_ENGINE_OF", json.dumps({"best": "demucs"}))
    asked = [engine_to_try(SERVICE, engine, "best") for engine in ("onnx", "mine:load", None)]
    assert asked == ["other:load", "mine:load", "strong:load"]
    with pytest.raises(UnknownEngine, match="spleeter, demucs, onnx"):
        engine_to_try(SERVICE, "demux", "best")


@pytest.mark.parametrize("wrong", ["best=demucs", '["demucs"]', '{"best": 1}'])
def test_what_is_no_object_of_names_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("AIK_SEPARATOR_ENGINE_OF", wrong)
    with pytest.raises(ValidationError, match="engine_of"):
        engine_choice_of(SERVICE)
