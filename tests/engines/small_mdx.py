"""A small MDX net with random weights, as an ONNX file with its card: real code and files, nothing learned."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from aik_service.models import Model
from aik_service.models.storing import stored
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

CARD: dict[str, Any] = {
    "file": "net.onnx",
    "stem": "vocals",
    "n_fft": 2048,
    "hop": 512,
    "dim_f": 768,
    "dim_t": 128,
    "compensation": 1.02,
    "sample_rate": 44_100,
}


def small_mdx(models: Path, name: str = "net", *, seed: int = 1, batch: int | str = "batch", **changes: Any) -> Model:
    """The net of this seed, stored as a model; `changes` are those of its card."""

    def write(folder: Path) -> None:
        onnx.save(_net(seed, batch), str(folder / "net.onnx"))
        (folder / "card.json").write_text(json.dumps(CARD | changes))

    about = {"name": name, "kind": "mdx", "revision": "", "source": "test", "licence": "MIT"}
    return stored(models, about, write, expected={}, replace=False)


def _net(seed: int, batch: int | str) -> onnx.ModelProto:
    """A mask that depends on the power of a bin and its neighbours, and a bias, which would be heard in silence."""
    random = np.random.default_rng(seed)
    # One weight for the real and the imaginary part: what comes out must not depend on the phase.
    kernel = random.normal(0, 2, (2, 2, 3, 3)).repeat(2, axis=0).repeat(2, axis=1)
    weights: dict[str, NDArray[np.float64]] = {
        "kernel": kernel,
        "scale": np.array(1e-4),
        "bias": random.normal(0, 0.01, (1, 4, CARD["dim_f"], 1)),
    }
    nodes = [
        helper.make_node("Mul", ["input", "input"], ["power"]),
        helper.make_node("Mul", ["power", "scale"], ["small"]),
        helper.make_node("Conv", ["small", "kernel"], ["around"], pads=[1, 1, 1, 1]),
        helper.make_node("Sigmoid", ["around"], ["mask"]),
        helper.make_node("Mul", ["input", "mask"], ["masked"]),
        helper.make_node("Add", ["masked", "bias"], ["output"]),
    ]
    shape = [batch, 4, CARD["dim_f"], CARD["dim_t"]]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("input", "output")]
    tensors = [numpy_helper.from_array(array.astype(np.float32), name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "small", [ends[0]], [ends[1]], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
