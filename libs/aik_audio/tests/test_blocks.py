"""Blocks of one size, from blocks of any."""

import numpy as np
from aik_audio.blocks import regrouped
from hypothesis import given
from hypothesis import strategies as st


@given(sizes=st.lists(st.integers(0, 30)), frames=st.integers(1, 20))
def test_all_samples_come_in_their_order_in_full_blocks_but_the_last(sizes: list[int], frames: int) -> None:
    samples = np.arange(2 * sum(sizes), dtype=np.float32).reshape(-1, 2)
    blocks = np.split(samples, np.cumsum(sizes)[:-1]) if sizes else []

    regular = list(regrouped(blocks, frames))

    assert all(len(block) == frames for block in regular[:-1])
    assert all(0 < len(block) <= frames for block in regular[-1:])
    np.testing.assert_array_equal(np.concatenate([samples[:0], *regular]), samples)


def test_a_block_is_given_as_soon_as_it_is_full() -> None:
    source = iter([np.zeros((2, 2), np.float32)] * 100)
    assert len(next(regrouped(source, 5))) == 5
    assert len(list(source)) == 97
