"""Models for the tests of whisperx: Whisper base, one that lacks memory, and small random wav2vec2 models."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from aik_audio.batched_whisper import BatchedWhisper, HeardPiece
from aik_audio.samples import Samples
from aik_service.models import Model, whisper_base
from aik_service.models.storing import stored
from transformers import Wav2Vec2Config, Wav2Vec2CTCTokenizer, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC

LABELS = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ'"]


class LackingWhisper(BatchedWhisper):
    """Has room for so many pieces at once; keeps how many it was given."""

    def __init__(self, *arguments: Any, room: int, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.room = room
        self.sizes: list[int] = []

    def _words(self, tokenizer: Any, pieces: Sequence[Samples]) -> list[HeardPiece]:
        self.sizes.append(len(pieces))
        if len(pieces) > self.room:
            raise RuntimeError("CUDA failed with error out of memory")
        return super()._words(tokenizer, pieces)


def whisper_model(models: Path) -> Model:
    """Whisper base, stored as a model of its own."""

    def write(folder: Path) -> None:
        for path in whisper_base(models / "packaged").iterdir():
            path.rename(folder / path.name)

    return _stored(models, "whisper-base", "whisper", write)


def letter_model(models: Path, name: str) -> Model:
    """A net that hears English letters by chance, the same ones each time."""

    def write(folder: Path) -> None:
        torch.manual_seed(0)
        net = Wav2Vec2Config(
            vocab_size=len(LABELS),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            conv_dim=(32,) * 7,
            num_conv_pos_embeddings=16,
            num_conv_pos_embedding_groups=4,
        )
        Wav2Vec2ForCTC(net).save_pretrained(folder)
        vocabulary = folder / "vocab.json"
        vocabulary.write_text(json.dumps({label: n for n, label in enumerate(LABELS)}))
        Wav2Vec2CTCTokenizer(str(vocabulary)).save_pretrained(folder)
        Wav2Vec2FeatureExtractor().save_pretrained(folder)

    return _stored(models, name, "wav2vec2", write)


def _stored(models: Path, name: str, kind: str, write: Callable[[Path], None]) -> Model:
    about = {"name": name, "kind": kind, "revision": "", "source": "test", "licence": "MIT"}
    return stored(models, about, write, expected={}, replace=False)
