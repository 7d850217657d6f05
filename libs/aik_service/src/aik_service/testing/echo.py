"""The smallest step service: shouts its source; refuses, breaks, lacks memory, is slow or hangs when told to there."""

import os
import time

from aik_service.device import DeviceUnavailable
from aik_service.models import ModelUnsuitable
from aik_service.step import BadInput, Engine, EngineIdentity, Progress, StepInput, StepOutput


class Shouter:
    """An engine without a model."""

    identity = EngineIdentity(name="shouter", version="1")

    def shout(self, text: str) -> str:
        return text.upper()


class Whisperer:
    """Another engine, for the same handler."""

    identity = EngineIdentity(name="whisperer", version="1")

    def shout(self, text: str) -> str:
        return text.lower()


def load() -> Engine:
    return Shouter()


def load_whisperer() -> Engine:
    return Whisperer()


def load_nothing() -> Engine:
    """An engine that can't be loaded."""
    raise FileNotFoundError("there is no model")


def load_on_no_device() -> Engine:
    """An engine that refuses what it was asked for."""
    raise DeviceUnavailable("AIK_SERVICE_DEVICE is cuda, but /dev has no GPU: set AIK_SERVICE_DEVICE=cpu.")


def load_too_much() -> Engine:
    """An engine that the memory is too small for."""
    raise MemoryError("the device's memory is too small for the model")


def handle(step: StepInput, engine: Shouter | Whisperer, progress: Progress) -> StepOutput:
    text = step.files["source"].read_text()
    match text.split():
        case ["refuse"]:
            raise BadInput("not-audio", "Upload a song.")
        case ["break"]:
            raise RuntimeError("broken\0")
        case ["die"]:
            os._exit(3)
        case ["exhaust"]:
            raise MemoryError
        case ["unsuitable"]:
            raise ModelUnsuitable(f"{step.files['source']} finds no vocals")
        case ["slow"]:
            time.sleep(0.5)
        case ["hang"]:
            progress(0.5)
            time.sleep(3600)
    print("what a library prints does not disturb the messages")
    progress(1.0)
    for kind in ("vocals", "accompaniment"):
        (step.out / f"{kind}.txt").write_text(engine.shout(text))
    files = {kind: step.out / f"{kind}.txt" for kind in ("vocals", "accompaniment")}
    return StepOutput(files, {} if text == "forget" else {"duration_ms": len(text)})
