"""A small run of the fault harness: jobs go through the real suite while its processes and servers die."""

from aik_local.processes import discovered
from aik_local.testing import temporary_folder

from tests.faults.harness import Options, run
from tests.faults.invariants import judge
from tests.faults.plan import Kind
from tests.faults.songs import written
from tests.faults.suite import SERVERS

OPTIONS = Options(seed=231, faults=12, every_s=0.5)
"""A seed by which twelve faults reach every process and every server."""


async def test_every_job_ends_once_whatever_dies_meanwhile() -> None:
    with temporary_folder() as folder:
        happened, evidence = await run(OPTIONS, written(OPTIONS.seed, 4, longest_s=0.5), folder)
    assert happened.faults.total() == OPTIONS.faults
    assert {kind for _, kind in happened.faults} == set(Kind)
    assert {name for name, _ in happened.faults} == {*discovered(), *SERVERS}
    results = judge(evidence)
    assert {result.name: result.wrong for result in results if result.wrong} == {}
    assert all(result.looked_at for result in results)
