"""Who may be called now."""

from aik_notifier.room import Room, Standing


def admitted(room: Room, hosts: list[str], standing: Standing) -> int:
    return sum(room.admit(host, standing) for host in hosts)


def test_a_host_gets_so_many_senders_and_no_more() -> None:
    room = Room(senders=10, per_host=2)
    assert admitted(room, ["one"] * 5 + ["two"], Standing.HEALTHY) == 3
    assert (room.full_hosts(), room.is_short) == (["one"], True)


def test_a_thousand_failing_hosts_leave_three_quarters_of_the_senders() -> None:
    room = Room(senders=64, per_host=16)
    assert admitted(room, [f"host {n}" for n in range(1000)], Standing.FAILING) == 16
    assert admitted(room, [f"fine {n}" for n in range(1000)], Standing.HEALTHY) == 48


def test_a_thousand_unknown_and_a_thousand_failing_hosts_leave_a_quarter_to_the_healthy() -> None:
    room = Room(senders=64, per_host=16)
    hosts = [f"host {n}" for n in range(1000)]
    assert (admitted(room, hosts, Standing.FAILING), admitted(room, hosts, Standing.NEW)) == (16, 32)
    assert admitted(room, ["fine"], Standing.HEALTHY) == 1


def test_one_sender_alone_serves_all() -> None:
    for standing in Standing:
        assert Room(senders=1, per_host=1).admit("host", standing)


def test_who_leaves_makes_room() -> None:
    room = Room(senders=1, per_host=1)
    room.admit("one", Standing.NEW)
    assert (room.is_full(), room.free(Standing.HEALTHY)) == (True, 0)
    room.leave("one", Standing.NEW)
    assert (room.is_full(), room.hosts) == (False, {})


def test_a_copy_is_another_room() -> None:
    room = Room(senders=2, per_host=2)
    room.copy().admit("one", Standing.NEW)
    assert room.free(Standing.NEW) == 1
