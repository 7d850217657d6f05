"""Small models with random weights: real code, real files, nothing learned."""

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from aik_service.models import Model
from aik_service.models.storing import stored
from demucs.hdemucs import HDemucs
from demucs.htdemucs import HTDemucs

SEGMENT_S = Fraction(3)


def small_net(seed: int, **changes: Any) -> Any:
    torch.manual_seed(seed)
    shape = {
        "channels": 8,
        "growth": 1,
        "t_layers": 1,
        "t_heads": 2,
        "segment": SEGMENT_S,
        "sources": ["other", "vocals"],
    }
    return HTDemucs(**{**shape, **changes}).eval()


def other_kind_of_net() -> Any:
    return HDemucs(sources=["other", "vocals"], channels=8, segment=3)


def demucs_model(models: Path, name: str, nets: dict[str, Any], weights: list[list[float]] | None = None) -> Model:
    """A model whose folder `demucs --repo` takes, made of these nets."""

    def write(folder: Path) -> None:
        for signature, net in nets.items():
            args, kwargs = net._init_args_kwargs
            package = {"klass": type(net), "args": args, "kwargs": kwargs, "state": net.state_dict()}
            torch.save(package, folder / "net")
            sha256 = hashlib.sha256((folder / "net").read_bytes()).hexdigest()
            (folder / "net").rename(folder / f"{signature}-{sha256[:8]}.th")
        bag = {"models": list(nets), **({"weights": weights} if weights else {})}
        (folder / f"{name}.yaml").write_text(json.dumps(bag))  # JSON is YAML.

    about = {"name": name, "kind": "demucs", "revision": "", "source": "test", "licence": "MIT"}
    return stored(models, about, write, expected={}, replace=False)
