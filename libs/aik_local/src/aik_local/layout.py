"""Where everything of one suite lies."""

from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[4]
CACHES = CHECKOUT / ".aik"


@dataclass(frozen=True)
class Layout:
    """The folder of one suite; jars and weights are shared by every suite of the checkout."""

    root: Path = CACHES

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def env(self) -> Path:
        return self.root / "env"

    @property
    def credentials(self) -> Path:
        return self.root / "credentials.json"

    @property
    def ports(self) -> Path:
        return self.root / "ports.json"

    @property
    def state(self) -> Path:
        return self.root / "state.json"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def jars(self) -> Path:
        return CACHES / "jars"

    @property
    def models(self) -> Path:
        return CACHES / "models"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"
