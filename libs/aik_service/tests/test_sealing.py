"""Two keys open what either has sealed, while one takes over from the other; one alone seals."""

import pytest
from aik_service.sealing import SealBroken, Sealer
from aik_service.settings import SealingSettings
from pydantic import SecretStr

OLD, NEW = SecretStr("old"), SecretStr("new")


def test_what_either_key_has_sealed_is_opened() -> None:
    both = Sealer(NEW, OLD)
    assert [both.open(Sealer(key).seal("text")) for key in (OLD, NEW)] == ["text", "text"]


def test_what_is_sealed_again_needs_the_first_key_alone() -> None:
    again = Sealer(NEW, OLD).reseal(Sealer(OLD).seal("text"))
    assert Sealer(NEW).open(again) == "text"
    with pytest.raises(SealBroken):
        Sealer(OLD).open(again)


def test_a_second_key_that_is_empty_is_none() -> None:
    assert SealingSettings(secret_key=NEW, secret_key_other=SecretStr("")).secret_key_other is None
