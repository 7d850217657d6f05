#!/bin/sh
# Makes the suite's passwords and keys, once: a folder for each service, which is mounted into it alone, with files called
# like the variables that they stand for (AIK_SECRETS), and the object store's configuration. They stay in the volume.
# Usage: secrets.sh FOLDER IAM, where IAM has the object store's policies (k8s/s3/iam.json).
set -eu
umask 077
policies=$2
cd "$1"

random() { # LENGTH letters and digits
    LC_ALL=C tr -dc 'a-zA-Z0-9' </dev/urandom | head -c "$1"
}

put() { # VALUE FILE…
    value=$1
    shift
    for file in "$@"; do printf %s "$value" >"$file"; done
}

database() { # USER PASSWORD
    printf %s "postgresql://$1:$2@postgres:5432/aik"
}

[ ! -e complete ] || exit 0
databases="gateway separator asr aligner qc publisher notifier"
stores="gateway separator asr aligner qc publisher operator"
mkdir -p $databases operator owner postgres s3 grafana

# The owner of the database makes a role for each service, by these passwords.
password=$(random 32)
put "$password" postgres/password
put "$(database aik "$password")" owner/AIK_POSTGRES
for service in $databases; do
    password=$(random 32)
    put "$password" "owner/aik_$service"
    put "$(database "aik_$service" "$password")" "$service/AIK_POSTGRES"
done

# Each may do in the object store what the policy of its name says.
identities=
for service in $stores; do
    access=$(random 20) secret=$(random 40)
    put "$access" "$service/AIK_S3_ACCESS_KEY"
    put "$secret" "$service/AIK_S3_SECRET_KEY"
    keys="{\"accessKey\": \"$access\", \"secretKey\": \"$secret\"}"
    identity="{\"name\": \"aik-$service\", \"credentials\": [$keys], \"actions\": [], \"policyNames\": [\"aik-$service\"]}"
    identities="$identities${identities:+, }$identity"
done
put "{\"identities\": [$identities]}" s3/s3.json
sed -e "s|@SIGNING@|$(head -c 32 /dev/urandom | base64 | tr -d '\n')|" "$policies" >s3/iam.json

put "$(random 44)" gateway/AIK_SECRET_KEY
cp gateway/AIK_SECRET_KEY notifier/AIK_SECRET_KEY
put "$(random 16)" grafana/password
chmod 755 .
chown -R 10001:10001 $databases operator owner
chown -R 999:999 postgres # as whom its image runs, and so below
chown -R 472:472 grafana
touch complete
