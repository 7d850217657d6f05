"""The engines that settings name: loaded before their service is ready."""

from collections.abc import Sequence

from aik_service.engine_process.parent import EngineProcess
from aik_service.health import NotReady


class AskedEngines:
    """`asked` are `module:attribute`; an engine that nobody asked for is loaded when a job wants it."""

    def __init__(self, process: EngineProcess, asked: Sequence[str]) -> None:
        self._process = process
        self._asked = asked
        self._loaded = not asked

    async def load(self) -> None:
        """Raises EngineFailed for one that can't be used."""
        for engine in self._asked:
            await self._process.identity(engine)
        self._loaded = True

    async def check(self) -> None:
        """Raises NotReady while they are being loaded."""
        if not self._loaded:
            raise NotReady("being loaded")
