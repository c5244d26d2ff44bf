#!/usr/bin/env bash
# Lists, describes, resets and deletes consumer groups: scripts/consumer-groups.sh --bootstrap-server localhost:9092 --describe --group g
. "$(dirname "$0")/lib/common.sh"
run_cli consumer-groups "$@"
