"""The servers, or the whole suite, for a test run: they end with the process that started them, however it ends."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from aik_local import lifecycle
from aik_local.errors import NotStarted
from aik_local.layout import Layout
from aik_local.logs import last_lines, turn
from aik_local.state import SuiteState


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A fresh folder for a suite. pytest's own folders won't do: they are private, and Postgres never runs as root."""
    with TemporaryDirectory(prefix="aik-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


class Suite:
    """All servers and all aik processes, in a folder of their own and on ports that nobody asks for by number."""

    module = "aik_local.supervise"
    """Run as the supervisor's process; it understands --owned and --root."""
    arguments: tuple[str, ...] = ()
    ready_within_s = 180.0

    def __init__(self, folder: Path) -> None:
        self.layout = Layout(folder)
        self._supervisor: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when everything is ready; raises NotStarted with the supervisor's last lines."""
        log = self.layout.log("supervisor")
        turn(log)
        with log.open("wb") as output:
            self._supervisor = subprocess.Popen(  # noqa: S603 (our own command line)
                self._command(), stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
            )
        try:
            lifecycle.await_ready(self.layout, self._supervisor.pid, self.ready_within_s, _nobody_watches)
        except NotStarted as error:
            self.stop()
            error.add_note("\n".join(last_lines(log, 20)))
            raise

    def stop(self) -> None:
        """Returns when every process has ended; the data stays."""
        if self._supervisor is not None:
            self._supervisor.communicate()
            self._supervisor = None

    @property
    def environment(self) -> Mapping[str, str]:
        """AIK_KAFKA, AIK_POSTGRES, AIK_S3_ENDPOINT, its keys, bucket and region, and of a whole suite AIK_URL."""
        lines = self.layout.env.read_text("utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def _command(self) -> list[str]:
        return [sys.executable, "-m", self.module, "--owned", "--root", str(self.layout.root), *self.arguments]


class Servers(Suite):
    """Kafka, Postgres and S3 alone."""

    arguments = ("--servers-only",)


def _nobody_watches(_: SuiteState) -> None:
    pass
