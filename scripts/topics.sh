#!/usr/bin/env bash
# Creates, lists, describes, alters and deletes topics: scripts/topics.sh --bootstrap-server localhost:9092 --list
. "$(dirname "$0")/lib/common.sh"
run_cli topics "$@"
