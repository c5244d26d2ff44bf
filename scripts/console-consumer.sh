#!/usr/bin/env bash
# Records become lines: scripts/console-consumer.sh --bootstrap-server localhost:9092 --topic orders --from-beginning
. "$(dirname "$0")/lib/common.sh"
run_cli console-consumer "$@"
