"""Models for the production engines' tests: Whisper base, and wav2vec2 with random weights."""

import json
from pathlib import Path

import torch
from aik_service.models import sha256_of, whisper_base
from transformers import Wav2Vec2Config, Wav2Vec2CTCTokenizer, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC


def with_whisper_base(models: Path) -> Path:
    """The folder, with Whisper base in it as a verified model."""
    whisper_base(models).rename(models / "whisper-base")
    _describe(models / "whisper-base")
    return models


def with_random_letters(models: Path, name: str) -> Path:
    """The folder, with a small wav2vec2 model in it that hears English letters by chance, the same ones each time."""
    folder = models / name
    folder.mkdir()
    labels = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ'"]
    (folder / "vocab.json").write_text(json.dumps({label: n for n, label in enumerate(labels)}))
    torch.manual_seed(0)
    config = Wav2Vec2Config(
        vocab_size=len(labels),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        conv_dim=(32,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
    )
    Wav2Vec2ForCTC(config).save_pretrained(folder)
    Wav2Vec2CTCTokenizer(str(folder / "vocab.json")).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)
    _describe(folder)
    return models


def _describe(folder: Path) -> None:
    files = {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
    (folder / "model.json").write_text(json.dumps({"files": files}))
