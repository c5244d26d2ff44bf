#!/usr/bin/env bash
# Starts one ZooKeeper in the foreground: scripts/zookeeper-server-start.sh [-daemon] deploy/config/zookeeper.properties
. "$(dirname "$0")/lib/common.sh"

daemon=
[ "${1:-}" = -daemon ] && daemon=yes && shift
[ $# -eq 1 ] || { note "usage: zookeeper-server-start.sh [-daemon] zookeeper.properties"; exit 1; }
[ -f "$1" ] || die "no such file: $1"
file=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

classpath=$(zookeeper_classpath)
command=(java -Xms64m -Xmx"${ZOOKEEPER_HEAP:-256m}" -XX:+UseSerialGC -Dottla.zookeeper="$file"
  -Dzookeeper.jmx.log4j.disable=true -Dzookeeper.admin.enableServer=false
  -Dlog4j.configuration=file:"$OTTLA_ROOT/deploy/config/zookeeper-log4j.properties"
  -cp "$classpath" org.apache.zookeeper.server.quorum.QuorumPeerMain "$file")

[ -n "$daemon" ] || exec "${command[@]}"
log=${LOG_DIR:-$OTTLA_ROOT/logs}/zookeeper.log
mkdir -p "$(dirname "$log")"
nohup "${command[@]}" >"$log" 2>&1 </dev/null &
note "ZooKeeper started in the background (pid $!), log: $log"
