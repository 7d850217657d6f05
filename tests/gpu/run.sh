#!/bin/sh
# Proves the production engines on this machine's GPU: installs them, runs the rules of the ports with
# AIK_ENGINES_DEVICE=cuda, and, given a folder of models, runs demucs and whisperx with them. See docs/gpu.md.
# Usage: tests/gpu/run.sh [MODELS]
set -eu
cd "$(dirname "$0")/../.."

nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader || {
    echo "nvidia-smi finds no GPU: this needs NVIDIA's driver and a GPU that this process may use." >&2
    exit 1
}
models=${1:-}
[ -z "$models" ] || models=$(cd "$models" && pwd)
make .aik/engines/venv/.installed
python=.aik/engines/venv/bin/python
export ORT_DISABLE_TELEMETRY=1 TORCH_HOME="$PWD/.aik/engines/torch-home"
failed=0

AIK_MODELS="$PWD/.aik/models" AIK_ENGINES_DEVICE=cuda \
    $python -m pytest -c tests/engines/torch/pyproject.toml tests/engines || failed=1

[ -n "$models" ] || exit $failed
export AIK_MODELS="$models" AIK_SEPARATOR_DEVICE=cuda AIK_ASR_DEVICE=cuda AIK_ALIGNER_DEVICE=cuda
for engine in aik_separator.engine.demucs aik_asr.engine.whisperx aik_aligner.engine.whisperx; do
    $python -m tests.gpu.real "$engine" || failed=1
done
exit $failed
