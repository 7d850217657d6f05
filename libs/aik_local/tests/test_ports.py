"""Which port a server gets."""

import json
import socket
from pathlib import Path

import pytest
from aik_local.errors import NoPortFree
from aik_local.ports import PAIR, Ports, choose, is_free


def test_the_wanted_port_is_taken_if_it_is_free() -> None:
    assert choose([9092], lambda port: True, [11_000]) == 9092


def test_another_port_is_taken_if_no_preferred_one_is_free() -> None:
    assert choose([12_345, 9092], lambda port: port > 12_999, [12_000, 13_000, 14_000]) == 13_000


def test_no_free_port_at_all_is_an_error() -> None:
    with pytest.raises(NoPortFree):
        choose([9092], lambda port: False, [11_000])


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_a_taken_port_is_replaced_and_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        ports = Ports(tmp_path / "ports.json", {"kafka": taken})
        given = ports.claim("kafka")
    assert given != taken
    assert ports.notes == [f"port {taken} is taken: kafka listens on {given} instead"]


def test_the_chosen_port_is_remembered(tmp_path: Path) -> None:
    first = Ports(tmp_path / "ports.json", {}).claim("kafka")
    again = Ports(tmp_path / "ports.json", {"kafka": 9092})
    assert (again.claim("kafka"), again.notes) == (first, [])


def test_two_servers_never_get_the_same_port_nor_one_that_another_remembers(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    remembered = Ports(file, {}).claim("postgres")
    ports = Ports(file, {"s3": remembered, "s3-master": remembered})
    given = [ports.claim("s3", paired=True), ports.claim("s3-master", paired=True), ports.claim("postgres")]
    assert given[2] == remembered
    assert len({*given, given[0] + PAIR, given[1] + PAIR}) == 5
    assert json.loads(file.read_text()) == {"postgres": remembered, "s3": given[0], "s3-master": given[1]}


def test_a_paired_port_needs_the_other_one_free_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        other = server.getsockname()[1]
        ports = Ports(tmp_path / "ports.json", {"s3": other - PAIR})
        assert ports.claim("s3", paired=True) != other - PAIR
