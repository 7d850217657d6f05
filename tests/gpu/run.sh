#!/bin/sh
# Proves the production engines on this machine's GPU, in one command. See docs/gpu.md.
set -eu
cd "$(dirname "$0")/../.."

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ] || [ $# -gt 1 ]; then
    cat <<'END'
Usage: tests/gpu/run.sh [MODELS | --dry-run]

Installs the production engines, runs the rules of the ports with AIK_ENGINES_DEVICE=cuda and, given a folder of verified
models, loads each engine from it, prints what it makes of a short song, and measures: its speed beside its tool's own
command line (goal 0.95 or more), and 8 songs together beside one by one. That needs ffmpeg on the PATH, for whisperx.

--dry-run: the measuring alone, with short songs, on a CPU, with Whisper base and small nets of random weights. It needs
no GPU and no models, and shows that everything but CUDA works; its figures say nothing.

Exit status 0: all of it went well.
END
    [ "${1:-}" = --help ] || [ "${1:-}" = -h ]
    exit
fi

python=.aik/engines/venv/bin/python
export ORT_DISABLE_TELEMETRY=1 TORCH_HOME="$PWD/.aik/engines/torch-home"

if [ "${1:-}" = --dry-run ]; then
    make .aik/engines/venv/.installed
    exec $python -m tests.gpu.bench --dry-run --songs 3 --raw-songs 2 --seconds 11
fi

nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader || {
    echo "nvidia-smi finds no GPU: this needs NVIDIA's driver and a GPU that this process may use." >&2
    exit 1
}
models=${1:-}
[ -z "$models" ] || models=$(cd "$models" && pwd)
make .aik/engines/venv/.installed
failed=0

AIK_MODELS="$PWD/.aik/models" AIK_ENGINES_DEVICE=cuda \
    $python -m pytest -c tests/engines/torch/pyproject.toml tests/engines || failed=1

[ -n "$models" ] || exit $failed
export AIK_MODELS="$models" AIK_SEPARATOR_DEVICE=cuda AIK_ASR_DEVICE=cuda AIK_ALIGNER_DEVICE=cuda
for engine in aik_separator.engine.demucs aik_asr.engine.whisperx aik_aligner.engine.whisperx; do
    $python -m tests.gpu.real "$engine" || failed=1
done
$python -m tests.gpu.bench --models "$models" || failed=1
exit $failed
