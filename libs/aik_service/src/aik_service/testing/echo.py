"""The smallest step service: shouts its source; refuses, breaks, lacks memory, is slow or hangs when told to there."""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import ClassVar

from aik_events.environment import SettingsWrong

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


class Warm(Shouter):
    """Says how often engines of its kind were warmed up in this process."""

    times: ClassVar[int] = 0

    def warm_up(self) -> None:
        time.sleep(0.1)
        Warm.times += 1

    def shout(self, text: str) -> str:
        return f"warmed up {self.times}"


class Cold(Shouter):
    """Refuses when it is warmed up."""

    def warm_up(self) -> None:
        raise DeviceUnavailable("the device computes nothing")


class TooLarge(Shouter):
    """The memory is too small to compute with it."""

    def warm_up(self) -> None:
        raise MemoryError("the device's memory is too small to compute")


def load() -> Engine:
    return Shouter()


def load_whisperer() -> Engine:
    return Whisperer()


def load_when_open() -> Engine:
    """Takes until a file is there."""
    while not Path(os.environ["ECHO_DOOR"]).exists():
        time.sleep(0.01)
    return Shouter()


def load_nothing() -> Engine:
    """An engine that can't be loaded."""
    raise FileNotFoundError("there is no model")


def load_and_exit() -> Engine:
    """An engine that believes to have the process for itself."""
    sys.exit("there is no model")


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
        case ["exit"]:
            sys.exit("an engine must not")
        case ["nonsense"]:
            return StepOutput({}, {"no": object()})
        case ["where"]:
            return StepOutput({}, {"thread": threading.current_thread().name})
        case ["slow"]:
            time.sleep(0.5)
        case ["hang"]:
            progress(0.5)
            time.sleep(3600)
        case ["crash"]:
            signal.raise_signal(signal.SIGSEGV)
        case ["until", file]:
            (step.out / "begun").touch(exist_ok=False)
            while not Path(file).exists():
                progress(0.5)
                time.sleep(0.01)
        case ["deaf-until", file]:
            progress(0.5)
            while not Path(file).exists():
                time.sleep(0.01)
        case ["batch", seconds]:
            progress(0.5)
            time.sleep(float(seconds))
        case ["exhaust-until", file] if not Path(file).exists():
            raise MemoryError
    print("what a library prints does not disturb the messages")
    progress(1.0)
    for kind in ("vocals", "accompaniment"):
        (step.out / f"{kind}.txt").write_text(engine.shout(text))
    files = {kind: step.out / f"{kind}.txt" for kind in ("vocals", "accompaniment")}
    return StepOutput(files, {} if text == "forget" else {"duration_ms": len(text)})


def load_with_wrong_settings() -> Engine:
    """Its settings contradict the environment."""
    raise SettingsWrong("The environment lacks settings, or has wrong ones: AIK_SHOUTER_DEVICE: 'cuda' or 'cpu'.")
