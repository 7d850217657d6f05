"""Each production engine, how its service is told to use it, and the command line of its tool alone."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.engines.small_mdx import small_mdx

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
NAMES = ("demucs", "onnx", "whisperx (asr)", "whisperx (aligner)")
HANDLERS = {
    "separator": "aik_separator.handler:separate",
    "asr": "aik_asr.handler:transcribe",
    "aligner": "aik_aligner.handler:align",
}
BATCH = {"demucs": 4, "onnx": 4, "whisperx": 16}
MDX = "UVR-MDX-NET-Inst_HQ_3"
"""What the services take unless they are told otherwise."""


@dataclass(frozen=True)
class Case:
    """`raw` is the command that does the same to these songs and writes into the folder."""

    name: str
    step: str
    engine: str
    model: str
    settings: Mapping[str, str]
    raw: Callable[[Sequence[Path], Path], Sequence[str]]

    @property
    def handler(self) -> str:
        return HANDLERS[self.step]


@dataclass(frozen=True)
class Models:
    """Names below the folder."""

    folder: Path
    demucs: str = "htdemucs"
    mdx: str = MDX
    whisper: str = "whisper-large-v3"
    letters: str = "wav2vec2-base-960h"


def cases(models: Models, device: str) -> list[Case]:
    return [demucs(models, device), onnx(models, device), asr(models, device), aligner(models, device)]


def demucs(models: Models, device: str) -> Case:
    return Case(
        "demucs",
        "separator",
        "aik_separator.engine.demucs:load",
        models.demucs,
        {**_common(models, "SEPARATOR", device), "AIK_SEPARATOR_DEMUCS_MODEL": models.demucs},
        lambda songs, out: [
            *(str(BIN / "demucs"), "--repo", str(models.folder / models.demucs), "--name", models.demucs),
            *("--device", device, "--shifts", "0", "--two-stems", "vocals", "--clip-mode", "none"),
            *("--out", str(out), *map(str, songs)),
        ],
    )


def onnx(models: Models, device: str) -> Case:
    return Case(
        "onnx",
        "separator",
        "aik_separator.engine.onnx:load",
        models.mdx,
        {**_common(models, "SEPARATOR", device), "AIK_SEPARATOR_ONNX_MODEL": models.mdx},
        lambda songs, out: [
            *(sys.executable, "-m", "tests.gpu.raw_mdx", str(models.folder / models.mdx), device),
            *(str(BATCH["onnx"]), *map(str, songs)),
        ],
    )


def asr(models: Models, device: str) -> Case:
    return Case(
        "whisperx (asr)",
        "asr",
        "aik_asr.engine.whisperx:load",
        models.whisper,
        {**_common(models, "ASR", device), "AIK_ASR_WHISPERX_MODEL": models.whisper},
        lambda songs, out: [*_whisperx(models, device), "--no_align", "--output_dir", str(out), *map(str, songs)],
    )


def aligner(models: Models, device: str) -> Case:
    """Beside transcription alone where NLTK's data is missing: whisperx cuts sentences with it before it aligns."""
    aligned = ["--align_model", str(models.folder / models.letters)] if has_sentences() else ["--no_align"]
    settings = {"AIK_ALIGNER_WHISPERX_MODEL": models.whisper, "AIK_ALIGNER_WHISPERX_LANGUAGES": '["en"]'}
    return Case(
        "whisperx (aligner)",
        "aligner",
        "aik_aligner.engine.whisperx:load",
        models.letters,
        {**_common(models, "ALIGNER", device), **settings},
        lambda songs, out: [*_whisperx(models, device), *aligned, "--output_dir", str(out), *map(str, songs)],
    )


def _common(models: Models, service: str, device: str) -> Mapping[str, str]:
    return {"AIK_MODELS": str(models.folder), f"AIK_{service}_DEVICE": device}


def _whisperx(models: Models, device: str) -> Sequence[str]:
    return [
        *(str(BIN / "whisperx"), "--model", str(models.folder / models.whisper), "--model_cache_only", "True"),
        *("--device", device, "--compute_type", "float16" if device == "cuda" else "int8"),
        *("--batch_size", str(BATCH["whisperx"]), "--language", "en", "--output_format", "json"),
    ]


def has_sentences() -> bool:
    """Whether NLTK's data is there, without which whisperx's command line can't align."""
    import nltk

    try:
        nltk.data.find("tokenizers/punkt_tab")
    except LookupError:
        return False
    return True


def small_models(folder: Path) -> Models:
    """Whisper base, and nets of random weights, which find nothing: for a dry run."""
    from tests.engines.torch.hearing_models import letter_model, whisper_model
    from tests.engines.torch.random_models import demucs_model, small_net

    names = Models(folder, mdx="small-mdx", whisper="whisper-base")
    demucs_model(folder, names.demucs, {"955717e8": small_net(1)})
    small_mdx(folder, names.mdx)
    whisper_model(folder)
    letter_model(folder, names.letters)
    return names
