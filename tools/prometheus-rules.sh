#!/bin/sh
# Prints observability/prometheus/rules as the Prometheus operator takes them. After a change of a rule:
#   tools/prometheus-rules.sh >k8s/components/monitoring/rules.yaml
set -eu
cd "$(dirname "$0")/../observability/prometheus/rules"
echo "# Made by tools/prometheus-rules.sh."
for file in *.yml; do
    cat <<END
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: aik-${file%.yml}
spec:
END
    sed 's/^\(.\)/  \1/' "$file"
done
