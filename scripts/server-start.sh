#!/usr/bin/env bash
# Starts one broker in the foreground: scripts/server-start.sh [-daemon] deploy/config/server.properties [--override key=value]...
. "$(dirname "$0")/lib/common.sh"

daemon=
[ "${1:-}" = -daemon ] && daemon=yes && shift
[ $# -ge 1 ] || { note "usage: server-start.sh [-daemon] server.properties [--override key=value]..."; exit 1; }

ensure_built_once
command=("${BROKER_COMMAND[@]}" "$@")
[ -n "$daemon" ] || exec "${command[@]}"
log=${LOG_DIR:-$OTTLA_ROOT/logs}/server.log
mkdir -p "$(dirname "$log")"
nohup "${command[@]}" >"$log" 2>&1 </dev/null &
note "broker started in the background (pid $!), log: $log"
