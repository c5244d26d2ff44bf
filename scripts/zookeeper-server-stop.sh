#!/usr/bin/env bash
# Stops the ZooKeepers that zookeeper-server-start.sh started on this machine, or only the one of a file:
#   scripts/zookeeper-server-stop.sh [zookeeper.properties]
. "$(dirname "$0")/lib/common.sh"

mark=-Dottla.zookeeper=
[ $# -eq 0 ] || mark=$mark$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
pids=$(pids_of "$mark")
[ -n "$pids" ] || { note "No ZooKeeper to stop"; exit 1; }
kill $pids
for pid in $pids; do
  wait_until 10 eval "! alive $pid" || die "ZooKeeper (pid $pid) did not stop within 10 s; kill -9 $pid ends it"
done
