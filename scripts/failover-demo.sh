#!/usr/bin/env bash
# Writes and reads under acks=all, kills the leader with -9, shows what happened when, and proves that nothing was lost.
#   scripts/failover-demo.sh [--brokers 3] [--seconds 3]
. "$(dirname "$0")/lib/common.sh"

zookeeper_classpath >/dev/null
ensure_built
exec node "$OTTLA_ROOT/packages/harness/dist/failover-demo.js" "$@"
