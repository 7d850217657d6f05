#!/bin/sh
# Installs everything into .venv of this checkout; with `bench`, what the karaoke benchmark needs besides;
# with `aws`, the tool that tests copy a bucket with into .aik/aws, since it wants other versions of what we use;
# with `engines`, the production engines into .aik/engines/venv (Linux on x86_64, Python 3.11 to 3.13).
# Needs Python 3.11 to 3.14 and a way to its packages.
set -eu
cd "$(dirname "$0")/.."

UV_VERSION=0.13.9
export UV_CACHE_DIR="$PWD/.aik/uv-cache" UV_PYTHON_DOWNLOADS=never
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

fail() {
    echo "$*" >&2
    exit 1
}

# The last minor version that will do. Alignment is finest on 3.13 and 3.11, for which pocketsphinx has packages.
find_python() {
    for name in python3.13 python3.11 python3.14 python3.12 python3; do
        if "$name" -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $1))" 2>/dev/null; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    fail "This needs a Python from 3.11 to 3.$1, and none is on the PATH: install one and run make again."
}

# Debian's Python comes without the parts that make a virtual environment; pip alone does as well.
install_uv() {
    if [ -x .aik/uv/bin/uv ] && [ "$(.aik/uv/bin/uv --version | cut -d ' ' -f 2)" = "$UV_VERSION" ]; then
        return
    fi
    rm -rf .aik/uv
    if "$python" -m venv .aik/uv >/dev/null 2>&1; then
        .aik/uv/bin/python -m pip install --quiet "uv==$UV_VERSION"
    elif rm -rf .aik/uv && "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip install --quiet --target .aik/uv "uv==$UV_VERSION"
    else
        rm -rf .aik/uv
        fail "$python has neither venv nor pip: install one of them (on Debian: python3-venv) and run make again."
    fi
}

# uv does not read pip's settings: tell it which index this machine is set up for.
follow_pip() {
    if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
        index=$("$python" -m pip config get global.index-url 2>/dev/null || true)
        if [ -n "${PIP_INDEX_URL:-$index}" ]; then
            export UV_DEFAULT_INDEX="${PIP_INDEX_URL:-$index}"
        fi
    fi
}

install_packages() {
    [ -x .venv/bin/python ] || .aik/uv/bin/uv venv --quiet --python "$python" .venv
    set -- --python .venv/bin/python
    .aik/uv/bin/uv pip install "$@" --require-hashes -r requirements.lock
    for member in libs/*/ services/*/; do
        set -- "$@" -e "$member"
    done
    .aik/uv/bin/uv pip install --quiet --no-deps "$@"
}

install_aws() {
    .aik/uv/bin/uv venv --quiet --clear --python "$python" .aik/aws
    .aik/uv/bin/uv pip install --quiet --python .aik/aws/bin/python --require-hashes -r tests/restore/aws.lock
}

# No dependencies are looked up: whisperx would bring the onnxruntime for CPUs, which hides the one for GPUs.
install_engines() {
    [ "$(uname -sm)" = "Linux x86_64" ] || fail "The production engines are packaged for Linux on x86_64 only."
    venv=.aik/engines/venv
    [ -x $venv/bin/python ] || .aik/uv/bin/uv venv --quiet --python "$python" $venv
    set -- --python $venv/bin/python --no-deps
    .aik/uv/bin/uv pip install "$@" --require-hashes -r tests/engines/torch/requirements.lock
    for member in libs/aik_audio libs/aik_events libs/aik_lyrics libs/aik_service \
        services/aligner services/asr services/separator; do
        set -- "$@" -e "$member"
    done
    .aik/uv/bin/uv pip install --quiet "$@"
    touch $venv/.installed
    echo "The production engines are in $venv: $(du -sh $venv | cut -f 1)."
}

newest=14
[ "${1:-}" != engines ] || newest=13
python=$(find_python $newest)
install_uv
follow_pip
case "${1:-}" in
    bench) .aik/uv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements-bench.lock ;;
    engines) install_engines ;;
    aws) install_aws ;;
    *)
        install_packages
        touch .venv/.installed
        ;;
esac
