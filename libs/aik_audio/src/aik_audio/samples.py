"""The one form that audio has inside AIK."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Shape (frames, 2) at SAMPLE_RATE, full scale is -1…1; or (frames,) where a docstring says mono."""

SAMPLE_RATE = 44_100


def sixteen_bit(samples: Samples) -> NDArray[np.int16]:
    """As files hold them: rounded; what is outside of full scale is clipped."""
    whole: NDArray[np.int16] = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype(np.int16)
    return whole
