"""What a step keeps is there for the next version that has the same stems."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from aik_events.catalogue import TrackAligned
from aik_events.pipeline import Step
from aik_events.testing.author import Author
from aik_service.engine_choice import EngineChoice
from aik_service.maker import Maker
from aik_service.memo import Manifest
from aik_service.service import StepService
from aik_service.sla import Sla
from aik_service.step import EngineIdentity, StepInput, StepOutput
from aik_service.task_queue import TaskLease

from tests.pipeline.stack import Stack

ALIGN = StepService(
    step=Step.ALIGN,
    result=TrackAligned,
    handler="aik_aligner.handler:align",
    engines={"none": "none:none"},
    sla=Sla(base_s=1, factor=1),
    kept_by=frozenset({"vocals"}),
)


@dataclass
class Listener:
    """Says what it heard of the vocals, and keeps that."""

    heard: list[str] = field(default_factory=list)

    async def identity(self, engine: str) -> EngineIdentity:
        return EngineIdentity("listener", "1")

    async def handle(
        self, engine: str, step: StepInput, progress: Callable[[float], None], begun: Callable[[], None]
    ) -> StepOutput:
        kept = dict(step.kept) or {"sounds": step.out / "sounds.json"}
        if not step.kept:
            self.heard.append(step.files["vocals"].read_text())
            kept["sounds"].write_text(self.heard[-1])
        karaoke = step.out / "karaoke.json"
        karaoke.write_text(kept["sounds"].read_text() + step.files["lyrics"].read_text())
        return StepOutput({"karaoke": karaoke, "sounds": kept["sounds"]}, kept=kept)


class Song:
    """A track that waits for its lyrics to be aligned; they can be edited."""

    def __init__(self, stack: Stack, work: Path) -> None:
        self.listener = Listener()
        self._stack = stack
        self._maker = Maker(
            ALIGN,
            EngineChoice(ALIGN.default_engine),
            objects=stack.objects,
            drafts=stack.drafts(),
            computer=self.listener,
            work=work,
        )
        self._author = Author()
        self._author.imported(lyrics=True)
        self._author.went_through("separate")

    def edited(self) -> None:
        self._author.published()
        self._author.edited("align")

    async def aligned(self) -> Manifest:
        track = self._author.state
        assert track.job is not None
        for kind, artefact in track.job.inputs.items():
            self._stack.objects.stored.setdefault(artefact.key, f"{kind} of {artefact.sha256} ".encode())
        lease = TaskLease(
            id=uuid4(), key=(track.job.id, 0, "align"), attempt=1, job_id=track.job.id, run=0, step="align",
            failures=0, losses=0, is_taken_over=False, track=track,
        )  # fmt: skip
        return await self._maker.make(lease, lambda share: None, limit_s=10)


async def test_an_edit_hears_nothing_again_and_stores_what_is_new_alone(stack: Stack, tmp_path: Path) -> None:
    song = Song(stack, tmp_path)
    before = await song.aligned()
    song.edited()
    after = await song.aligned()
    assert len(song.listener.heard) == 1
    assert after.artefacts["sounds"] == before.artefacts["sounds"]
    assert after.artefacts["karaoke"] != before.artefacts["karaoke"]
    assert stack.objects.stored[after.artefacts["karaoke"].key].startswith(song.listener.heard[0].encode())


async def test_what_was_kept_and_is_gone_is_made_again(stack: Stack, tmp_path: Path) -> None:
    song = Song(stack, tmp_path)
    del stack.objects.stored[(await song.aligned()).artefacts["sounds"].key]
    song.edited()
    again = await song.aligned()
    assert len(song.listener.heard) == 2
    assert again.artefacts["sounds"].key in stack.objects.stored


async def test_what_was_kept_and_is_spoiled_is_made_again_and_named_by_nobody(stack: Stack, tmp_path: Path) -> None:
    song = Song(stack, tmp_path)
    before = (await song.aligned()).artefacts["sounds"]
    stack.objects.stored[before.key] = stack.objects.stored[before.key].swapcase()
    song.edited()
    after = (await song.aligned()).artefacts["sounds"]
    assert (len(song.listener.heard), after.sha256, after.key != before.key) == (2, before.sha256, True)
    assert stack.objects.stored[after.key] == song.listener.heard[0].encode()
