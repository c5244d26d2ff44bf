#!/usr/bin/env bash
# Stops the brokers of this checkout in an orderly way (SIGTERM, controlled shutdown), or only the one of a file:
#   scripts/server-stop.sh [server.properties]
. "$(dirname "$0")/lib/common.sh"

mark=$OTTLA_ROOT/packages/broker/dist/main.js
[ $# -eq 0 ] || mark="$mark $1"
pids=$(pids_of "$mark")
[ -n "$pids" ] || { note "No broker to stop"; exit 1; }
kill $pids
for pid in $pids; do
  wait_until 60 eval "! alive $pid" || die "the broker (pid $pid) did not stop within 60 s; kill -9 $pid ends it"
done
