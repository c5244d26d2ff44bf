#!/usr/bin/env bash
# Lines become records: scripts/console-producer.sh --bootstrap-server localhost:9092 --topic orders
. "$(dirname "$0")/lib/common.sh"
run_cli console-producer "$@"
