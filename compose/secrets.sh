#!/bin/sh
# Makes the suite's passwords and keys, once, as files called like the variables that they stand for (AIK_SECRETS), and the
# object store's configuration that holds the same ones. They stay in the volume until that is removed.
set -eu
umask 022
cd "${1:-/secrets}"

random() { # LENGTH letters and digits
    LC_ALL=C tr -dc 'a-zA-Z0-9' </dev/urandom | head -c "$1"
}

if [ ! -e complete ]; then
    random 32 >postgres-password
    random 20 >AIK_S3_ACCESS_KEY
    random 40 >AIK_S3_SECRET_KEY
    random 44 >AIK_SECRET_KEY
    random 16 >grafana-password
    printf 'postgresql://aik:%s@postgres:5432/aik' "$(cat postgres-password)" >AIK_POSTGRES
    sed -e "s|@ACCESS@|$(cat AIK_S3_ACCESS_KEY)|" -e "s|@SECRET@|$(cat AIK_S3_SECRET_KEY)|" /templates/s3.json >s3.json
    sed -e "s|@SIGNING@|$(head -c 32 /dev/urandom | base64 | tr -d '\n')|" /templates/iam.json >iam.json
    touch complete
fi
