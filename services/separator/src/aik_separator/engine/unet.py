"""Spleeter's U-Nets as one ONNX graph: magnitudes of a song in, the share that belongs to the voice out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from aik_separator.engine.checkpoint import Weights

# Old enough for every onnxruntime that is allowed, new enough for every operator used here.
OPSET = 17
IR_VERSION = 8
CHANNELS = 2
EPSILON = 1e-10


def build(vocals: Weights, accompaniment: Weights) -> ModelProto:
    """Input `magnitude`, output `mask`: float32 of shape (segments, 2, frames, bins); frames and bins divide by 64.

    Each net estimates the magnitude of its stem; the mask is v² / (v² + a²), as in Spleeter's `_build_masks`
    (Hennequin et al., 2020, doi:10.21105/joss.02154).
    """
    graph = _Graph()
    squares = [
        _squared(graph, _net(graph, f"{name}.", weights))
        for name, weights in (("vocals", vocals), ("accompaniment", accompaniment))
    ]
    graph.add("Add", [squares[0], graph.constant("half_epsilon", EPSILON / 2)], "numerator")
    graph.add("Add", [squares[1], graph.constant("half_epsilon_too", EPSILON / 2)], "rest")
    graph.add("Add", ["numerator", "rest"], "denominator")
    graph.add("Div", ["numerator", "denominator"], "mask")
    return graph.model()


def _net(graph: "_Graph", prefix: str, weights: Weights) -> str:
    """The layers of one U-Net under the names of its checkpoint; returns the name of the estimate."""
    for name, array in weights.items():
        # The checkpoint has a normalization of the innermost layer, which the net doesn't use.
        if not name.startswith("down6_act"):
            graph.tensor(prefix + name, array)
    skips: list[str] = []
    x = "magnitude"
    for level in range(1, 7):
        name = f"{prefix}down{level}"
        x = graph.conv(x, f"{name}_conv.1", strides=[2, 2], pads=[1, 1, 2, 2])
        skips.append(x)
        if level < 6:
            x = graph.add("LeakyRelu", [graph.normalized(x, f"{name}_act.0")], f"{name}.out", alpha=0.2)
    for level in range(1, 7):
        name = f"{prefix}up{level}"
        if level > 1:
            x = graph.add("Concat", [skips[6 - level], x], f"{name}.in", axis=1)
        x = graph.conv(x, f"{name}.0", transposed=True, strides=[2, 2], pads=[1, 1, 2, 2])
        x = graph.normalized(graph.add("Relu", [x], f"{name}.relu"), f"{name}.3")
    x = graph.conv(x, f"{prefix}up7.0", dilations=[2, 2], pads=[3, 3, 3, 3])
    share = graph.add("Sigmoid", [x], f"{prefix}share")
    return graph.add("Mul", [share, "magnitude"], f"{prefix}estimate")


def _squared(graph: "_Graph", name: str) -> str:
    return graph.add("Mul", [name, name], f"{name}.squared")


class _Graph:
    """Nodes and weights of an ONNX graph while it grows; every method returns the name of what it added."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._tensors: list[TensorProto] = []

    def tensor(self, name: str, array: NDArray[np.float32]) -> str:
        self._tensors.append(numpy_helper.from_array(array, name))
        return name

    def constant(self, name: str, value: float) -> str:
        return self.tensor(name, np.array(value, np.float32))

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def conv(self, x: str, weights: str, *, transposed: bool = False, **attributes: Any) -> str:
        operator = "ConvTranspose" if transposed else "Conv"
        return self.add(operator, [x, f"{weights}.weight", f"{weights}.bias"], f"{weights}.out", **attributes)

    def normalized(self, x: str, weights: str) -> str:
        names = [f"{weights}.{part}" for part in ("weight", "bias", "running_mean", "running_var")]
        return self.add("BatchNormalization", [x, *names], f"{weights}.out", epsilon=1e-3)

    def model(self) -> ModelProto:
        shape: list[str | int | None] = ["segments", CHANNELS, "frames", "bins"]
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("magnitude", "mask")]
        graph = helper.make_graph(self._nodes, "spleeter-2stems", [ends[0]], [ends[1]], self._tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        checker.check_model(model)
        return model
