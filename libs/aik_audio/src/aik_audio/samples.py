"""The one form that audio has inside AIK."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Shape (frames, 2) at SAMPLE_RATE, full scale is -1…1; or (frames,) where a docstring says mono."""

SAMPLE_RATE = 44_100
