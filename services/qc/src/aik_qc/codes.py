"""The codes of what can be wrong with a track, and what an operator may decide about each."""

from typing import Literal, get_args

Code = Literal[
    "invariants",
    "words-in-silence",
    "words-too-short",
    "lines-too-fast",
    "long-words",
    "low-coverage",
    "low-confidence",
    "weak-runs",
    "lines-not-sung",
    "singing-without-words",
    "times-off",
    "times-shifted",
    "no-vocals",
    "lyrics-wrong",
    "language-mismatch",
    "lengths-differ",
    "minus-silent",
    "minus-quiet",
    "residual-vocals",
    "clipping",
    "mix-clipping",
    "noise-burst",
    "true-peak",
    "mix-true-peak",
]
CODES: tuple[Code, ...] = get_args(Code)

Policy = Literal["publish", "warn", "fail"]
"""`publish` notes it in the report and nowhere else, `warn` publishes with a warning, `fail` refuses."""

DEFAULT_POLICY: dict[Code, Policy] = {"mix-clipping": "publish", "mix-true-peak": "publish"}
"""The mix is what was uploaded: its owner knows how loud it is. The other codes do what their limits say."""
