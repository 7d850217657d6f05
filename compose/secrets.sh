#!/bin/sh
# Makes the suite's passwords and keys, once: a folder for each service, which is mounted into it alone, with files called
# like the variables that they stand for (AIK_SECRETS), and the object store's configuration. They stay in the volume.
set -eu
umask 077
cd "${1:-/secrets}"

random() { # LENGTH letters and digits
    LC_ALL=C tr -dc 'a-zA-Z0-9' </dev/urandom | head -c "$1"
}

put() { # VALUE FILE…
    value=$1
    shift
    for file in "$@"; do printf %s "$value" >"$file"; done
}

[ ! -e complete ] || exit 0
mkdir -p gateway step notifier postgres s3 grafana
password=$(random 32) access=$(random 20) secret=$(random 40)
signing=$(head -c 32 /dev/urandom | base64 | tr -d '\n')
put "$password" postgres/password
put "postgresql://aik:$password@postgres:5432/aik" gateway/AIK_POSTGRES step/AIK_POSTGRES notifier/AIK_POSTGRES
put "$access" gateway/AIK_S3_ACCESS_KEY step/AIK_S3_ACCESS_KEY
put "$secret" gateway/AIK_S3_SECRET_KEY step/AIK_S3_SECRET_KEY
put "$(random 44)" gateway/AIK_SECRET_KEY
put "$(random 16)" grafana/password
cp gateway/AIK_SECRET_KEY notifier/AIK_SECRET_KEY
sed -e "s|@ACCESS@|$access|" -e "s|@SECRET@|$secret|" /templates/s3.json >s3/s3.json
sed -e "s|@SIGNING@|$signing|" /templates/iam.json >s3/iam.json
chmod 755 .
chown -R 10001:10001 gateway step notifier
chown -R 999:999 postgres # as whom its image runs, and so below
chown -R 472:472 grafana
touch complete
