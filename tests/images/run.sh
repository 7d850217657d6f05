#!/bin/sh
# Builds the images of two services where there is no Docker, and starts each from its image as it would run in a cluster:
# as user 10001, on a read-only root, with one folder that it may write to. On Debian, as root:
#   apt-get install buildah bubblewrap mmdebstrap
# Usage: tests/images/run.sh [SERVICE…]
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- notifier separator
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; .venv/bin/aik-local down; rm -rf "$work"' EXIT

base() {
    buildah inspect aik-test-base >/dev/null 2>&1 && return
    mmdebstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$work/base.tar"
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$work/base.tar" /
    buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
    buildah commit --quiet --rm "$container" aik-test-base
}

# This machine's way to packages, as a build elsewhere would be given its own.
build() {
    buildah bud --quiet --format docker --pull-never --layers=false -f images/Dockerfile --build-arg SERVICE="$1" \
        --build-arg BASE=localhost/aik-test-base --build-arg REVISION="$(git rev-parse HEAD)" \
        --secret id=pip.conf,src="${PIP_CONFIG_FILE:-/etc/pip.conf}" --volume /etc/ssl/certs:/etc/ssl/certs:ro \
        -t "aik-$1" .
}

inside() {
    container=$1
    shift
    set -- bwrap --ro-bind "$container" / --proc /proc --dev /dev --bind "$work/volume" /work --chdir /work \
        --unshare-pid --die-with-parent --clearenv --setenv HOME /work \
        --setenv PATH /opt/aik/bin:/usr/bin:/bin --setenv AIK_MODELS /opt/aik/models --setenv TMPDIR /work \
        --setenv AIK_HTTP_PORT 18080 --setenv AIK_LOG_FORMAT json \
        --setenv AIK_SECRET_KEY for-this-test-alone $(servers) setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs "$@"
    exec "$@"
}

servers() {
    grep '^AIK_' .aik/env | grep -v '^AIK_MODELS=' | sed "s/^\([A-Z0-9_]*\)=[\"']\{0,1\}\([^\"']*\)[\"']\{0,1\}$/--setenv \1 \2/"
}

base
make install
.venv/bin/aik-local up --no-services
for service in "$@"; do
    build "$service"
    root=$(buildah mount "$(buildah from --pull-never "localhost/aik-$service")")
    echo "aik-$service: $(du -sm "$root/opt/aik" | cut -f 1) MB, $(tar -C "$root" -c opt/aik | gzip -1 | wc -c) bytes compressed"
    mkdir -p "$work/volume" && chown 10001:10001 "$work/volume"
    (inside "$root" service) >"$work/log" 2>&1 &
    pid=$!
    tries=0
    until (inside "$root" aik-health ready) 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 40 ] || { cat "$work/log" >&2; exit 1; }
        sleep 1
    done
    (inside "$root" sh -c 'touch /work/written && ! touch /opt/aik/written 2>/dev/null && test "$(id -u)" = 10001')
    echo "aik-health ready: passed, as user 10001, who may write to /work alone"
    kill "$pid"
    wait "$pid" || true
    pid=
done
