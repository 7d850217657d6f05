"""Where all lines are sung, our alignment of letters is the one that torchaudio computes."""

import numpy as np
import pytest
import torch
from aik_aligner.ctc import aligned
from torchaudio.functional import forced_align

BLANK, LABELS = 0, 30


@pytest.mark.filterwarnings("ignore:torchaudio")
@pytest.mark.parametrize(("frames", "letters"), [(1500, 200), (1500, 3), (400, 300)])
def test_every_frame_has_the_same_label(frames: int, letters: int) -> None:
    rng = np.random.default_rng(frames + letters)
    emissions = torch.log_softmax(torch.from_numpy(rng.normal(0, 3, (frames, LABELS)).astype(np.float32)), dim=-1)
    line = rng.integers(1, LABELS, letters).tolist()
    paths, _ = forced_align(emissions[None], torch.tensor([line], dtype=torch.int32), blank=BLANK)

    [first, second] = aligned(emissions.numpy(), [line[: letters // 2], line[letters // 2 :]], BLANK)

    assert first is not None
    assert second is not None
    ours = np.full(frames, BLANK)
    for label, heard in zip(line, [*first, *second], strict=True):
        ours[heard.start : heard.end] = label
    assert ours.tolist() == paths[0].tolist()
