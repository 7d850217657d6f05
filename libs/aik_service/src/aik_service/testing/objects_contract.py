"""The contract of the object store, to be run over every implementation: subclass it and give an `objects` fixture."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from aik_service.objects import ObjectMissing, Objects


class ObjectsContract:
    @pytest.fixture
    def key(self) -> str:
        return f"contract/{uuid4().hex}/файл.bin"

    async def test_what_is_put_is_read(self, objects: Objects, key: str) -> None:
        await objects.put(key, b"first", "text/plain")
        assert await objects.read(key) == b"first"

    async def test_a_put_replaces_what_was_there(self, objects: Objects, key: str) -> None:
        await objects.put(key, b"first", "text/plain")
        await objects.put(key, b"second", "text/plain")
        assert await objects.read(key) == b"second"

    async def test_a_file_goes_there_and_back(self, objects: Objects, key: str, tmp_path: Path) -> None:
        (tmp_path / "there").write_bytes(bytes(range(256)) * 1000)
        await objects.put(key, tmp_path / "there", "application/octet-stream")
        await objects.fetch(key, tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == (tmp_path / "there").read_bytes()

    async def test_only_the_first_create_writes(self, objects: Objects, key: str) -> None:
        assert await objects.create(key, b"first", "text/plain")
        assert not await objects.create(key, b"second", "text/plain")
        assert await objects.read(key) == b"first"

    async def test_a_file_is_created_and_replaces_nothing(self, objects: Objects, key: str, tmp_path: Path) -> None:
        file, content = tmp_path / "file", bytes(range(256)) * 30_000
        file.write_bytes(content)
        assert await objects.create(key, file, "application/octet-stream")
        file.write_bytes(b"another")
        assert not await objects.create(key, file, "application/octet-stream")
        assert await objects.read(key) == content

    async def test_of_many_creates_at_once_one_wins(self, objects: Objects, key: str) -> None:
        won = await asyncio.gather(*(objects.create(key, str(n).encode(), "text/plain") for n in range(8)))
        assert won.count(True) == 1
        assert await objects.read(key) == str(won.index(True)).encode()

    async def test_what_is_not_there_is_missing(self, objects: Objects, key: str, tmp_path: Path) -> None:
        with pytest.raises(ObjectMissing):
            await objects.read(key)
        with pytest.raises(ObjectMissing):
            await objects.fetch(key, tmp_path / "target")

    async def test_an_empty_object_is_an_object(self, objects: Objects, key: str) -> None:
        await objects.put(key, b"", "text/plain")
        assert await objects.read(key) == b""

    async def test_a_store_that_answers_passes_its_check(self, objects: Objects) -> None:
        await objects.check()

    async def test_an_object_has_a_size_until_it_is_removed(self, objects: Objects, key: str) -> None:
        await objects.put(key, b"first", "text/plain")
        assert await objects.size(key) == 5
        await objects.remove([key, f"{key}.never-there"])
        with pytest.raises(ObjectMissing):
            await objects.size(key)

    async def test_the_keys_below_a_prefix_are_listed(self, objects: Objects, key: str) -> None:
        folder = key.rpartition("/")[0]
        below = {f"{folder}/a/1.txt", f"{folder}/a/b/2.txt"}
        for name in (*below, f"{folder}/ab.txt"):
            await objects.put(name, b"la", "text/plain")
        assert {*await objects.keys(f"{folder}/a/")} == below

    async def test_keys_are_listed_a_page_at_a_time(self, objects: Objects, key: str) -> None:
        folder = key.rpartition("/")[0]
        names = [f"{folder}/{place}/{number}.txt" for place in ("a", "b") for number in range(3)]
        for name in names:
            await objects.put(name, b"la", "text/plain")
        listed: list[str] = []
        while page := await objects.keys_after(f"{folder}/", listed[-1] if listed else "", 4):
            listed += page
        assert listed == names
